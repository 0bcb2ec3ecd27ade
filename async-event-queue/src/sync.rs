//! Picks the locks, atomics and threads: std's, or loom's when its models run.

#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread,
};

#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::{Condvar, Mutex, MutexGuard, atomic},
    thread,
};

use std::sync::{PoisonError, TryLockError};
use std::time::Instant;

/// Locks, whatever became of an earlier holder: no user code runs under our locks, and each change under
/// them leaves a state that holds.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Time slices given away before a thread sleeps for a lock that is held for a few nanoseconds.
const YIELDS_FOR_LOCK: u32 = if cfg!(loom) { 0 } else { 8 };

/// As [`lock`], for a lock that many threads take often and briefly: with more threads than cores, giving the time
/// slice away a few times is cheaper than falling asleep and being woken.
pub(crate) fn lock_often_taken<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    for _ in 0..YIELDS_FOR_LOCK {
        match mutex.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    lock(mutex)
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
