//! What the coordinator answers to an attempt that wants to commit.

use std::fmt;

use listener_bus::events::{PartitionId, StageId};
use serde::{Deserialize, Serialize};

use crate::permit::{CommitPermit, FencingToken};
use crate::task::{AttemptId, TaskAttempt};

/// Whether an attempt may commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an attempt commits only if it was granted"]
pub enum Verdict {
    /// It may, and nobody else.
    Granted(CommitPermit),
    /// It may not.
    Denied(Denial),
}

impl Verdict {
    /// The permit, if it was granted.
    ///
    /// # Errors
    /// The [`Denial`].
    pub fn permit(self) -> Result<CommitPermit, Denial> {
        match self {
            Self::Granted(permit) => Ok(permit),
            Self::Denied(denial) => Err(denial),
        }
    }

    /// Whether it was granted.
    pub fn is_granted(&self) -> bool {
        matches!(self, Self::Granted(_))
    }
}

/// A denial: to whom, and why. As an error, it is what a task ends with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{task} may not commit: {reason}")]
pub struct Denial {
    /// Who has asked.
    #[serde(flatten)]
    pub task: TaskAttempt,
    /// Why it may not.
    #[serde(flatten)]
    pub reason: DenialReason,
}

impl Denial {
    /// What to do about it.
    pub fn advice(&self) -> Advice {
        self.reason.advice()
    }
}

/// What an attempt that was denied does best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// It ends: it will never be granted, however often it asks.
    GiveUp,
    /// It may still be granted, if whoever holds the partition fails:
    /// [`await_decision`](crate::OutputCommitCoordinator::await_decision).
    Wait,
}

/// Why an attempt may not commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "Reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DenialReason {
    /// Another attempt has committed the partition.
    CommittedBy {
        /// Which one.
        #[serde(rename = "Holder")]
        holder: AttemptId,
        /// The token it has committed with.
        #[serde(rename = "Token")]
        token: FencingToken,
    },
    /// Another attempt has been granted the partition, and has not ended yet.
    HeldBy {
        /// Which one.
        #[serde(rename = "Holder")]
        holder: AttemptId,
    },
    /// Whoever held the partition is lost, and it is not known yet whether it has committed.
    OutcomeUnknown {
        /// Which one.
        #[serde(rename = "Holder")]
        holder: AttemptId,
    },
    /// This very attempt has been reported as failed.
    AttemptFailed,
    /// This very attempt has been reported as ended after a denial; what asks now is a late copy of its request.
    AttemptEnded,
    /// The stage was aborted, as nobody can tell whether a partition has been committed.
    StageAborted {
        /// That partition.
        #[serde(rename = "In Doubt Partition ID")]
        partition_id: PartitionId,
        /// Who was lost while it held the partition.
        #[serde(rename = "Holder")]
        holder: AttemptId,
    },
    /// The stage has ended.
    StageEnded,
    /// The stage has not been started, or ended so long ago that it is forgotten.
    UnknownStage,
    /// The stage has no such partition.
    PartitionOutOfRange {
        /// Its greatest one.
        #[serde(rename = "Max Partition ID")]
        max_partition_id: PartitionId,
    },
    /// The coordinator has been stopped.
    Stopped,
}

impl DenialReason {
    /// All reasons, as [`as_str`](Self::as_str) tells them.
    pub const ALL: [&'static str; 10] = [
        "committed_by",
        "held_by",
        "outcome_unknown",
        "attempt_failed",
        "attempt_ended",
        "stage_aborted",
        "stage_ended",
        "unknown_stage",
        "partition_out_of_range",
        "stopped",
    ];

    /// Its place in [`ALL`](Self::ALL).
    pub(crate) fn index(&self) -> usize {
        match self {
            Self::CommittedBy { .. } => 0,
            Self::HeldBy { .. } => 1,
            Self::OutcomeUnknown { .. } => 2,
            Self::AttemptFailed => 3,
            Self::AttemptEnded => 4,
            Self::StageAborted { .. } => 5,
            Self::StageEnded => 6,
            Self::UnknownStage => 7,
            Self::PartitionOutOfRange { .. } => 8,
            Self::Stopped => 9,
        }
    }

