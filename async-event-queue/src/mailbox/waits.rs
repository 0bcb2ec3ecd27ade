//! Waiting for a queue: for room, for emptiness, for its end.

use std::time::Instant;

use super::{Desk, Mailbox, Phase};
use crate::sync::atomic::Ordering;
use crate::sync::thread;

/// Time slices a poster gives away before it sleeps for lack of room.
const YIELDS_FOR_ROOM: u32 = if cfg!(loom) { 0 } else { 32 };

impl<E> Mailbox<E> {
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

    pub(crate) fn has_ended(&self) -> bool {
        self.desk().phase == Phase::Stopped
    }

    /// Waits until everything that has been posted, also meanwhile, is handled or dropped.
    pub(crate) fn wait_until_empty(&self, deadline: Instant) -> Option<()> {
        self.changed.wait_for(&self.desk, deadline, |desk| desk.is_done(self.head()))
    }

    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_until_empty_async(&self, deadline: Instant) -> Option<()> {
        self.changed.wait_for_async(&self.desk, deadline, |desk| desk.is_done(self.head())).await
    }

    pub(crate) fn wait_ended(&self, deadline: Instant) -> bool {
        self.changed.wait_for(&self.desk, deadline, Desk::is_over).is_some()
    }

    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_ended_async(&self, deadline: Instant) -> bool {
        self.changed.wait_for_async(&self.desk, deadline, Desk::is_over).await.is_some()
    }
}

impl<E> Desk<E> {
    fn is_over(&mut self) -> Option<()> {
        (self.phase == Phase::Stopped).then_some(())
    }

    fn is_done(&mut self, posted: u64) -> Option<()> {
        let posted = match self.phase {
            Phase::Running => posted,
            Phase::Draining { until } | Phase::Discarding { until, .. } => posted.min(until),
            Phase::Stopped => return Some(()),
        };
        (self.done >= posted).then_some(())
    }
}
