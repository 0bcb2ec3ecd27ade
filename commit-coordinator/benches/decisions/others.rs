//! Whether those who ask wait for a thread that starts and ends stages of its own. Spark's side does the same.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use commit_coordinator::{OutputCommitCoordinator, TaskAttempt};
use hdrhistogram::Histogram;

use crate::outcome::Outcome;
use crate::rounds::nanos;
use crate::workloads::{Metrics, PARTITIONS, coordinator, start};

/// One ask in so many is timed.
const TIMED_ASKS: i32 = 64;
/// Asks longer than this are recorded as this long, in nanoseconds.
const LONGEST_ASK: u64 = 60_000_000_000;

/// What one more thread does beside those that ask.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beside {
    /// There is none.
    Nobody,
    /// It computes, and never meets the coordinator: what it takes is its share of the machine.
    Busy,
    /// It starts and ends stages.
    Stages,
}

impl Beside {
    pub(crate) const ALL: [Self; 3] = [Self::Nobody, Self::Busy, Self::Stages];

    /// As Spark's side calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "others-alone",
            Self::Busy => "others-busy",
            Self::Stages => "others-stages",
        }
    }

    fn keep_on(self, coordinator: &OutputCommitCoordinator, until: Instant) {
        match self {
            Self::Nobody => {}
            Self::Busy => compute(until),
            Self::Stages => start_and_end(coordinator, until),
        }
    }

    /// Asks for partitions of stages of its own, with so many threads.
    pub(crate) fn measure(self, threads: i32, at_least: Duration) -> Result<Outcome> {
        let coordinator = coordinator(Metrics::Off)?;
        let begun = Instant::now();
        let until = begun + at_least;
        let (asked, took) = thread::scope(|scope| {
            scope.spawn(|| self.keep_on(&coordinator, until));
            let ask =
                |first| Asked::until(until, &coordinator, (first..).step_by(threads.unsigned_abs() as usize));
            let asking: Vec<_> = (0..threads).map(|thread| scope.spawn(move || ask(thread))).collect();
            let asked: Vec<_> =
                asking.into_iter().map(|thread| thread.join().expect("a thread asks")).collect();
            (asked, begun.elapsed())
        });
        let mut timed = histogram();
        for asked in &asked {
            timed.add(&asked.timed)?;
        }
        let asks = asked.iter().map(|asked| asked.asks).sum();
        let granted = asked.iter().map(|asked| asked.granted).sum();
        let (late, latest) = (timed.value_at_quantile(0.999), timed.max());
        Ok(Outcome { asks, granted, partitions: asks, nanos: nanos(took), late, latest })
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_ASK, 3).expect("bounds that hold")
}

/// What one thread has asked.
struct Asked {
    asks: u64,
    granted: u64,
    timed: Histogram<u64>,
}

impl Asked {
    /// Asks for all partitions of one stage after the other.
    fn until(
        until: Instant,
        coordinator: &OutputCommitCoordinator,
        stages: impl Iterator<Item = i32>,
    ) -> Self {
        let mut asked = Self { asks: 0, granted: 0, timed: histogram() };
        for stage in stages.take_while(|_| Instant::now() < until) {
            start(coordinator, stage, PARTITIONS);
            for partition in 0..PARTITIONS {
                asked.ask(coordinator, TaskAttempt::new(stage, 0, partition, 0));
            }
            coordinator.stage_end(stage);
        }
        asked
    }

    fn ask(&mut self, coordinator: &OutputCommitCoordinator, task: TaskAttempt) {
        self.asks += 1;
        if task.partition_id.0 % TIMED_ASKS == 0 {
            let begun = Instant::now();
            self.granted += u64::from(coordinator.can_commit(task).is_granted());
            self.timed.saturating_record(nanos(begun.elapsed()));
        } else {
            self.granted += u64::from(coordinator.can_commit(task).is_granted());
        }
    }
}

fn compute(until: Instant) {
    let mut number = 1_u64;
    while Instant::now() < until {
        for _ in 0..1_000 {
            number = black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
}

fn start_and_end(coordinator: &OutputCommitCoordinator, until: Instant) {
    for stage in (0..=i32::MAX).rev().take_while(|_| Instant::now() < until) {
        start(coordinator, stage, PARTITIONS);
        coordinator.stage_end(stage);
    }
}
