//! What the ends of attempts mean, to the wire and back.

use super::{Malformed, partition, required};
use crate::completion::{AfterDoubt, Completion};
use crate::grpc::v1;
use crate::grpc::v1::task_completed_response::Completion as Wire;
use crate::permit::{CommitPermit, FencingToken};

const NOTHING: v1::Nothing = v1::Nothing {};

impl From<Completion> for v1::TaskCompletedResponse {
    fn from(completion: Completion) -> Self {
        Self { completion: Some(completion.into()) }
    }
}

impl From<Completion> for Wire {
    fn from(completion: Completion) -> Self {
        match completion {
            Completion::Committed(permit) => Self::Committed(permit.into()),
            Completion::Freed(permit) => Self::Freed(permit.into()),
            Completion::Unknown { permit, next } => {
                Self::Unknown(v1::Unknown { permit: Some(permit.into()), next: after_doubt(next).into() })
            }
            Completion::Recorded => Self::Recorded(NOTHING),
            Completion::NotHolder => Self::NotHolder(NOTHING),
            Completion::Superseded { by, token } => {
                Self::Superseded(v1::Superseded { by: Some(by.into()), token: token.get() })
            }
            Completion::Duplicate => Self::Duplicate(NOTHING),
            Completion::StageEnded => Self::StageEnded(NOTHING),
            Completion::UnknownStage => Self::UnknownStage(NOTHING),
            Completion::PartitionOutOfRange { max_partition_id } => {
                Self::PartitionOutOfRange(max_partition_id.0)
            }
            Completion::Stopped => Self::Stopped(NOTHING),
        }
    }
}

fn after_doubt(next: AfterDoubt) -> v1::AfterDoubt {
    match next {
        AfterDoubt::StageAborted => v1::AfterDoubt::StageAborted,
        AfterDoubt::Resolving => v1::AfterDoubt::Resolving,
        AfterDoubt::Regranted => v1::AfterDoubt::Regranted,
    }
}

impl TryFrom<v1::TaskCompletedResponse> for Completion {
    type Error = Malformed;

    fn try_from(response: v1::TaskCompletedResponse) -> Result<Self, Malformed> {
        Ok(match required("completion", response.completion)? {
            Wire::Committed(permit) => Self::Committed(permit.try_into()?),
            Wire::Freed(permit) => Self::Freed(permit.try_into()?),
            Wire::Unknown(unknown) => unknown.try_into()?,
            Wire::Recorded(_) => Self::Recorded,
            Wire::NotHolder(_) => Self::NotHolder,
            Wire::Superseded(superseded) => Self::Superseded {
                by: required("superseded.by", superseded.by)?.into(),
                token: FencingToken::new(superseded.token),
            },
            Wire::Duplicate(_) => Self::Duplicate,
            Wire::StageEnded(_) => Self::StageEnded,
            Wire::UnknownStage(_) => Self::UnknownStage,
            Wire::PartitionOutOfRange(max) => Self::PartitionOutOfRange { max_partition_id: partition(max) },
            Wire::Stopped(_) => Self::Stopped,
        })
    }
}

impl TryFrom<v1::Unknown> for Completion {
    type Error = Malformed;

    fn try_from(unknown: v1::Unknown) -> Result<Self, Malformed> {
        let next = match unknown.next() {
            v1::AfterDoubt::StageAborted => AfterDoubt::StageAborted,
            v1::AfterDoubt::Resolving => AfterDoubt::Resolving,
            v1::AfterDoubt::Regranted => AfterDoubt::Regranted,
            v1::AfterDoubt::Unspecified => {
                return Err(Malformed { field: "unknown.next", what: "is missing or not known" });
            }
        };
        let permit: CommitPermit = required("unknown.permit", unknown.permit)?.try_into()?;
        Ok(Self::Unknown { permit, next })
    }
}
