//! What a post leaves to do.

use std::sync::Arc;

use super::FeedCore;
use crate::core::QueueCore;
use crate::log::Block;
use crate::posted::{DropReason, Posted};

/// What is left to do for a post once no lock is held. Empty, and then without memory of its own, for most posts.
pub(super) struct Aftermath<E> {
    pub(super) dropped: Option<DropReason>,
    pub(super) asleep: Vec<Arc<QueueCore<E>>>,
    /// Events that no queue has taken.
    pub(super) refused: Vec<E>,
    /// Blocks that are full, if there is no queue to let them go.
    pub(super) spent: Vec<Block<E>>,
    first_drops: Vec<(Arc<QueueCore<E>>, DropReason)>,
    /// A queue whose thread has ended has counted a drop, which nobody else will tell the metrics of.
    is_late: bool,
}

impl<E> Aftermath<E> {
    pub(super) fn new() -> Self {
        Self {
            dropped: None,
            asleep: Vec::new(),
            refused: Vec::new(),
            spent: Vec::new(),
            first_drops: Vec::new(),
            is_late: false,
        }
    }

    pub(super) fn count_drop(&mut self, queue: &Arc<QueueCore<E>>, reason: DropReason) {
        self.dropped.get_or_insert(reason);
        self.is_late |= reason == DropReason::Stopped;
        if queue.tally.add(reason, 1) {
            self.first_drops.push((Arc::clone(queue), reason));
        }
    }

    /// Counts that an older event was dropped, in whose place this one waits.
    pub(super) fn count_eviction(&mut self, queue: &Arc<QueueCore<E>>) {
        if queue.tally.add(DropReason::Evicted, 1) {
            self.first_drops.push((Arc::clone(queue), DropReason::Evicted));
        }
    }

    pub(super) fn settle(self, feed: &FeedCore<E>) -> Posted {
        drop((self.refused, self.spent));
        for queue in &self.asleep {
            queue.mailbox.wake();
        }
        for (queue, reason) in &self.first_drops {
            queue.log_first_drop(*reason);
        }
        if self.is_late {
            feed.publish();
        }
        self.dropped.map_or(Posted::Queued, Posted::Dropped)
    }
}
