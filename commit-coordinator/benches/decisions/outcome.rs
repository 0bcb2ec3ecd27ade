//! What one run of one workload has come to, and the medians of several.

use std::fmt;

use anyhow::{Context, Result, ensure};

/// One run, ours or Spark's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) asks: u64,
    pub(crate) granted: u64,
    /// How many of the asks were to be granted.
    pub(crate) partitions: u64,
    /// The time the asks took; or bytes, where memory is measured.
    pub(crate) nanos: u64,
    /// The 99.9th percentile of the asks that were timed, in nanoseconds.
    pub(crate) late: u64,
    /// The greatest of them.
    pub(crate) latest: u64,
}

impl Outcome {
    /// Reads what the display of an outcome, or Spark's side, has written.
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let numbers = line.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>();
        let numbers = numbers.with_context(|| format!("numbers are wanted, and not {line:?}"))?;
        let [asks, granted, partitions, nanos, late, latest] = numbers[..] else {
            anyhow::bail!("six numbers are wanted, and not {line:?}");
        };
        Ok(Self { asks, granted, partitions, nanos, late, latest })
    }

    /// Refuses an outcome in which a decision was wrong: each partition is granted exactly once.
    pub(crate) fn check(self) -> Result<Self> {
        ensure!(self.partitions > 0 && self.nanos > 0, "nothing was asked for");
        ensure!(
            self.granted == self.partitions,
            "{} partitions were asked for, and {} grants made",
            self.partitions,
            self.granted
        );
        Ok(self)
    }

    /// Millions of asks a second.
    pub(crate) fn millions(&self) -> f64 {
        self.asks as f64 * 1e3 / self.nanos as f64
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asks, granted, partitions, nanos, late, latest } = self;
        write!(f, "{asks} {granted} {partitions} {nanos} {late} {latest}")
    }
}

/// The median of some runs, the least and the greatest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    least: f64,
    pub(crate) median: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    pub(crate) fn of(runs: &[Outcome], figure: impl Fn(&Outcome) -> f64) -> Self {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
        Self { least: at(0), median: at(figures.len() / 2), greatest: at(figures.len().wrapping_sub(1)) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} ({:.1} to {:.1})", self.median, self.least, self.greatest)
    }
}
