//! What can go wrong with a sync.

mod facts;
mod setup;

use std::sync::Arc;
use std::time::Duration;

use listener_bus::events::{PartitionId, StageAttemptId, TaskId};
use thiserror::Error;

use crate::partitions::Partitions;
use crate::task::{StageAttempt, SyncKind};

pub use facts::{AbortedBy, Gone, RoundId, Silence};
pub use setup::{BuildError, OnStartError};

/// Why a call of [`barrier`](crate::BarrierTaskContext::barrier) or
/// [`all_gather`](crate::BarrierTaskContext::all_gather) failed. A clone shares its texts and lists.
///
/// The errors of [`is_fatal`](Self::is_fatal) end the whole gang: all who wait get the same error, and whoever calls
/// later gets [`AttemptDead`](Self::AttemptDead) with that first cause.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BarrierError {
    /// Not all tasks came in time.
    #[error("{round} timed out after {timeout:?}: missing are partitions {missing}; arrived are {arrived}")]
    TimedOut {
        /// The round.
        round: RoundId,
        /// How long it was waited for, from the first arrival.
        timeout: Duration,
        /// Who was there.
        arrived: Partitions,
        /// Who was not.
        missing: Partitions,
    },
    /// Some called `barrier` and some `all_gather`.
    #[error("{round} began with {first}, but the task of partition {partition} called {kind}")]
    MixedKinds {
        /// The round.
        round: RoundId,
        /// What the first to arrive called.
        first: SyncKind,
        /// Who called something else.
        partition: PartitionId,
        /// What that task called.
        kind: SyncKind,
    },
    /// The tasks do not agree how many they are.
    #[error("{stage_attempt} has {expected} tasks, but the task of partition {partition} says {num_tasks}")]
    NumberOfTasksDiffers {
        /// The gang.
        stage_attempt: StageAttempt,
        /// What the first request said.
        expected: usize,
        /// Who said something else.
        partition: PartitionId,
        /// What that task said.
        num_tasks: usize,
    },
    /// No gang can have that many tasks.
    #[error(
        "{stage_attempt} cannot have {num_tasks} tasks, as the task of partition {partition} says: between 1 and {limit} are allowed"
    )]
    NumberOfTasksRefused {
        /// The gang.
        stage_attempt: StageAttempt,
        /// Who said so.
        partition: PartitionId,
        /// What it said.
        num_tasks: usize,
        /// The most that are allowed.
        limit: usize,
    },
    /// The gang has no such partition.
    #[error("{stage_attempt} has {num_tasks} tasks, but a task calls itself partition {partition}")]
    PartitionOutOfRange {
        /// The gang.
        stage_attempt: StageAttempt,
        /// What the task calls itself.
        partition: PartitionId,
        /// How many tasks the gang has.
        num_tasks: usize,
    },
    /// Another task attempt has that partition.
    #[error("partition {partition} of {stage_attempt} belongs to task {holder}, not to task {task_attempt}")]
    PartitionTaken {
        /// The gang.
        stage_attempt: StageAttempt,
        /// The partition.
        partition: PartitionId,
        /// Who called.
        task_attempt: TaskId,
        /// Whose it is.
        holder: TaskId,
    },
    /// The round of this epoch has finished; perhaps the task was meant to be killed and was not.
    #[error(
        "{stage_attempt} is at barrier epoch {current}, but the task of partition {partition} calls with epoch {epoch}, which has finished"
    )]
    StaleEpoch {
        /// The gang.
        stage_attempt: StageAttempt,
        /// Who called.
        partition: PartitionId,
        /// The epoch it called with.
        epoch: u64,
        /// The epoch of the gang.
        current: u64,
    },
    /// The rounds before this epoch have not finished.
    #[error(
        "{stage_attempt} is at barrier epoch {current}, but the task of partition {partition} calls with epoch {epoch}, which is ahead"
    )]
    FutureEpoch {
        /// The gang.
        stage_attempt: StageAttempt,
        /// Who called.
        partition: PartitionId,
        /// The epoch it called with.
        epoch: u64,
        /// The epoch of the gang.
        current: u64,
    },
    /// The gang has ended before this call.
    #[error("{stage_attempt} is over: {cause}")]
    AttemptDead {
        /// The gang.
        stage_attempt: StageAttempt,
        /// What ended it.
        cause: Arc<BarrierError>,
    },
    /// A message is larger than allowed.
    #[error("{round}: the message of partition {partition} has {bytes} bytes, more than the {limit} allowed")]
    MessageTooLarge {
        /// The round.
        round: RoundId,
        /// Whose it is.
        partition: PartitionId,
        /// Its size, in bytes.
        bytes: usize,
        /// The largest size allowed, in bytes.
        limit: usize,
    },
    /// The messages of a round are larger than allowed, taken together.
    #[error(
        "{round}: the message of partition {partition} makes it {bytes} bytes in all, more than the {limit} allowed"
    )]
    RoundTooLarge {
        /// The round.
        round: RoundId,
        /// Whose message was too much.
        partition: PartitionId,
        /// The size of all messages with that one, in bytes.
        bytes: usize,
        /// The largest size allowed, in bytes.
        limit: usize,
    },
    /// Somebody gave the gang up.
    #[error("{stage_attempt} was aborted by {by}: {reason}")]
    Aborted {
        /// The gang.
        stage_attempt: StageAttempt,
        /// Who did.
        by: AbortedBy,
        /// Why.
        reason: Arc<str>,
    },
    /// A task of the gang is gone.
    #[error("{stage_attempt} has lost the task of partition {partition}: {silence} within {within:?}")]
    TaskLost {
        /// The gang.
        stage_attempt: StageAttempt,
        /// Which task.
        partition: PartitionId,
        /// How it was found.
        silence: Silence,
        /// How long it was waited for.
        within: Duration,
    },
    /// The stage attempt was completed, as an event or a direct call said.
    #[error("{stage_attempt} is completed")]
    StageCompleted {
        /// The gang.
        stage_attempt: StageAttempt,
    },
    /// A newer attempt of the stage has begun.
    #[error("{stage_attempt} is over: attempt {newest} of the stage has begun")]
    Superseded {
        /// The gang.
        stage_attempt: StageAttempt,
        /// The newest attempt.
        newest: StageAttemptId,
    },
    /// Nobody has used the gang for so long that it was given up.
    #[error("{stage_attempt} was idle for {idle:?} and was given up")]
    Expired {
        /// The gang.
        stage_attempt: StageAttempt,
        /// The time to live that has passed.
        idle: Duration,
    },
    /// There is no coordinator any more.
    #[error("the coordinator of {stage_attempt} is gone: {why}")]
    CoordinatorGone {
        /// The gang.
        stage_attempt: StageAttempt,
        /// Why.
        why: Gone,
    },
    /// The gang has counted as many rounds as can be counted.
    #[error("{stage_attempt} has used up all barrier epochs")]
    EpochsExhausted {
        /// The gang.
        stage_attempt: StageAttempt,
    },
    /// A message that was asked for as text is none. The round itself has succeeded.
    #[error("{round}: the message of partition {partition} is not UTF-8")]
    NotText {
        /// The round.
        round: RoundId,
        /// Whose it is.
        partition: PartitionId,
    },
}

