//! What a queue has dropped.

use crate::posted::{DropReason, Drops};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Dropped events by reason, for everyone to read.
#[derive(Debug)]
pub(crate) struct Tally {
    dropped: [AtomicU64; DropReason::ALL.len()],
    has_any: AtomicBool,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { dropped: std::array::from_fn(|_| AtomicU64::new(0)), has_any: AtomicBool::new(false) }
    }

    /// Counts; answers whether these are the first.
    pub(crate) fn add(&self, reason: DropReason, events: u64) -> bool {
        if events == 0 {
            return false;
        }
        if let Some(counter) = self.dropped.get(reason.index()) {
            counter.fetch_add(events, Ordering::Relaxed);
        }
        !self.has_any.load(Ordering::Relaxed) && !self.has_any.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn dropped(&self) -> Drops {
        let mut drops = Drops::default();
        for (reason, counter) in DropReason::ALL.into_iter().zip(&self.dropped) {
            drops.add(reason, counter.load(Ordering::Relaxed));
        }
        drops
    }
}
