//! A stage whose commits nobody can vouch for.

use listener_bus::events::{PartitionId, StageId};
use serde::{Deserialize, Serialize};

use crate::permit::{CommitPermit, FencingToken};
use crate::task::AttemptId;
use crate::verdict::DenialReason;

/// A stage was aborted: nobody can tell whether a partition of it has been committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageAborted {
    /// The stage.
    #[serde(rename = "Stage ID")]
    pub stage_id: StageId,
    /// The partition.
    #[serde(rename = "Partition ID")]
    pub partition_id: PartitionId,
    /// Who was lost while it held the partition.
    #[serde(rename = "Holder")]
    pub holder: AttemptId,
    /// What it held the partition with.
    #[serde(rename = "Token")]
    pub token: FencingToken,
}

impl StageAborted {
    pub(crate) fn by(permit: &CommitPermit) -> Self {
        let task = permit.task();
        Self {
            stage_id: task.stage_id,
            partition_id: task.partition_id,
            holder: task.id(),
            token: permit.token(),
        }
    }

    pub(crate) fn denial(&self) -> DenialReason {
        DenialReason::StageAborted { partition_id: self.partition_id, holder: self.holder }
    }
}
