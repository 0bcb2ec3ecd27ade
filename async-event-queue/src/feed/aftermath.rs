//! What a post leaves to do.

use std::sync::Arc;

use super::FeedCore;
use super::sleepers::Sleepers;
use crate::core::QueueCore;
use crate::log::Block;
use crate::posted::{DropReason, Posted};

/// Who tells the metrics of a post.
#[derive(Clone, Copy, Debug)]
pub(super) enum Teller {
    /// A dispatch thread wakes the monitor when it wakes up.
    Thread,
    /// No queue was there, so somebody has to wake the monitor.
    Monitor,
    /// The feed is stopping or stopped: nobody comes after the poster.
    Poster,
}

/// What is left to do for a post once no lock is held. Empty, and then without memory of its own, for most posts.
pub(super) struct Aftermath<E> {
    dropped: Option<DropReason>,
    pub(super) asleep: Sleepers<E>,
    /// The event that no queue has taken, and any before it.
    refused: Option<E>,
    refused_before: Vec<E>,
    /// The block that the feed has filled, if no queue takes it over.
    pub(super) spent: Option<Block<E>>,
    /// Blocks that a queue needs no more.
    pub(super) unneeded: Vec<Block<E>>,
    first_drops: Vec<(Arc<QueueCore<E>>, DropReason)>,
    pub(super) teller: Teller,
}

impl<E> Aftermath<E> {
    pub(super) fn new() -> Self {
        Self {
            dropped: None,
            asleep: Sleepers::default(),
            refused: None,
            refused_before: Vec::new(),
            spent: None,
            unneeded: Vec::new(),
            first_drops: Vec::new(),
            teller: Teller::Thread,
        }
    }

    /// The event met no queue at all.
    pub(super) fn refuse(&mut self, reason: DropReason) {
        self.dropped = Some(reason);
        self.teller = Teller::Poster;
    }

    /// A block that the feed has filled; the one before it, if nobody took that over, is let go with the rest.
    pub(super) fn keep_spent(&mut self, spent: Option<Block<E>>) {
        if let Some(spent) = spent {
            self.unneeded.extend(self.spent.replace(spent));
        }
    }

    pub(super) fn keep_refused(&mut self, event: E) {
        self.refused_before.extend(self.refused.replace(event));
    }

    pub(super) fn count_drop(&mut self, queue: &Arc<QueueCore<E>>, reason: DropReason) {
        self.dropped.get_or_insert(reason);
        if reason == DropReason::Stopped {
            self.teller = Teller::Poster;
        }
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
        if !self.asleep.is_empty() {
            self.asleep.wake();
        }
        for (queue, reason) in &self.first_drops {
            queue.log_first_drop(*reason);
        }
        match self.teller {
            Teller::Thread => {}
            Teller::Monitor => feed.wake_monitor(),
            Teller::Poster => feed.publish(),
        }
        drop((self.refused_before, self.refused, self.spent, self.unneeded));
        self.dropped.map_or(Posted::Queued, Posted::Dropped)
    }
}
