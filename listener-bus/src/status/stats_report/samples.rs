//! What is kept of the tasks of one stage attempt.

use std::num::NonZeroUsize;

use super::{Quantiles, TaskDistributions, TimeShares};
use crate::events::{TaskInfo, TaskMetrics};

const RUN_TIME: usize = 0;
const FETCH_WAIT: usize = 2;

/// The figures of one task.
#[derive(Debug, Clone, Copy)]
struct Sample {
    /// Run time, shuffle bytes written, fetch wait, remote bytes read, result size.
    figures: [i64; 5],
    /// From launch to end, in milliseconds.
    duration: i64,
}

/// The figures of the tasks of one stage attempt: of all, or once there are too many, of a fair sample.
///
/// The sample is a reservoir: each task is in it with the same probability, whenever it ended.
#[derive(Debug)]
pub(super) struct Samples {
    limit: NonZeroUsize,
    kept: Vec<Sample>,
    measured: u64,
    least: [i64; 5],
    greatest: [i64; 5],
    /// The state of the random numbers; they need not be secret, only spread.
    random: u64,
}

impl Sample {
    fn new(task: &TaskInfo, metrics: &TaskMetrics) -> Self {
        let figures = [
            metrics.executor_run_time,
            metrics.shuffle_write_metrics.shuffle_bytes_written,
            metrics.shuffle_read_metrics.fetch_wait_time,
            metrics.shuffle_read_metrics.remote_bytes_read,
            metrics.result_size,
        ];
        Self { figures, duration: task.finish_time.saturating_sub(task.launch_time) }
    }

    /// The shares of running, waiting for blocks and the rest, in percent.
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds are far below 2^53, and the shares are shown rounded"
    )]
    fn shares(&self) -> Option<[f64; 3]> {
        if self.duration <= 0 {
            return None;
        }
        let share = |time: i64| (time as f64 / self.duration as f64 * 100.0).clamp(0.0, 100.0);
        let fetch_wait = share(self.figures[FETCH_WAIT]);
        let executor = share(self.figures[RUN_TIME].saturating_sub(self.figures[FETCH_WAIT]));
        Some([executor, fetch_wait, (100.0 - executor - fetch_wait).max(0.0)])
    }
}

impl Samples {
    pub(super) fn new(limit: NonZeroUsize) -> Self {
        Self {
            limit,
            kept: Vec::new(),
            measured: 0,
            least: [i64::MAX; 5],
            greatest: [i64::MIN; 5],
            random: 0,
        }
    }

    pub(super) fn measured(&self) -> u64 {
        self.measured
    }

    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn add(&mut self, task: &TaskInfo, metrics: &TaskMetrics) {
        let sample = Sample::new(task, metrics);
        self.measured = self.measured.saturating_add(1);
        for (at, figure) in sample.figures.into_iter().enumerate() {
            self.least[at] = self.least[at].min(figure);
            self.greatest[at] = self.greatest[at].max(figure);
        }
        if self.kept.len() < self.limit.get() {
            self.kept.push(sample);
        } else {
            self.replace_one(sample);
        }
    }

    /// Lets `sample` into a full reservoir with the probability that all others had.
    fn replace_one(&mut self, sample: Sample) {
        let place = self.next_random() % self.measured;
        if let Some(kept) = usize::try_from(place).ok().and_then(|place| self.kept.get_mut(place)) {
            *kept = sample;
        }
    }

    /// The generator `SplitMix64`.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn distributions(&self) -> Option<TaskDistributions> {
        Some(TaskDistributions {
            executor_run_time: self.figure(RUN_TIME)?,
            shuffle_bytes_written: self.figure(1)?,
            fetch_wait_time: self.figure(FETCH_WAIT)?,
            remote_bytes_read: self.figure(3)?,
            result_size: self.figure(4)?,
            time_shares: self.time_shares(),
        })
    }

    /// One figure's quantiles; the least and the greatest are those of all tasks, sampled or not.
    fn figure(&self, figure: usize) -> Option<Quantiles<i64>> {
        let mut values: Vec<_> = self.kept.iter().map(|sample| sample.figures[figure]).collect();
        values.sort_unstable();
        let mut quantiles = Quantiles::of_sorted(&values)?;
        quantiles.values[0] = self.least[figure];
        quantiles.values[8] = self.greatest[figure];
        Some(quantiles)
    }

    fn time_shares(&self) -> Option<TimeShares> {
        let shares: Vec<_> = self.kept.iter().filter_map(Sample::shares).collect();
        let quantiles = |share: usize| {
            let mut values: Vec<_> = shares.iter().map(|shares| shares[share]).collect();
            values.sort_unstable_by(f64::total_cmp);
            Quantiles::of_sorted(&values)
        };
        Some(TimeShares { executor: quantiles(0)?, fetch_wait: quantiles(1)?, other: quantiles(2)? })
    }
}
