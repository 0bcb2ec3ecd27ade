//! What the end of an attempt means for its partition.

use listener_bus::events::{PartitionId, TaskEndReason};

use crate::permit::{CommitPermit, FencingToken};
use crate::policy::Doubt;
use crate::task::AttemptId;
use crate::verdict::DenialReason;

/// What the coordinator has made of the end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completion {
    /// It held the partition and has succeeded: nobody else will be granted it.
    Committed(CommitPermit),
    /// It held the partition and has failed: the partition is free again.
    Freed(CommitPermit),
    /// It held the partition and nobody can tell whether it has committed.
    Unknown {
        /// What it was granted.
        permit: CommitPermit,
        /// What becomes of the partition.
        next: AfterDoubt,
    },
    /// It did not hold the partition; from now on it is denied for good.
    Recorded,
    /// It did not hold the partition and has succeeded: its destination needs no coordinator.
    NotHolder,
    /// It has succeeded after the partition had been granted to another attempt. The destination must have refused it by
    /// its token, or has been written twice.
    Superseded {
        /// Who was granted it since.
        by: AttemptId,
        /// With which token.
        token: FencingToken,
    },
    /// This has been reported before, and changes nothing.
    Duplicate,
    /// The stage has ended, and nothing is known of it any more.
    StageEnded,
    /// The stage has not been started, or is forgotten. What was reported is not remembered.
    UnknownStage,
    /// The stage has no such partition.
    PartitionOutOfRange {
        /// Its greatest one.
        max_partition_id: PartitionId,
    },
    /// The coordinator has been stopped.
    Stopped,
}

impl Completion {
    /// The stage is not there, for that reason.
    pub(crate) fn unheard(reason: &DenialReason) -> Self {
        match reason {
            DenialReason::Stopped => Self::Stopped,
            DenialReason::StageEnded => Self::StageEnded,
            _ => Self::UnknownStage,
        }
    }
}

/// What becomes of a partition when nobody can tell whether it has been committed; see
/// [`UnknownOutcome`](crate::UnknownOutcome).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AfterDoubt {
    /// Its stage is aborted: nobody is granted any partition of it.
    StageAborted,
    /// The resolver is being asked.
    Resolving,
    /// It is free again.
    Regranted,
}

/// What the end of an attempt tells about its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It has committed what it was granted.
    Succeeded,
    /// It was denied and has not committed.
    Denied,
    /// It has not committed, or what it has committed is gone.
    Failed,
    /// It had succeeded, and what it has written is gone.
    OutputLost,
    /// It may have committed.
    Lost,
}

impl Ending {
    /// As `doubt` takes the reason.
    pub(crate) fn of(reason: &TaskEndReason, doubt: Doubt) -> Self {
        match (reason, doubt) {
            (TaskEndReason::Success(_), _) => Self::Succeeded,
            (TaskEndReason::TaskCommitDenied(_), _) => Self::Denied,
            (TaskEndReason::Resubmitted(_), _) => Self::OutputLost,
            (
                TaskEndReason::FetchFailed(_)
                | TaskEndReason::ExceptionFailure(_)
                | TaskEndReason::TaskKilled(_),
                Doubt::LostHolder,
            ) => Self::Failed,
            _ => Self::Lost,
        }
    }
}
