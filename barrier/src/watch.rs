//! The one thread that watches the time for a coordinator, and when it must look next.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::registry::Registry;

/// A tick whose listeners, metrics or logs panic is tried again after this.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// The moment the watch looks next. There is one for all gangs, so whoever is done with a round takes nothing back: the
/// watch wakes up, sees that the round is gone, and sleeps on.
#[derive(Debug)]
pub(crate) struct Alarm {
    base: Instant,
    /// When it looks next, in nanoseconds since `base`; changed under the lock. Most rounds begin and end before the
    /// next look, and need not take the lock to see so.
    soonest: AtomicU64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    next: Option<Instant>,
    is_over: bool,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Self { base: Instant::now(), soonest: AtomicU64::new(u64::MAX), state, changed }
    }

    /// Looks at `at` or before.
    pub(crate) fn set(&self, at: Instant) {
        let since_base = self.since_base(at);
        if self.soonest.load(Ordering::Relaxed) <= since_base {
            return;
        }
        let mut state = self.lock();
        if state.next.is_none_or(|next| at < next) {
            state.next = Some(at);
            self.soonest.store(since_base, Ordering::Relaxed);
            drop(state);
            self.changed.notify_one();
        }
    }

    fn since_base(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.base).as_nanos()).unwrap_or(u64::MAX)
    }

    /// Looks so long after `since`, or before; a time the clock cannot tell never comes.
    pub(crate) fn set_from(&self, since: Instant, time: Duration) {
        if let Some(at) = since.checked_add(time) {
            self.set(at);
        }
    }

    /// Looks so long from now, or before.
    pub(crate) fn set_after(&self, time: Duration) {
        self.set_from(Instant::now(), time);
    }

    /// Ends the watch.
    pub(crate) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_one();
    }

    /// When it is to look next, taken as if it were then.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn take_next(&self) -> Option<Instant> {
        self.soonest.store(u64::MAX, Ordering::Relaxed);
        self.lock().next.take()
    }

    /// Sleeps until it is time; answers the time, or `None` at the end.
    fn wait(&self) -> Option<Instant> {
        let mut state = self.lock();
        while !state.is_over {
            let now = Instant::now();
            let Some(next) = state.next else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = next.saturating_duration_since(now);
            if left.is_zero() {
                state.next = None;
                // Before any gang is looked at: what is set from now on counts for the next look.
                self.soonest.store(u64::MAX, Ordering::Relaxed);
                return Some(now);
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the watch. It ends with its registry, and nobody joins it.
pub(crate) fn start(
    name: &str,
    registry: Weak<Registry>,
    common: Arc<crate::attempt::Common>,
) -> io::Result<()> {
    let work = move || {
        while let Some(now) = common.alarm.wait() {
            let Some(registry) = registry.upgrade() else { return };
            let looked = catch_unwind(AssertUnwindSafe(|| registry.elapse(now)));
            if looked.is_err() {
                tracing::error!("a panic while looking at barrier timeouts; they are looked at again");
                common.alarm.set_after(AFTER_PANIC);
            }
        }
    };
    // A thread's name must not have a zero byte.
    let name = name.replace('\0', "");
    thread::Builder::new().name(format!("{name}-watch")).spawn(work).map(drop)
}
