//! What the coordinator is asked, and by how many threads. Spark's side does the same.

use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Result;
use commit_coordinator::{OutputCommitCoordinator, TaskAttempt};
use listener_bus::events::TaskEndReason;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use crate::outcome::Outcome;
use crate::rounds::{Round, run};

/// Partitions of a stage.
pub(crate) const PARTITIONS: i32 = 100_000;
/// Partitions of a large stage.
pub(crate) const MILLION: i32 = 1_000_000;

/// Whether metrics are recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Metrics {
    Off,
    On,
}

/// A coordinator as its users set it up.
pub(crate) fn coordinator(metrics: Metrics) -> Result<OutputCommitCoordinator> {
    static RECORDER: LazyLock<PrometheusRecorder> =
        LazyLock::new(|| PrometheusBuilder::new().build_recorder());
    let build = || OutputCommitCoordinator::builder().build();
    Ok(match metrics {
        Metrics::Off => build()?,
        Metrics::On => metrics::with_local_recorder(&*RECORDER, build)?,
    })
}

/// Starts a stage; one that could not be started shows itself by its denials.
pub(crate) fn start(coordinator: &OutputCommitCoordinator, stage: i32, partitions: i32) {
    drop(coordinator.stage_start(stage, partitions - 1));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Distinct partitions of one stage.
    Ask,
    /// The same, of a large one.
    Large,
    /// Two attempts at each partition: of two threads, if there are as many.
    Race,
    /// A stage for each thread.
    Stages,
    /// A stage for each thread, from its start to its end.
    Life,
}

impl Workload {
    pub(crate) const ALL: [Self; 5] = [Self::Ask, Self::Large, Self::Race, Self::Stages, Self::Life];

    /// As Spark's side and the table call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Large => "large",
            Self::Race => "race",
            Self::Stages => "stages",
            Self::Life => "life",
        }
    }

    pub(crate) fn measure(self, threads: i32, at_least: Duration, metrics: Metrics) -> Result<Outcome> {
        let (stages, attempts, partitions) = match self {
            Self::Ask => (1, 1, PARTITIONS),
            Self::Large => (1, 1, MILLION),
            Self::Race => (1, 2, PARTITIONS),
            Self::Stages | Self::Life => (threads, 1, PARTITIONS),
        };
        let coordinator = coordinator(metrics)?;
        let working = Working { coordinator, workload: self, threads, stages, attempts, partitions };
        Ok(run(threads, at_least, &working))
    }
}

/// A workload in its rounds.
struct Working {
    coordinator: OutputCommitCoordinator,
    workload: Workload,
    threads: i32,
    /// Of one round.
    stages: i32,
    /// At each partition.
    attempts: u64,
    partitions: i32,
}

impl Round for Working {
    fn asks(&self) -> u64 {
        self.attempts * self.partitions()
    }

    fn partitions(&self) -> u64 {
        u64::from((self.stages * self.partitions).unsigned_abs())
    }

    fn prepare(&self, round: i32) {
        if self.workload != Workload::Life {
            self.of(round).for_each(|stage| start(&self.coordinator, stage, self.partitions));
        }
    }

    fn work(&self, round: i32, thread: i32) -> u64 {
        let stage = round * self.stages;
        match self.workload {
            Workload::Ask | Workload::Large => self.ask(stage, 0, self.every(self.threads, thread)),
            Workload::Race if self.threads == 1 => self.ask_both(stage),
            Workload::Race => {
                self.ask(stage, i64::from(thread % 2), self.every(self.threads / 2, thread / 2))
            }
            Workload::Stages => self.ask(stage + thread, 0, self.every(1, 0)),
            Workload::Life => self.live(stage + thread),
        }
    }

    fn tidy(&self, round: i32) {
        // A life has ended its stages; what is not there is not ended again.
        for stage in self.of(round) {
            self.coordinator.stage_end(stage);
        }
    }
}

impl Working {
    /// The stages of a round.
    fn of(&self, round: i32) -> impl Iterator<Item = i32> {
        round * self.stages..(round + 1) * self.stages
    }

    /// Every so many of the partitions.
    fn every(&self, step: i32, first: i32) -> impl Iterator<Item = i32> {
        (first..self.partitions).step_by(step.unsigned_abs() as usize)
    }

    /// Asks for one partition after the other; answers how often it was granted one.
    fn ask(&self, stage: i32, attempt: i64, partitions: impl Iterator<Item = i32>) -> u64 {
        partitions.map(|partition| self.ask_one(stage, partition, attempt)).sum()
    }

    fn ask_both(&self, stage: i32) -> u64 {
        let both = |partition| self.ask_one(stage, partition, 0) + self.ask_one(stage, partition, 1);
        self.every(1, 0).map(both).sum()
    }

    fn ask_one(&self, stage: i32, partition: i32, attempt: i64) -> u64 {
        u64::from(self.coordinator.can_commit(TaskAttempt::new(stage, 0, partition, attempt)).is_granted())
    }

    fn live(&self, stage: i32) -> u64 {
        start(&self.coordinator, stage, self.partitions);
        let granted = self.ask(stage, 0, self.every(1, 0));
        for partition in self.every(1, 0) {
            self.coordinator
                .task_completed(TaskAttempt::new(stage, 0, partition, 0), &TaskEndReason::SUCCESS);
        }
        self.coordinator.stage_end(stage);
        granted
    }
}
