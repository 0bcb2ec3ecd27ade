//! What can go wrong with a stage, and with setting one up.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use listener_bus::events::{PartitionId, StageAttemptId, StageId, TaskId};
use thiserror::Error;

use super::failure::TaskFailure;
use crate::error::BarrierError;
use crate::partitions::Partitions;
use crate::slots::SlotsError;
use crate::task::StageAttempt;

/// Why a stage has no result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// The pool has too few slots, were all of them free.
    #[error(
        "stage {stage_id} needs {needed} slots at once, but the pool has {total} in all, as {checks} checks found: give the pool more executors, or the stage fewer partitions"
    )]
    NotEnoughSlots {
        /// The stage.
        stage_id: StageId,
        /// How many slots it needs.
        needed: usize,
        /// How many the pool had at the last check, free or not.
        total: usize,
        /// How many checks found too few.
        checks: u32,
    },
    /// The pool is large enough, but too much of it stayed taken.
    #[error(
        "stage {stage_id} needs {needed} slots at once, but only {free} of {total} were free after {timeout:?}"
    )]
    SlotsTimedOut {
        /// The stage.
        stage_id: StageId,
        /// How many slots it needs.
        needed: usize,
        /// How many were free in the end.
        free: usize,
        /// How many the pool has.
        total: usize,
        /// How long they were waited for.
        timeout: Duration,
    },
    /// A task failed, and no more attempts are allowed.
    #[error(
        "{stage_attempt} failed, as barrier task {task_attempt} of partition {partition} did, with {attempts} attempts made: {failure}"
    )]
    TaskFailed {
        /// The last attempt.
        stage_attempt: StageAttempt,
        /// The partition whose task failed first in it.
        partition: PartitionId,
        /// That task.
        task_attempt: TaskId,
        /// How it failed.
        failure: TaskFailure,
        /// How many attempts were made in all.
        attempts: u32,
    },
    /// The stage failed, and some of its tasks did not notice: they are left behind, with the slots they have.
    #[error(
        "the tasks of partitions {partitions} of {stage_attempt} do not end, {waited:?} after this: {cause}"
    )]
    Stuck {
        /// The attempt.
        stage_attempt: StageAttempt,
        /// Whose tasks they are.
        partitions: Partitions,
        /// How long they were waited for.
        waited: Duration,
        /// Why the stage failed.
        cause: Box<StageError>,
    },
    /// Somebody aborted the stage.
    #[error("stage {stage_id} was aborted: {reason}")]
    Aborted {
        /// The stage.
        stage_id: StageId,
        /// Why.
        reason: Arc<str>,
    },
    /// The stage has used up its time.
    #[error("stage {stage_id} was not done within {deadline:?}")]
    DeadlineExceeded {
        /// The stage.
        stage_id: StageId,
        /// Its time, from the first wait for slots on.
        deadline: Duration,
    },
    /// The thread of a task could not be started; no task has run.
    #[error("cannot start the thread of partition {partition} of {stage_attempt}")]
    Spawn {
        /// The attempt.
        stage_attempt: StageAttempt,
        /// Whose thread it is.
        partition: PartitionId,
        /// What the operating system said.
        source: io::Error,
    },
    /// Async tasks need a tokio runtime, and this was not polled in one.
    #[error("stage {stage_id} is to run async tasks, but not in a tokio runtime")]
    NoRuntime {
        /// The stage.
        stage_id: StageId,
    },
    /// The coordinator does not take the gang, or has ended it for a reason outside it.
    #[error(transparent)]
    Barrier(#[from] BarrierError),
}

impl StageError {
    pub(crate) fn of_slots(stage_id: StageId, error: &SlotsError) -> Self {
        match *error {
            SlotsError::NotEnough { needed, total, checks } => {
                Self::NotEnoughSlots { stage_id, needed, total, checks }
            }
            SlotsError::TimedOut { needed, free, total, timeout } => {
                Self::SlotsTimedOut { stage_id, needed, free, total, timeout }
            }
        }
    }
}

/// Settings that no stage can have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StageBuildError {
    /// A number or a time is zero.
    #[error("{setting} of stage {stage_id} must be greater than 0")]
    Zero {
        /// The stage.
        stage_id: StageId,
        /// Which setting.
        setting: &'static str,
    },
    /// A number is negative.
    #[error("{setting} of stage {stage_id} must not be negative")]
    Negative {
        /// The stage.
        stage_id: StageId,
        /// Which setting.
        setting: &'static str,
    },
    /// The last attempt could not be numbered.
    #[error("stage {stage_id} cannot make {max_attempts} attempts from attempt {first_attempt} on")]
    TooManyAttempts {
        /// The stage.
        stage_id: StageId,
        /// The first attempt.
        first_attempt: StageAttemptId,
        /// How many it may make.
        max_attempts: u32,
    },
}
