//! Ids and times, to the wire and back.

mod completion;
mod end_reason;
mod stage;
mod verdict;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use listener_bus::events::{PartitionId, StageAttemptId};
use tonic::Status;

use super::v1;
use crate::executors::ExecutorProcess;
use crate::permit::{CommitPermit, FencingToken};
use crate::task::{AttemptId, AttemptNumber, TaskAttempt};

pub(super) use stage::started;
pub(super) use verdict::{Answer, answer};

/// How many attempts may ask in one call.
pub(super) const MOST_TASKS: usize = 10_000;
/// The longest name of an executor, in bytes.
const LONGEST_ID: usize = 256;
/// The longest host name, or reason, in bytes.
const LONGEST_TEXT: usize = 4096;

/// A message with a field that makes no sense.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{field} {what}")]
#[non_exhaustive]
pub struct Malformed {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub what: &'static str,
}

impl From<Malformed> for Status {
    fn from(malformed: Malformed) -> Self {
        Self::invalid_argument(malformed.to_string())
    }
}

/// A field that must be there.
pub(crate) fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or(Malformed { field, what: "is missing" })
}

/// A number of things in memory, to the wire.
pub(crate) fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A text for people, or a host.
pub(crate) fn text(field: &'static str, text: String) -> Result<Arc<str>, Malformed> {
    if text.len() > LONGEST_TEXT {
        return Err(Malformed { field, what: "is longer than 4096 bytes" });
    }
    Ok(text.into())
}

/// As much of a text for people as the server takes.
pub(crate) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or_default()
}

/// The name of an executor that must be there.
pub(crate) fn executor_id(field: &'static str, id: String) -> Result<String, Malformed> {
    match id.len() {
        0 => Err(Malformed { field, what: "is missing" }),
        1..=LONGEST_ID => Ok(id),
        _ => Err(Malformed { field, what: "is longer than 256 bytes" }),
    }
}

/// An executor that must be there.
pub(crate) fn executor(executor: Option<v1::Executor>) -> Result<ExecutorProcess, Malformed> {
    let v1::Executor { executor_id: id, process } = required("executor", executor)?;
    Ok(ExecutorProcess::new(executor_id("executor.executor_id", id)?, process))
}

/// A task that must be there.
pub(crate) fn task(field: &'static str, task: Option<v1::TaskAttempt>) -> Result<TaskAttempt, Malformed> {
    required(field, task).map(TaskAttempt::from)
}

impl From<TaskAttempt> for v1::TaskAttempt {
    fn from(task: TaskAttempt) -> Self {
        Self {
            stage_id: task.stage_id.0,
            stage_attempt_id: task.stage_attempt_id.0,
            partition_id: task.partition_id.0,
            attempt_number: task.attempt_number.0,
        }
    }
}

impl From<v1::TaskAttempt> for TaskAttempt {
    fn from(task: v1::TaskAttempt) -> Self {
        Self::new(task.stage_id, task.stage_attempt_id, task.partition_id, task.attempt_number)
    }
}

impl From<AttemptId> for v1::AttemptId {
    fn from(id: AttemptId) -> Self {
        Self { stage_attempt_id: id.stage_attempt_id.0, attempt_number: id.attempt_number.0 }
    }
}

impl From<v1::AttemptId> for AttemptId {
    fn from(id: v1::AttemptId) -> Self {
        Self {
            stage_attempt_id: StageAttemptId(id.stage_attempt_id),
            attempt_number: AttemptNumber(id.attempt_number),
        }
    }
}

impl From<CommitPermit> for v1::Permit {
    fn from(permit: CommitPermit) -> Self {
        Self { task: Some(permit.task().into()), token: permit.token().get() }
    }
}

impl TryFrom<v1::Permit> for CommitPermit {
    type Error = Malformed;

    fn try_from(permit: v1::Permit) -> Result<Self, Malformed> {
        Ok(Self::granted(task("permit.task", permit.task)?, FencingToken::new(permit.token)))
    }
}

fn partition(id: i32) -> PartitionId {
    PartitionId(id)
}
