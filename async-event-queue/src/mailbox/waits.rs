//! Waiting for a queue: for room, for emptiness, for its end.

use std::time::Instant;

use super::{Activity, Desk, Ended, Mailbox, Phase};
use crate::sync::atomic::Ordering;
use crate::sync::thread;

/// Time slices a poster gives away before it sleeps for lack of room.
const YIELDS_FOR_ROOM: u32 = if cfg!(loom) { 0 } else { 32 };

/// Who waits for the end of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stopper {
    /// A thread that no queue waits for.
    Outside,
    /// A listener of another queue. If this queue's thread is inside a stop as well, each would wait for the other.
    Listener,
}

/// How a wait for the end of a queue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Ended(Ended),
    /// The queue's thread is inside a stop itself, and delivers the rest after it.
    Stopping,
}

impl<E> Mailbox<E> {
    /// A listener of this queue begins a stop.
    pub(crate) fn enter_stop(&self) {
        self.desk().activity = Activity::Stopping;
        self.changed.notify_all();
    }

    /// The listener's stop is over.
    pub(crate) fn leave_stop(&self) {
        self.desk().activity = Activity::Working;
    }

    /// Waits until there `is_room`, or the queue refuses everything, or the deadline has passed.
    pub(crate) fn wait_for_room(&self, deadline: Instant, is_room: impl Fn(u64) -> bool) {
        // A busy dispatch thread makes room for many in the time it takes to fall asleep and be woken for one.
        if (0..YIELDS_FOR_ROOM).any(|_| {
            thread::yield_now();
            is_room(self.progress.begun())
        }) {
            return;
        }
        self.desk().blocked_posters += 1;
        let _: Option<()> = self.changed.wait_for(&self.desk, deadline, |desk| {
            // The dispatch thread looks at the flag after each event; it is set again for each look that fails.
            self.attention.store(true, Ordering::Relaxed);
            let ready = desk.phase != Phase::Running || is_room(self.progress.begun());
            ready.then_some(())
        });
        self.desk().blocked_posters -= 1;
    }

    /// Waits until everything that has been posted, also meanwhile, is handled or dropped.
    pub(crate) fn wait_until_empty(&self, deadline: Instant) -> Option<()> {
        self.changed.wait_for(&self.desk, deadline, |desk| desk.is_done(self.head()))
    }

    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_until_empty_async(&self, deadline: Instant) -> Option<()> {
        self.changed.wait_for_async(&self.desk, deadline, |desk| desk.is_done(self.head())).await
    }

    /// Waits for the end of the queue, as `stopper` sees it.
    pub(crate) fn wait_ended(&self, deadline: Instant, stopper: Stopper) -> Option<Ending> {
        self.changed.wait_for(&self.desk, deadline, |desk| desk.ending(stopper))
    }

    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_ended_async(&self, deadline: Instant, stopper: Stopper) -> Option<Ending> {
        self.changed.wait_for_async(&self.desk, deadline, |desk| desk.ending(stopper)).await
    }
}

impl<E> Desk<E> {
    fn ending(&self, stopper: Stopper) -> Option<Ending> {
        match (self.phase, stopper) {
            (Phase::Stopped(ended), _) => Some(Ending::Ended(ended)),
            (_, Stopper::Listener) if self.activity == Activity::Stopping => Some(Ending::Stopping),
            (Phase::Running | Phase::Draining { .. } | Phase::Discarding { .. }, _) => None,
        }
    }

    fn is_done(&self, posted: u64) -> Option<()> {
        let posted = match self.phase {
            Phase::Running => posted,
            Phase::Draining { until } | Phase::Discarding { until, .. } => posted.min(until),
            Phase::Stopped(_) => return Some(()),
        };
        (self.done >= posted).then_some(())
    }
}
