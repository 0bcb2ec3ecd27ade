//! What a queue has dropped.

use crate::posted::{DropReason, Drops};
use crate::sync::atomic::{AtomicU64, Ordering};

/// Dropped events by reason, for everyone to read.
#[derive(Debug)]
pub(crate) struct Tally {
    dropped: [AtomicU64; DropReason::ALL.len()],
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { dropped: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Counts; answers whether these are the first.
    pub(crate) fn add(&self, reason: DropReason, events: u64) -> bool {
        let is_first = events > 0 && self.dropped().total() == 0;
        if let Some(counter) = self.dropped.get(reason.index()) {
            counter.fetch_add(events, Ordering::Relaxed);
        }
        is_first
    }

    pub(crate) fn dropped(&self) -> Drops {
        let mut drops = Drops::default();
        for (reason, counter) in DropReason::ALL.into_iter().zip(&self.dropped) {
            drops.add(reason, counter.load(Ordering::Relaxed));
        }
        drops
    }
}
