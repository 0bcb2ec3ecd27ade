//! Numbers the calls of a driver, so that one which arrives late does no harm.

use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Who drives, and how many calls it has made.
#[derive(Debug)]
pub(super) struct Order {
    driver: u64,
    made: AtomicU64,
}

/// The place of a call among the others of its driver.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) driver: u64,
    pub(super) sequence: u64,
}

impl Order {
    pub(super) fn new() -> Self {
        // 0 stands for no driver.
        let driver = RandomState::new().hash_one((process::id(), Instant::now())).max(1);
        Self { driver, made: AtomicU64::new(0) }
    }

    pub(super) fn next(&self) -> Place {
        // Only the numbers matter, which are in one order for all threads.
        let sequence = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        Place { driver: self.driver, sequence }
    }
}
