//! One answer for all who wait for it, be they threads or tasks.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::error::BarrierError;
use crate::messages::Messages;
use crate::sync::{Condvar, Mutex, OnceLock, lock, wait};

/// How a round ended.
pub(crate) type Outcome = Result<Messages, BarrierError>;

/// How one round ended, once it has. Given once and never changed, so a later round cannot overwrite it.
pub(crate) struct Answer {
    /// Given before those who wait are looked up under their lock, so whoever looks again under that lock misses
    /// nothing.
    outcome: OnceLock<Outcome>,
    waiters: Mutex<Waiters>,
    given: Condvar,
    /// How many may wait, or so.
    expected: usize,
}

#[derive(Debug, Default)]
struct Waiters {
    /// Those who wait as tasks, each in its place.
    tasks: Vec<Option<Waker>>,
    /// Places of those who have gone.
    free: Vec<usize>,
    /// How many threads sleep: to notify none is a system call all the same.
    threads: usize,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer that about so many will wait for.
    pub(crate) fn open(expected: usize) -> Arc<Self> {
        let (waiters, given) = (Mutex::new(Waiters::default()), Condvar::new());
        Arc::new(Self { outcome: OnceLock::new(), waiters, given, expected })
    }

    /// Gives the answer and wakes all who wait; the first one stays. Not to be called with a lock held: wakers are
    /// somebody else's code.
    pub(crate) fn give(&self, outcome: Outcome) {
        if self.outcome.set(outcome).is_err() {
            return;
        }
        let Waiters { tasks, threads, .. } = std::mem::take(&mut *lock(&self.waiters));
        if threads > 0 {
            self.given.notify_all();
        }
        for waker in tasks.into_iter().flatten() {
            // One that panics must not keep the others from being woken.
            if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
                tracing::error!("a waker panicked");
            }
        }
    }

    /// The answer, if it is there.
    pub(crate) fn get(&self) -> Option<Outcome> {
        self.outcome.get().cloned()
    }

    /// Blocks until the answer is there.
    pub(crate) fn wait(&self) -> Outcome {
        let mut waiters = lock(&self.waiters);
        waiters.threads += 1;
        loop {
            match self.get() {
                Some(outcome) => return outcome,
                None => waiters = wait(&self.given, waiters),
            }
        }
    }

    /// The answer, or the promise to wake the task; `place` is where its waker is kept from one call to the next.
    fn poll(&self, context: &Context<'_>, place: &mut Option<usize>) -> Poll<Outcome> {
        if let Some(outcome) = self.get() {
            return Poll::Ready(outcome);
        }
        // Wakers are somebody else's code: they are cloned before the lock is taken, and dropped after.
        let waker = context.waker().clone();
        let mut waiters = lock(&self.waiters);
        if let Some(outcome) = self.get() {
            return Poll::Ready(outcome);
        }
        let before = waiters.place(waker, place, self.expected);
        drop(waiters);
        drop(before);
        Poll::Pending
    }

    /// Wakes no task for `place` any more.
    fn forget(&self, place: usize) {
        let mut waiters = lock(&self.waiters);
        let waker = waiters.tasks.get_mut(place).and_then(Option::take);
        if waker.is_some() {
            waiters.free.push(place);
        }
        drop(waiters);
        drop(waker);
    }
}

impl Waiters {
    /// Keeps a task's waker in its place, and gives it one if it has none; answers the waker that was there.
    fn place(&mut self, waker: Waker, place: &mut Option<usize>, expected: usize) -> Option<Waker> {
        if self.tasks.capacity() == 0 {
            self.tasks.reserve(expected);
        }
        let place = *place.get_or_insert_with(|| self.free.pop().unwrap_or(self.tasks.len()));
        if let Some(slot) = self.tasks.get_mut(place) {
            return slot.replace(waker);
        }
        self.tasks.push(Some(waker));
        None
    }
}

/// Waits for an answer as a task.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is polled"]
pub(crate) struct Answered {
    answer: Arc<Answer>,
    place: Option<usize>,
}

impl Answered {
    pub(crate) fn new(answer: Arc<Answer>) -> Self {
        Self { answer, place: None }
    }

    /// Waits for it as a thread.
    pub(crate) fn wait(&self) -> Outcome {
        self.answer.wait()
    }
}

impl Future for Answered {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let this = &mut *self;
        let polled = this.answer.poll(context, &mut this.place);
        if polled.is_ready() {
            this.place = None;
        }
        polled
    }
}

impl Drop for Answered {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.answer.forget(place);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn those_who_look_and_go_leave_nothing_behind() {
        let answer = Answer::open(1);
        let mut stays = Answered::new(Arc::clone(&answer));
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut stays).poll(&mut context).is_pending());
        for _ in 0..1_000 {
            let mut goes = Answered::new(Arc::clone(&answer));
            assert!(Pin::new(&mut goes).poll(&mut context).is_pending());
        }
        assert_eq!(lock(&answer.waiters).tasks.len(), 2);
    }
}
