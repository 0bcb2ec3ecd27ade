//! What a queue has counted, for anyone to read.

use std::time::Duration;

use crate::posted::Drops;
use crate::stuck::StuckListener;

/// One queue at one moment: `posted = delivered + dropped + pending`, exactly, and at rest nothing is pending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueSnapshot {
    /// The queue's name.
    pub name: String,
    /// Events offered to the queue, the dropped ones included.
    pub posted: u64,
    /// Events that all listeners have handled.
    pub delivered: u64,
    /// Events dropped, by reason.
    pub dropped: Drops,
    /// Events that wait; the one being handled is not among them.
    pub size: usize,
    /// Ordinary events that may wait.
    pub capacity: usize,
    /// The listeners, in calling order.
    pub listeners: Vec<ListenerSnapshot>,
    /// The listener that has been inside one call for longer than the threshold for slow events.
    pub stuck: Option<StuckListener>,
}

impl QueueSnapshot {
    /// Events neither delivered nor dropped yet: those that wait and the one being handled.
    pub fn pending(&self) -> u64 {
        self.posted.saturating_sub(self.dropped.total()).saturating_sub(self.delivered)
    }

    /// Adds what an earlier queue of the same name has counted.
    pub fn add_counts_of(&mut self, earlier: &Self) {
        self.posted += earlier.posted;
        self.delivered += earlier.delivered;
        self.dropped.merge(&earlier.dropped);
    }
}

/// One listener at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerSnapshot {
    /// The listener's name; a second one of the same name on the queue has a number behind it.
    pub name: String,
    /// Events delivered to it, as of the end of the last batch.
    pub events: u64,
    /// Its panics.
    pub panics: u64,
    /// The time it took for these events. Not every event is timed (all while fewer than about 100 a second come, one
    /// in up to 1024 under load); each timed one stands for those since the one before, so this is an estimate.
    /// It is cumulative: the listener with the most time is not always the one that is slow now.
    pub processing_time: Duration,
}
