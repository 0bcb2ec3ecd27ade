//! Times of many calls, and the medians of several runs.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// Calls longer than this are recorded as this long, in nanoseconds.
const LONGEST: u64 = 60_000_000_000;

/// How long calls took.
pub(crate) struct Times(Histogram<u64>);

impl Times {
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds that hold"))
    }

    #[inline]
    pub(crate) fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(LONGEST));
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("the same bounds");
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time within which so great a share of the calls was over, in nanoseconds.
    pub(crate) fn quantile(&self, quantile: f64) -> u64 {
        self.0.value_at_quantile(quantile)
    }

    pub(crate) fn longest(&self) -> u64 {
        self.0.max()
    }
}

/// What is in each figure: the time between two readings of the clock, one directly after the other.
pub(crate) fn clock_cost() -> u64 {
    let mut times = Times::new();
    for _ in 0..100_000 {
        times.record(Instant::now().elapsed());
    }
    times.quantile(0.5)
}

pub(crate) fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
