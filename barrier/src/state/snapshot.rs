//! What is to be seen of a gang.

use std::time::{Duration, Instant};

use listener_bus::coordination::MISSING_NAMED;
use listener_bus::events::{PartitionId, TaskId};

use super::gang::{Gang, Round};
use super::{GangState, Phase};
use crate::partitions::Partitions;
use crate::settings::Settings;
use crate::task::{StageAttempt, SyncKind};

/// So many tasks of a gang have a line of their own in the log each time.
const TOLD_AT_ONCE: usize = 1_000;

/// A gang at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GangSnapshot {
    /// The gang.
    pub stage_attempt: StageAttempt,
    /// How many tasks it has.
    pub num_tasks: usize,
    /// Rounds completed.
    pub epoch: u64,
    /// What the tasks that wait have called, if any wait.
    pub kind: Option<SyncKind>,
    /// How long the round has been waited for, from the first arrival.
    pub waiting: Duration,
    /// Who has arrived.
    pub arrived: Partitions,
    /// Who is missing.
    pub missing: Partitions,
}

/// The round that a gang waits for.
#[derive(Clone, Debug)]
pub(crate) struct OpenRound {
    pub(crate) stage_attempt: StageAttempt,
    pub(crate) epoch: u64,
    pub(crate) kind: SyncKind,
    pub(crate) num_tasks: usize,
    pub(crate) arrived: usize,
    /// The first [`MISSING_NAMED`] of those who are missing.
    pub(crate) missing: Vec<PartitionId>,
    /// For how long, from the first arrival.
    pub(crate) waiting: Duration,
    /// How long until it times out, if it does.
    pub(crate) left: Option<Duration>,
}

/// A task that waits, as the log tells of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitingTask {
    pub(crate) partition: PartitionId,
    pub(crate) task_attempt: TaskId,
    pub(crate) epoch: u64,
    pub(crate) kind: SyncKind,
    pub(crate) waited: Duration,
}

impl GangState {
    /// What is to be seen of it, while it lives.
    pub(crate) fn snapshot(&self, now: Instant) -> Option<GangSnapshot> {
        let Phase::Live(gang) = &self.phase else { return None };
        let (kind, waiting) = match gang.round {
            Round::Empty => (None, Duration::ZERO),
            Round::Open { kind, since, .. } => (Some(kind), now.saturating_duration_since(since)),
        };
        Some(GangSnapshot {
            stage_attempt: self.stage_attempt,
            num_tasks: self.num_tasks,
            epoch: gang.epoch,
            kind,
            waiting,
            arrived: gang.seats.arrived_partitions(),
            missing: gang.seats.missing_partitions(),
        })
    }

    /// How long its round has been waited for, from the first arrival, if one is.
    pub(crate) fn waited(&self, now: Instant) -> Option<Duration> {
        match &self.phase {
            Phase::Live(Gang { round: Round::Open { since, .. }, .. }) => {
                Some(now.saturating_duration_since(*since))
            }
            Phase::Live(_) | Phase::Dead(_) => None,
        }
    }

    /// The round that is waited for, if one is.
    pub(crate) fn open_round(&self, settings: &Settings, now: Instant) -> Option<OpenRound> {
        let Phase::Live(gang) = &self.phase else { return None };
        let Round::Open { kind, since, .. } = gang.round else { return None };
        let deadline = settings.timeout.deadline(since);
        Some(OpenRound {
            stage_attempt: self.stage_attempt,
            epoch: gang.epoch,
            kind,
            num_tasks: self.num_tasks,
            arrived: gang.seats.arrived(),
            missing: gang.seats.missing().take(MISSING_NAMED).collect(),
            waiting: now.saturating_duration_since(since),
            left: deadline.map(|at| at.saturating_duration_since(now)),
        })
    }

    /// Those who have waited long enough to be told of, up to [`TOLD_AT_ONCE`].
    pub(crate) fn waiting_for_long(&self, settings: &Settings, now: Instant) -> Vec<WaitingTask> {
        let Phase::Live(gang) = &self.phase else { return Vec::new() };
        let Round::Open { kind, .. } = gang.round else { return Vec::new() };
        let waiting = |(partition, task_attempt, since)| {
            let waited = now.saturating_duration_since(since);
            WaitingTask { partition, task_attempt, epoch: gang.epoch, kind, waited }
        };
        let all = gang.seats.present().map(waiting);
        all.filter(|task| task.waited >= settings.log_waiting_every).take(TOLD_AT_ONCE).collect()
    }
}
