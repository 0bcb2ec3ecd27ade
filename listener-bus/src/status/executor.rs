//! An executor, as Spark's REST API shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::Date;
use crate::events::{
    ExecutorId, ExecutorMetrics, Properties, ResourceInformation, ResourceProfileId, StageId,
};

/// The storage memory of an executor; its JSON is that of Spark's REST API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryMetrics {
    /// On the heap and used, in bytes.
    pub used_on_heap_storage_memory: i64,
    /// Outside the heap and used, in bytes.
    pub used_off_heap_storage_memory: i64,
    /// On the heap, in bytes.
    pub total_on_heap_storage_memory: i64,
    /// Outside the heap, in bytes.
    pub total_off_heap_storage_memory: i64,
}

/// An executor; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "Spark's API has them")]
pub struct ExecutorSummary {
    /// The executor.
    pub id: ExecutorId,
    /// Its machine, and the port of its block manager once that is known.
    pub host_port: Arc<str>,
    /// Whether it has not gone.
    pub is_active: bool,
    /// The blocks of datasets that it stores.
    pub rdd_blocks: i64,
    /// The storage memory it uses, in bytes.
    pub memory_used: i64,
    /// The disk it uses for storage, in bytes.
    pub disk_used: i64,
    /// Its cores.
    pub total_cores: i32,
    /// The tasks it can run at once.
    pub max_tasks: i32,
    /// The task attempts that run on it.
    pub active_tasks: i64,
    /// The task attempts that failed on it.
    pub failed_tasks: i64,
    /// The task attempts that did their work on it.
    pub completed_tasks: i64,
    /// The task attempts that were launched on it.
    pub total_tasks: i64,
    /// The time of its task attempts, in milliseconds.
    pub total_duration: i64,
    /// The time they waited for the garbage collector, in milliseconds.
    #[serde(rename = "totalGCTime")]
    pub total_gc_time: i64,
    /// What they read from outside, in bytes.
    pub total_input_bytes: i64,
    /// What they read from shuffles, in bytes.
    pub total_shuffle_read: i64,
    /// What they wrote for shuffles, in bytes.
    pub total_shuffle_write: i64,
    /// The old name of `isExcluded`.
    pub is_blacklisted: bool,
    /// The storage memory it may use, in bytes.
    pub max_memory: i64,
    /// When it came.
    pub add_time: Date,
    /// When it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_time: Option<Date>,
    /// Why it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_reason: Option<Arc<str>>,
    /// Where to read its logs, by the log's name.
    pub executor_logs: Arc<Properties>,
    /// Its storage memory by kind, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_metrics: Option<MemoryMetrics>,
    /// The old name of `excludedInStages`.
    pub blacklisted_in_stages: BTreeSet<StageId>,
    /// The peaks it reached, where anybody measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_metrics: Option<ExecutorMetrics>,
    /// What the cluster manager says of it.
    pub attributes: Arc<Properties>,
    /// Its graphics cards and the like, by kind.
    pub resources: Arc<BTreeMap<String, ResourceInformation>>,
    /// The profile it was started for.
    pub resource_profile_id: ResourceProfileId,
    /// Whether it gets no more tasks.
    pub is_excluded: bool,
    /// The stages it gets no more tasks of.
    pub excluded_in_stages: BTreeSet<StageId>,
    /// Since when it is unknown whether it is still there. Spark has no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_since: Option<Date>,
}

impl ExecutorSummary {
    /// Its machine.
    pub fn host(&self) -> &str {
        self.host_port.rsplit_once(':').map_or(&self.host_port, |(host, _)| host)
    }
}
