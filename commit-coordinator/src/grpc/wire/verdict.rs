//! Verdicts, to the wire and back.

use super::{Malformed, partition, required, task};
use crate::executors::ExecutorRefused;
use crate::grpc::v1;
use crate::grpc::v1::can_commit_response::Outcome;
use crate::grpc::v1::denial_reason::Reason;
use crate::grpc::v1::executor_refused::Reason as Refusal;
use crate::permit::{CommitPermit, FencingToken};
use crate::task::TaskAttempt;
use crate::verdict::{Advice, Denial, DenialReason, Verdict};

/// What whoever asks is answered.
pub(crate) type Answer = Result<Verdict, ExecutorRefused>;

const NOTHING: v1::Nothing = v1::Nothing {};

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Granted(permit) => Self::Granted(permit.into()),
            Verdict::Denied(Denial { task, reason }) => Self::Denied(v1::Denial {
                task: Some(task.into()),
                advice: advice(reason.advice()).into(),
                message: reason.to_string(),
                reason: Some(v1::DenialReason { reason: Some(reason.into()) }),
            }),
        }
    }
}

fn advice(advice: Advice) -> v1::Advice {
    match advice {
        Advice::GiveUp => v1::Advice::GiveUp,
        Advice::Wait => v1::Advice::Wait,
    }
}

impl v1::CanCommitResponse {
    /// The answer to this attempt.
    pub(crate) fn of(task: TaskAttempt, answer: Answer) -> Self {
        let outcome = match answer {
            Ok(verdict) => verdict.into(),
            Err(refused) => Outcome::ExecutorRefused(refusal(task, refused)),
        };
        Self { outcome: Some(outcome) }
    }
}

/// What the server has answered.
pub(crate) fn answer(response: v1::CanCommitResponse) -> Result<Answer, Malformed> {
    match required("outcome", response.outcome)? {
        Outcome::Granted(permit) => CommitPermit::try_from(permit).map(|permit| Ok(Verdict::Granted(permit))),
        Outcome::Denied(denial) => Denial::try_from(denial).map(|denial| Ok(Verdict::Denied(denial))),
        Outcome::ExecutorRefused(refused) => refused.try_into().map(Err),
    }
}

fn refusal(task: TaskAttempt, refused: ExecutorRefused) -> v1::ExecutorRefused {
    let (executor_id, reason) = match refused {
        ExecutorRefused::Unknown { executor_id } => (executor_id, Refusal::Unknown(NOTHING)),
        ExecutorRefused::Removed { executor_id, reason } => {
            (executor_id, Refusal::Removed(reason.as_ref().to_owned()))
        }
        ExecutorRefused::NotItsAttempt { executor_id, runs_on, .. } => {
            (executor_id, Refusal::RunsOn(runs_on.as_str().to_owned()))
        }
    };
    let (executor_id, task) = (executor_id.as_str().to_owned(), Some(task.into()));
    v1::ExecutorRefused { reason: Some(reason), executor_id, task }
}

impl TryFrom<v1::ExecutorRefused> for ExecutorRefused {
    type Error = Malformed;

    fn try_from(refused: v1::ExecutorRefused) -> Result<Self, Malformed> {
        let executor_id = refused.executor_id.into();
        Ok(match required("executor_refused.reason", refused.reason)? {
            Refusal::Unknown(_) => Self::Unknown { executor_id },
            Refusal::Removed(reason) => Self::Removed { executor_id, reason: reason.into() },
            Refusal::RunsOn(runs_on) => {
                let task = task("executor_refused.task", refused.task)?;
                Self::NotItsAttempt { executor_id, task, runs_on: runs_on.into() }
            }
        })
    }
}

impl TryFrom<v1::Denial> for Denial {
    type Error = Malformed;

    fn try_from(denial: v1::Denial) -> Result<Self, Malformed> {
        let reason = required("denied.reason", denial.reason.and_then(|reason| reason.reason))?;
        Ok(Self { task: task("denied.task", denial.task)?, reason: reason.try_into()? })
    }
}

impl From<DenialReason> for Reason {
    fn from(reason: DenialReason) -> Self {
        match reason {
            DenialReason::CommittedBy { holder, token } => {
                Self::CommittedBy(v1::CommittedBy { holder: Some(holder.into()), token: token.get() })
            }
            DenialReason::HeldBy { holder } => Self::HeldBy(holder.into()),
            DenialReason::OutcomeUnknown { holder } => Self::OutcomeUnknown(holder.into()),
            DenialReason::AttemptFailed => Self::AttemptFailed(NOTHING),
            DenialReason::AttemptEnded => Self::AttemptEnded(NOTHING),
            DenialReason::StageAborted { partition_id, holder } => Self::StageAborted(v1::StageAborted {
                partition_id: partition_id.0,
                holder: Some(holder.into()),
            }),
            DenialReason::StageEnded => Self::StageEnded(NOTHING),
            DenialReason::UnknownStage => Self::UnknownStage(NOTHING),
            DenialReason::PartitionOutOfRange { max_partition_id } => {
                Self::PartitionOutOfRange(max_partition_id.0)
            }
            DenialReason::Stopped => Self::Stopped(NOTHING),
        }
    }
}

impl TryFrom<Reason> for DenialReason {
    type Error = Malformed;

    fn try_from(reason: Reason) -> Result<Self, Malformed> {
        Ok(match reason {
            Reason::CommittedBy(by) => Self::CommittedBy {
                holder: required("committed_by.holder", by.holder)?.into(),
                token: FencingToken::new(by.token),
            },
            Reason::HeldBy(holder) => Self::HeldBy { holder: holder.into() },
            Reason::OutcomeUnknown(holder) => Self::OutcomeUnknown { holder: holder.into() },
            Reason::AttemptFailed(_) => Self::AttemptFailed,
            Reason::AttemptEnded(_) => Self::AttemptEnded,
            Reason::StageAborted(aborted) => aborted.try_into()?,
            Reason::StageEnded(_) => Self::StageEnded,
            Reason::UnknownStage(_) => Self::UnknownStage,
            Reason::PartitionOutOfRange(max) => {
                Self::PartitionOutOfRange { max_partition_id: partition(max) }
            }
            Reason::Stopped(_) => Self::Stopped,
        })
    }
}

impl TryFrom<v1::StageAborted> for DenialReason {
    type Error = Malformed;

    fn try_from(aborted: v1::StageAborted) -> Result<Self, Malformed> {
        let holder = required("stage_aborted.holder", aborted.holder)?.into();
        Ok(Self::StageAborted { partition_id: partition(aborted.partition_id), holder })
    }
}