impl BarrierError {
    /// All that [`reason`](Self::reason) can answer.
    pub(crate) const REASONS: [&str; 19] = [
        "timed_out",
        "mixed_kinds",
        "number_of_tasks_differs",
        "number_of_tasks_refused",
        "partition_out_of_range",
        "partition_taken",
        "stale_epoch",
        "future_epoch",
        "attempt_dead",
        "message_too_large",
        "round_too_large",
        "aborted",
        "task_lost",
        "stage_completed",
        "superseded",
        "expired",
        "coordinator_gone",
        "epochs_exhausted",
        "not_text",
    ];

    /// What metrics call it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TimedOut { .. } => "timed_out",
            Self::MixedKinds { .. } => "mixed_kinds",
            Self::NumberOfTasksDiffers { .. } => "number_of_tasks_differs",
            Self::NumberOfTasksRefused { .. } => "number_of_tasks_refused",
            Self::PartitionOutOfRange { .. } => "partition_out_of_range",
            Self::PartitionTaken { .. } => "partition_taken",
            Self::StaleEpoch { .. } => "stale_epoch",
            Self::FutureEpoch { .. } => "future_epoch",
            Self::AttemptDead { .. } => "attempt_dead",
            Self::MessageTooLarge { .. } => "message_too_large",
            Self::RoundTooLarge { .. } => "round_too_large",
            Self::Aborted { .. } => "aborted",
            Self::TaskLost { .. } => "task_lost",
            Self::StageCompleted { .. } => "stage_completed",
            Self::Superseded { .. } => "superseded",
            Self::Expired { .. } => "expired",
            Self::CoordinatorGone { .. } => "coordinator_gone",
            Self::EpochsExhausted { .. } => "epochs_exhausted",
            Self::NotText { .. } => "not_text",
        }
    }

    /// Whether it ends the whole gang, and not this call alone.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::TimedOut { .. }
            | Self::MixedKinds { .. }
            | Self::NumberOfTasksDiffers { .. }
            | Self::PartitionOutOfRange { .. }
            | Self::AttemptDead { .. }
            | Self::MessageTooLarge { .. }
            | Self::RoundTooLarge { .. }
            | Self::Aborted { .. }
            | Self::TaskLost { .. }
            | Self::StageCompleted { .. }
            | Self::Superseded { .. }
            | Self::Expired { .. }
            | Self::CoordinatorGone { .. }
            | Self::EpochsExhausted { .. } => true,
            Self::NumberOfTasksRefused { .. }
            | Self::PartitionTaken { .. }
            | Self::StaleEpoch { .. }
            | Self::FutureEpoch { .. }
            | Self::NotText { .. } => false,
        }
    }

    /// The first cause: of an [`AttemptDead`](Self::AttemptDead) what ended the gang, of any other error itself.
    pub fn first_cause(&self) -> &Self {
        match self {
            Self::AttemptDead { cause, .. } => cause.first_cause(),
            other => other,
        }
    }
}
