//! Who asks: one attempt at a task.

use std::fmt;

use listener_bus::events::{PartitionId, StageAttemptId, StageId};
use serde::{Deserialize, Serialize};

/// The number of an attempt at a partition, unique among those of one stage attempt: Spark's attempt number, or any other
/// number that is, such as a task id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptNumber(
    /// The number itself.
    pub i64,
);

impl fmt::Display for AttemptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<i64> for AttemptNumber {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

/// One attempt at a partition's task, of one attempt at a stage. Two attempts differ if any of the four does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskAttempt {
    /// The stage.
    #[serde(rename = "Stage ID")]
    pub stage_id: StageId,
    /// Which attempt at the stage, from 0.
    #[serde(rename = "Stage Attempt ID")]
    pub stage_attempt_id: StageAttemptId,
    /// The partition whose output it is, from 0.
    #[serde(rename = "Partition ID")]
    pub partition_id: PartitionId,
    /// Which attempt at the partition.
    #[serde(rename = "Attempt Number")]
    pub attempt_number: AttemptNumber,
}

impl TaskAttempt {
    /// An attempt; in the order in which Spark's coordinator is asked.
    pub fn new(
        stage: impl Into<StageId>,
        stage_attempt: impl Into<StageAttemptId>,
        partition: impl Into<PartitionId>,
        attempt: impl Into<AttemptNumber>,
    ) -> Self {
        Self {
            stage_id: stage.into(),
            stage_attempt_id: stage_attempt.into(),
            partition_id: partition.into(),
            attempt_number: attempt.into(),
        }
    }

    /// The attempt without stage and partition.
    #[inline]
    pub(crate) fn id(&self) -> AttemptId {
        AttemptId { stage_attempt_id: self.stage_attempt_id, attempt_number: self.attempt_number }
    }
}

impl fmt::Display for TaskAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stage_id, stage_attempt_id, partition_id, attempt_number } = self;
        write!(
            f,
            "attempt {attempt_number} at partition {partition_id} of stage {stage_id}.{stage_attempt_id}"
        )
    }
}

/// One of the attempts at the same partition of the same stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// Which attempt at the stage, from 0.
    #[serde(rename = "Stage Attempt ID")]
    pub stage_attempt_id: StageAttemptId,
    /// Which attempt at the partition.
    #[serde(rename = "Attempt Number")]
    pub attempt_number: AttemptNumber,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "attempt {} of stage attempt {}", self.attempt_number, self.stage_attempt_id)
    }
}
