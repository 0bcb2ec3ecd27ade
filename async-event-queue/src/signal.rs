//! Wakes whoever waits for a queue to change, be it a thread or a task.

use std::time::{Duration, Instant};

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard, lock, wait};

/// A time-out too long for the clock ends after this.
const FAR_FUTURE: Duration = Duration::from_hours(365 * 24);

/// The moment a time-out ends.
pub(crate) fn deadline_after(timeout: Duration) -> Instant {
    deadline_from(Instant::now(), timeout)
}

/// The moment a time-out that began at `begun` ends.
pub(crate) fn deadline_from(begun: Instant, timeout: Duration) -> Instant {
    begun.checked_add(timeout).unwrap_or_else(|| begun + FAR_FUTURE)
}

/// A condition variable whose waiters may also be async tasks, and that costs next to nothing without waiters.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    condvar: Condvar,
    /// Changed under the waiters' mutex. Who notifies has held that mutex since the change it tells of, so it
    /// either sees a waiter counted here, or the waiter has seen the change.
    waiting: AtomicUsize,
    #[cfg(feature = "tokio")]
    tasks: tokio::sync::Notify,
}

impl Signal {
    /// Wakes all waiters, which look for themselves; to be called after holding the waiters' mutex.
    pub(crate) fn notify_all(&self) {
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return;
        }
        self.condvar.notify_all();
        #[cfg(feature = "tokio")]
        self.tasks.notify_waiters();
    }

    /// Blocks until `ready` gives an answer or the deadline has passed; asks once more at the deadline.
    pub(crate) fn wait_for<T, R>(
        &self,
        mutex: &Mutex<T>,
        deadline: Instant,
        mut ready: impl FnMut(&mut T) -> Option<R>,
    ) -> Option<R> {
        let mut guard: MutexGuard<'_, T> = lock(mutex);
        let _waiter = Waiter::count(&self.waiting);
        loop {
            if let Some(answer) = ready(&mut guard) {
                return Some(answer);
            }
            if Instant::now() >= deadline {
                return None;
            }
            guard = wait(&self.condvar, guard, Some(deadline));
        }
    }

    /// As [`wait_for`](Self::wait_for), for tasks.
    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_for_async<T, R>(
        &self,
        mutex: &Mutex<T>,
        deadline: Instant,
        mut ready: impl FnMut(&mut T) -> Option<R>,
    ) -> Option<R> {
        let _waiter = {
            let _guard = lock(mutex);
            Waiter::count(&self.waiting)
        };
        loop {
            let mut notified = std::pin::pin!(self.tasks.notified());
            // Registered before the look, so that a change after the look is not missed.
            notified.as_mut().enable();
            let answer = ready(&mut lock(mutex));
            if answer.is_some() {
                return answer;
            }
            if tokio::time::timeout_at(deadline.into(), notified).await.is_err() {
                return ready(&mut lock(mutex));
            }
        }
    }
}

/// Counted while it lives.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn count(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
