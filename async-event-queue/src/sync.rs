//! Picks the locks, atomics and threads: std's, or loom's when its models run.

#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::{Arc, Condvar, Mutex, MutexGuard, atomic},
    thread,
};

#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::{Arc, Condvar, Mutex, MutexGuard, atomic},
};
#[cfg(loom)]
pub(crate) mod thread;

use std::sync::PoisonError;
use std::time::Instant;

use crossbeam::utils::CachePadded;

/// Locks, whatever became of an earlier holder: no user code runs under our locks, and each change under
/// them leaves a state that holds.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lock for what takes some nanoseconds, many times a second: letting go is a plain store, which costs a post half of what a
/// [`Mutex`] does (the `fan_out` benchmark). Nobody waits or calls
/// the user's code while they hold it, and nobody holds it for long but a feed that hands its start buffer on.
#[derive(Debug)]
pub(crate) struct BriefLock<T>(CachePadded<brief::Mutex<T>>);

#[cfg(not(loom))]
mod brief {
    pub(crate) use spin::mutex::spin::{SpinMutex as Mutex, SpinMutexGuard as Guard};
}

#[cfg(loom)]
mod brief {
    pub(crate) use loom::sync::{Mutex, MutexGuard as Guard};
}

pub(crate) type BriefGuard<'a, T> = brief::Guard<'a, T>;

/// Time slices given away for a brief lock before its holder is taken for one whom the scheduler holds back in favour of
/// those who wait.
const YIELDS_FOR_HOLDER: u32 = 1_000;
/// Then the waiter sleeps for this long, and again.
const NAP: std::time::Duration = std::time::Duration::from_micros(50);

impl<T> BriefLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(CachePadded::new(brief::Mutex::new(value)))
    }

    #[cfg(loom)]
    pub(crate) fn lock(&self) -> BriefGuard<'_, T> {
        lock(&self.0)
    }

    #[cfg(not(loom))]
    #[inline]
    pub(crate) fn lock(&self) -> BriefGuard<'_, T> {
        match self.0.try_lock() {
            Some(guard) => guard,
            None => self.lock_contended(),
        }
    }

    #[cfg(not(loom))]
    #[cold]
    fn lock_contended(&self) -> BriefGuard<'_, T> {
        let backoff = crossbeam::utils::Backoff::new();
        let mut yields = 0;
        loop {
            backoff.snooze();
            if !self.0.is_locked()
                && let Some(guard) = self.0.try_lock()
            {
                return guard;
            }
            if backoff.is_completed() {
                yields += 1;
            }
            if yields > YIELDS_FOR_HOLDER {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "nobody can wake it: the holder's letting go is a plain store"
                )]
                thread::sleep(NAP);
            }
        }
    }
}

/// A cell whose accesses loom's models check.
#[cfg(loom)]
pub(crate) use loom::cell::UnsafeCell;

/// [`std::cell::UnsafeCell`], with the interface of loom's.
#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Waits on `condvar` until notified or until `deadline`; with none, until notified.
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    deadline: Option<Instant>,
) -> MutexGuard<'a, T> {
    let Some(deadline) = deadline else {
        return condvar.wait(guard).unwrap_or_else(PoisonError::into_inner);
    };
    let left = deadline.saturating_duration_since(Instant::now());
    condvar.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0
}
