//! Ids, rounds and times, to the wire and back.

use std::time::Duration;

use listener_bus::events::PartitionId;
use tonic::Status;

use super::v1;
use crate::error::RoundId;
use crate::partitions::Partitions;
use crate::task::{BarrierTask, StageAttempt, SyncKind};

/// A message with a field that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) field: &'static str,
    pub(crate) what: &'static str,
}

impl From<Malformed> for Status {
    fn from(Malformed { field, what }: Malformed) -> Self {
        Self::invalid_argument(format!("{field} {what}"))
    }
}

/// A field that must be there.
pub(crate) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or(Malformed { field, what: "is missing" })
}

/// A number of things in memory.
pub(crate) fn size(field: &'static str, value: u64) -> Result<usize, Malformed> {
    usize::try_from(value).map_err(|_too_large| Malformed { field, what: "is too large" })
}

/// A number of things in memory, to the wire.
pub(crate) fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl From<StageAttempt> for v1::StageAttempt {
    fn from(id: StageAttempt) -> Self {
        Self { stage_id: id.stage_id.0, attempt_id: id.attempt_id.0 }
    }
}

impl From<v1::StageAttempt> for StageAttempt {
    fn from(id: v1::StageAttempt) -> Self {
        Self::new(id.stage_id, id.attempt_id)
    }
}

/// A stage attempt that must be there.
pub(crate) fn stage_attempt(id: Option<v1::StageAttempt>) -> Result<StageAttempt, Malformed> {
    required("stage_attempt", id).map(StageAttempt::from)
}

impl From<&BarrierTask> for v1::Participant {
    fn from(task: &BarrierTask) -> Self {
        Self {
            stage_attempt: Some(task.stage_attempt.into()),
            num_tasks: wide(task.num_tasks),
            partition_id: task.partition_id.0,
            task_attempt_id: task.task_attempt_id.0,
        }
    }
}

/// A task that must be there.
pub(crate) fn participant(participant: Option<v1::Participant>) -> Result<BarrierTask, Malformed> {
    let participant = required("participant", participant)?;
    let stage_attempt = required("participant.stage_attempt", participant.stage_attempt)?.into();
    let num_tasks = size("participant.num_tasks", participant.num_tasks)?;
    Ok(BarrierTask::new(stage_attempt, num_tasks, participant.partition_id, participant.task_attempt_id))
}

impl From<SyncKind> for v1::SyncKind {
    fn from(kind: SyncKind) -> Self {
        match kind {
            SyncKind::Barrier => Self::Barrier,
            SyncKind::AllGather => Self::AllGather,
        }
    }
}

pub(crate) fn kind(field: &'static str, kind: i32) -> Result<SyncKind, Malformed> {
    match v1::SyncKind::try_from(kind) {
        Ok(v1::SyncKind::Barrier) => Ok(SyncKind::Barrier),
        Ok(v1::SyncKind::AllGather) => Ok(SyncKind::AllGather),
        Ok(v1::SyncKind::Unspecified) => Err(Malformed { field, what: "is missing" }),
        Err(_) => Err(Malformed { field, what: "is no kind of sync" }),
    }
}

impl From<RoundId> for v1::Round {
    fn from(round: RoundId) -> Self {
        Self { stage_attempt: Some(round.stage_attempt.into()), epoch: round.epoch }
    }
}

pub(crate) fn round(round: Option<v1::Round>) -> Result<RoundId, Malformed> {
    let round = required("round", round)?;
    Ok(RoundId { stage_attempt: stage_attempt(round.stage_attempt)?, epoch: round.epoch })
}

impl From<Duration> for v1::Span {
    fn from(time: Duration) -> Self {
        Self { seconds: time.as_secs(), nanos: time.subsec_nanos() }
    }
}

pub(crate) fn span(field: &'static str, span: Option<v1::Span>) -> Result<Duration, Malformed> {
    let v1::Span { seconds, nanos } = required(field, span)?;
    if nanos >= 1_000_000_000 {
        return Err(Malformed { field, what: "has a second or more in its nanoseconds" });
    }
    Ok(Duration::new(seconds, nanos))
}

pub(crate) fn partition_ids(partitions: &Partitions) -> Vec<i32> {
    partitions.as_slice().iter().map(|partition| partition.0).collect()
}

pub(crate) fn partitions(ids: Vec<i32>) -> Partitions {
    ids.into_iter().map(PartitionId).collect()
}
