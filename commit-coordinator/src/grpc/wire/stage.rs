//! How stages start, to the wire and back.

use listener_bus::events::{PartitionId, StageId};

use super::{Malformed, partition, required};
use crate::grpc::v1;
use crate::grpc::v1::stage_start_response::Outcome;
use crate::verdict::{DenialReason, StageStartError};

const NOTHING: v1::Nothing = v1::Nothing {};

impl From<Result<bool, StageStartError>> for v1::StageStartResponse {
    fn from(started: Result<bool, StageStartError>) -> Self {
        let outcome = match started {
            Ok(true) => Outcome::Started(NOTHING),
            Ok(false) => Outcome::WasThere(NOTHING),
            Err(StageStartError::PartitionsDiffer { max_partition_id, .. }) => {
                Outcome::PartitionsDiffer(max_partition_id.0)
            }
            Err(StageStartError::PartitionOutOfRange { limit, .. }) => Outcome::PartitionOutOfRange(limit.0),
            Err(StageStartError::Aborted { reason, .. }) => Outcome::Aborted(aborted(&reason)),
            Err(StageStartError::Stopped { .. }) => Outcome::Stopped(NOTHING),
        };
        Self { outcome: Some(outcome) }
    }
}

fn aborted(reason: &DenialReason) -> v1::StageAborted {
    match reason {
        DenialReason::StageAborted { partition_id, holder } => {
            v1::StageAborted { partition_id: partition_id.0, holder: Some((*holder).into()) }
        }
        // There is no other reason for it.
        _ => v1::StageAborted { partition_id: -1, holder: Some(v1::AttemptId::default()) },
    }
}

/// What the server has answered to whoever started this stage with this greatest partition.
pub(crate) fn started(
    stage_id: StageId,
    asked: PartitionId,
    response: v1::StageStartResponse,
) -> Result<Result<bool, StageStartError>, Malformed> {
    Ok(match required("outcome", response.outcome)? {
        Outcome::Started(_) => Ok(true),
        Outcome::WasThere(_) => Ok(false),
        Outcome::PartitionsDiffer(max) => {
            Err(StageStartError::PartitionsDiffer { stage_id, max_partition_id: partition(max), asked })
        }
        Outcome::PartitionOutOfRange(limit) => {
            Err(StageStartError::PartitionOutOfRange { stage_id, asked, limit: partition(limit) })
        }
        Outcome::Aborted(aborted) => Err(StageStartError::Aborted { stage_id, reason: aborted.try_into()? }),
        Outcome::Stopped(_) => Err(StageStartError::Stopped { stage_id }),
    })
}