    /// Whether no stage that goes on says so.
    pub(crate) fn is_of_no_stage(&self) -> bool {
        matches!(
            self,
            Self::StageEnded | Self::UnknownStage | Self::PartitionOutOfRange { .. } | Self::Stopped
        )
    }

    /// The reason in metrics and events.
    pub fn as_str(&self) -> &'static str {
        Self::ALL.get(self.index()).copied().unwrap_or_default()
    }

    /// Whose grant is in the way, if one is.
    pub(crate) fn holder(&self) -> Option<AttemptId> {
        match self {
            Self::CommittedBy { holder, .. }
            | Self::HeldBy { holder }
            | Self::OutcomeUnknown { holder }
            | Self::StageAborted { holder, .. } => Some(*holder),
            Self::AttemptFailed
            | Self::AttemptEnded
            | Self::StageEnded
            | Self::UnknownStage
            | Self::PartitionOutOfRange { .. }
            | Self::Stopped => None,
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> Advice {
        match self {
            Self::HeldBy { .. } | Self::OutcomeUnknown { .. } => Advice::Wait,
            Self::CommittedBy { .. }
            | Self::AttemptFailed
            | Self::AttemptEnded
            | Self::StageAborted { .. }
            | Self::StageEnded
            | Self::UnknownStage
            | Self::PartitionOutOfRange { .. }
            | Self::Stopped => Advice::GiveUp,
        }
    }
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommittedBy { holder, token } => {
                write!(f, "{holder} has committed the partition with token {token}")
            }
            Self::HeldBy { holder } => write!(f, "{holder} holds the partition"),
            Self::OutcomeUnknown { holder } => {
                write!(f, "{holder} is lost, and may have committed the partition")
            }
            Self::AttemptFailed => f.write_str("this attempt has failed"),
            Self::AttemptEnded => f.write_str("this attempt has ended"),
            Self::StageAborted { partition_id, holder } => {
                write!(
                    f,
                    "the stage was aborted: {holder} is lost, and may have committed partition {partition_id}"
                )
            }
            Self::StageEnded => f.write_str("the stage has ended"),
            Self::UnknownStage => f.write_str("the stage is not known"),
            Self::PartitionOutOfRange { max_partition_id } => {
                write!(f, "the greatest partition of the stage is {max_partition_id}")
            }
            Self::Stopped => f.write_str("the coordinator has been stopped"),
        }
    }
}

/// A stage that cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StageStartError {
    /// It has been started with another number of partitions; nothing is changed.
    #[error("stage {stage_id} has partitions up to {max_partition_id} and cannot be started with {asked}")]
    PartitionsDiffer {
        /// The stage.
        stage_id: StageId,
        /// The greatest partition it was started with.
        max_partition_id: PartitionId,
        /// The greatest partition it was to be started with now.
        asked: PartitionId,
    },
    /// The greatest partition is negative, or beyond the coordinator's limit.
    #[error("stage {stage_id} cannot have partition {asked}: partitions go from 0 to {limit}")]
    PartitionOutOfRange {
        /// The stage.
        stage_id: StageId,
        /// The greatest partition asked for.
        asked: PartitionId,
        /// The greatest partition a stage can have here.
        limit: PartitionId,
    },
    /// The stage was aborted, and has not ended yet.
    #[error("stage {stage_id} was aborted: {reason}")]
    Aborted {
        /// The stage.
        stage_id: StageId,
        /// Why: [`DenialReason::StageAborted`].
        reason: DenialReason,
    },
    /// The coordinator has been stopped.
    #[error("stage {stage_id} cannot be started: the coordinator has been stopped")]
    Stopped {
        /// The stage.
        stage_id: StageId,
    },
}
