//! What ends a stage attempt before its work is done: the first cause, and no other.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use listener_bus::events::PartitionId;

use super::failure::TaskFailure;
use crate::error::{AbortedBy, BarrierError};
use crate::task::StageAttempt;

/// The first cause.
#[derive(Debug)]
pub(crate) enum Cause {
    /// A task of the gang failed, or was killed.
    Task { partition: PartitionId, failure: TaskFailure },
    /// Somebody aborted the stage.
    Aborted { reason: Arc<str> },
    /// The stage has used up its time.
    Deadline { deadline: Duration },
    /// The thread of a task could not be started.
    Spawn { partition: PartitionId, source: io::Error },
    /// Whoever ran the stage gave up on it.
    Dropped,
    /// The gang was ended by nobody of it.
    Gang(BarrierError),
}

impl Cause {
    pub(crate) fn killed(partition: PartitionId, reason: Arc<str>) -> Self {
        Self::Task { partition, failure: TaskFailure::Killed { reason } }
    }

    /// Whose doing the end of a gang is.
    pub(crate) fn of_gang(error: BarrierError, num_tasks: usize) -> Self {
        let partition = match &error {
            BarrierError::Aborted { by: AbortedBy::Driver, reason, .. } => {
                return Self::Aborted { reason: Arc::clone(reason) };
            }
            BarrierError::Aborted { by: AbortedBy::Task(partition), .. }
            | BarrierError::MixedKinds { partition, .. }
            | BarrierError::MessageTooLarge { partition, .. }
            | BarrierError::RoundTooLarge { partition, .. }
            | BarrierError::NumberOfTasksDiffers { partition, .. }
            | BarrierError::TaskLost { partition, .. } => Some(*partition),
            // Those that are missing have not failed yet; of those who waited, one has to answer for the round.
            BarrierError::TimedOut { arrived, .. } => arrived.as_slice().first().copied(),
            _ => None,
        };
        let within =
            |partition: &PartitionId| usize::try_from(partition.0).is_ok_and(|index| index < num_tasks);
        match partition.filter(within) {
            Some(partition) => Self::Task { partition, failure: TaskFailure::Barrier(Box::new(error)) },
            None => Self::Gang(error),
        }
    }

    /// What the tasks are told that wait.
    pub(crate) fn as_error(&self, stage_attempt: StageAttempt) -> BarrierError {
        let (by, reason) = match self {
            Self::Gang(error) => return error.clone(),
            Self::Task { failure: TaskFailure::Killed { .. }, .. }
            | Self::Deadline { .. }
            | Self::Spawn { .. }
            | Self::Dropped => (AbortedBy::Driver, self.to_string().into()),
            Self::Task { partition, failure } => (AbortedBy::Task(*partition), failure.to_string().into()),
            Self::Aborted { reason } => (AbortedBy::Driver, Arc::clone(reason)),
        };
        BarrierError::Aborted { stage_attempt, by, reason }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task { partition, failure } => {
                write!(f, "the task of partition {partition} failed: {failure}")
            }
            Self::Aborted { reason } => write!(f, "the stage was aborted: {reason}"),
            Self::Deadline { deadline } => write!(f, "the stage was not done within {deadline:?}"),
            Self::Spawn { partition, source } => {
                write!(f, "the thread of partition {partition} could not be started: {source}")
            }
            Self::Dropped => f.write_str("the stage was dropped while it ran"),
            Self::Gang(error) => error.fmt(f),
        }
    }
}
