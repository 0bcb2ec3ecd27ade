//! A coordinator at one moment.

use listener_bus::events::{PartitionId, StageId};

use crate::tally::Counts;

/// A coordinator at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoordinatorSnapshot {
    /// The stages that have been started and have not ended, by id.
    pub stages: Vec<StageSnapshot>,
    /// What has been counted since it was built.
    pub counts: Counts,
}

/// A stage at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageSnapshot {
    /// The stage.
    pub stage_id: StageId,
    /// Its greatest partition.
    pub max_partition_id: PartitionId,
    /// Partitions granted to an attempt that has not ended.
    pub held: usize,
    /// Partitions of which nobody knows whether they are committed.
    pub unknown: usize,
    /// Attempts that wait for a decision.
    pub waiting: usize,
    /// Whether it was aborted.
    pub is_aborted: bool,
}
