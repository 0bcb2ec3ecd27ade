//! The thread that looks after the queues of a feed while they are busy, and sleeps while they rest.
//!
//! It finds stuck listeners, writes the log lines about drops, and copies the counters to the metrics. A queue
//! that wakes up wakes it; it goes to sleep when all queues sleep and everything has been told.

use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::feed::FeedCore;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Condvar, Mutex, lock, thread, wait};

/// How often counters are copied to the metrics while events flow.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
/// A listener is looked at this often within the threshold for slow events: the error of what is found.
const LOOKS_PER_THRESHOLD: u32 = 8;
/// The monitor goes to sleep when it has found all queues asleep so many times in a row: for who wakes up a queue is not to
/// wait for the monitor to be woken too, unless the feed has rested for long.
const LOOKS_AT_REST: u32 = 16;
/// The monitor wakes at most this often.
const SHORTEST_TICK: Duration = Duration::from_millis(1);

/// Wakes the monitor.
#[derive(Debug, Default)]
pub(crate) struct MonitorBell {
    /// Set by the monitor before its last look at the queues and read by a dispatch thread after it has left its
    /// sleep under the queue's lock: one of the two sees the other.
    asleep: AtomicBool,
    stopped: Mutex<bool>,
    rung: Condvar,
}

impl MonitorBell {
    pub(crate) fn wake(&self) {
        if self.asleep.load(Ordering::Relaxed) {
            self.asleep.store(false, Ordering::Relaxed);
            drop(lock(&self.stopped));
            self.rung.notify_one();
        }
    }

    pub(crate) fn stop(&self) {
        *lock(&self.stopped) = true;
        self.rung.notify_one();
    }

    /// Waits for `tick`, or for being woken if there is none; false once stopped.
    fn wait(&self, tick: Option<Duration>) -> bool {
        let deadline = tick.map(|tick| Instant::now() + tick);
        let mut stopped = lock(&self.stopped);
        loop {
            let is_over = match deadline {
                Some(deadline) => Instant::now() >= deadline,
                None => !self.asleep.load(Ordering::Relaxed),
            };
            if *stopped || is_over {
                return !*stopped;
            }
            stopped = wait(&self.rung, stopped, deadline);
        }
    }
}

/// Starts the monitor of a feed.
pub(crate) fn launch<E: Send + Sync + 'static>(
    feed: &Arc<FeedCore<E>>,
    bell: &Arc<MonitorBell>,
) -> io::Result<()> {
    if cfg!(loom) {
        // No time passes in a model, so there is nothing to watch.
        return Ok(());
    }
    let name = format!("{}-monitor", feed.bus().replace('\0', "?"));
    let monitor = Monitor {
        tick: (feed.slow_event() / LOOKS_PER_THRESHOLD).clamp(SHORTEST_TICK, PUBLISH_EVERY),
        feed: Arc::downgrade(feed),
        bell: Arc::clone(bell),
    };
    thread::Builder::new().name(name).spawn(move || monitor.run()).map(drop)
}

struct Monitor<E> {
    feed: Weak<FeedCore<E>>,
    bell: Arc<MonitorBell>,
    tick: Duration,
}

impl<E> Monitor<E> {
    fn run(self) {
        let mut published_at = None;
        let mut rests: u32 = 0;
        loop {
            let Some(feed) = self.feed.upgrade() else { return };
            let now = Instant::now();
            let rest = feed.all_asleep();
            rests = if rest { rests.saturating_add(1) } else { 0 };
            for queue in feed.queues() {
                queue.tick(now);
            }
            if rest || published_at.is_none_or(|at| now.saturating_duration_since(at) >= PUBLISH_EVERY) {
                feed.publish();
                published_at = Some(now);
            }
            let tick = if rests > LOOKS_AT_REST { self.tick_at_rest(&feed) } else { Some(self.tick) };
            drop(feed);
            if !self.bell.wait(tick) {
                return;
            }
        }
    }

    /// None, to sleep until woken: unless a queue has woken up meanwhile, or a log line will be due.
    fn tick_at_rest(&self, feed: &FeedCore<E>) -> Option<Duration> {
        if feed.queues().iter().any(|queue| queue.has_unlogged_drops()) {
            return Some(PUBLISH_EVERY);
        }
        self.bell.asleep.store(true, Ordering::Relaxed);
        if feed.all_asleep() {
            // A queue may have worked and gone to sleep again since the last copy.
            feed.publish();
            return None;
        }
        self.bell.asleep.store(false, Ordering::Relaxed);
        Some(self.tick)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::feed::Feed;
    use crate::options::{FeedOptions, QueueOptions};

    #[test]
    fn an_idle_feed_sleeps_without_a_timer() {
        let feed = Feed::<u64>::new(FeedOptions::new("idle"));
        let queue = feed.attach("idle", QueueOptions::new()).expect("settings in order");
        feed.start().expect("starts");
        feed.post(1);
        queue.wait_until_empty(Duration::from_secs(20)).expect("is handled");
        while !feed.core().all_asleep() {
            thread::yield_now();
        }
        let (bell, core) = (Arc::new(MonitorBell::default()), feed.core());
        let monitor = Monitor { feed: Arc::downgrade(core), bell, tick: SHORTEST_TICK };
        assert_eq!(monitor.tick_at_rest(core), None, "it waits to be woken, for however long");
    }
}
