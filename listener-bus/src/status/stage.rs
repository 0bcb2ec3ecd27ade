//! A stage attempt, as Spark's REST API shows it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Serialize;

use super::task::TaskRow;
use super::tasks::TaskRows;
use super::{AccumulableData, Date, MetricValues, TaskMetricDistributions};
use crate::events::{ExecutorId, ExecutorMetrics, RddId, ResourceProfileId, StageAttemptId, StageId};

/// How far a stage attempt is; in JSON as in Spark's REST API, which does not have the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StageStatus {
    /// A job may need it.
    #[default]
    Pending,
    /// It was submitted.
    Active,
    /// It did its work.
    Complete,
    /// It was given up.
    Failed,
    /// Its job has ended without it, in most cases because its output was there already.
    Skipped,
    /// Events were dropped while it ran, and none of its tasks has started since: it may be over.
    Unknown,
}

/// A stage attempt; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StageData {
    /// How far it is.
    pub status: StageStatus,
    /// The stage.
    pub stage_id: StageId,
    /// The attempt.
    pub attempt_id: StageAttemptId,
    /// Its tasks.
    pub num_tasks: i32,
    /// The task attempts that run.
    pub num_active_tasks: i64,
    /// The task attempts that did their work.
    pub num_complete_tasks: i64,
    /// The task attempts that failed.
    pub num_failed_tasks: i64,
    /// The task attempts that were stopped, or not allowed to commit.
    pub num_killed_tasks: i64,
    /// The tasks of which an attempt did its work.
    pub num_completed_indices: i64,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission_time: Option<Date>,
    /// When its first task was launched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_task_launched_time: Option<Date>,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Date>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<Arc<str>>,
    /// What its tasks cost together.
    #[serde(flatten)]
    pub metrics: MetricValues,
    /// The operation that made it, with its place in the user's program.
    pub name: Arc<str>,
    /// What the user says of its job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// The user's call stack.
    pub details: Arc<str>,
    /// The pool that its tasks are scheduled in.
    pub scheduling_pool: Arc<str>,
    /// The datasets it computes.
    pub rdd_ids: Arc<[RddId]>,
    /// The user's accumulators.
    pub accumulator_updates: Arc<[AccumulableData]>,
    /// How many task attempts were stopped, by reason.
    pub killed_tasks_summary: BTreeMap<String, i64>,
    /// What its executors have to offer.
    pub resource_profile_id: ResourceProfileId,
    /// The peaks that its executors reached meanwhile, where anybody measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_executor_metrics: Option<ExecutorMetrics>,
    /// Whether shuffle blocks are pushed and merged.
    pub is_shuffle_push_enabled: bool,
    /// How many services merge the pushed blocks.
    pub shuffle_mergers_count: i32,
    /// The task attempts whose end may have been dropped. Spark has no such field.
    #[serde(skip_serializing_if = "is_zero")]
    pub num_unknown_tasks: i64,
    /// Since when its state is unknown. Spark has no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_since: Option<Date>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What one executor did for a stage attempt; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "Spark's API has them")]
pub struct ExecutorStageSummary {
    /// The time of its task attempts, in milliseconds.
    pub task_time: i64,
    /// The task attempts that failed.
    pub failed_tasks: i64,
    /// The task attempts that did their work.
    pub succeeded_tasks: i64,
    /// The task attempts that were stopped, or not allowed to commit.
    pub killed_tasks: i64,
    /// What was read from outside, in bytes.
    pub input_bytes: i64,
    /// The records read from outside.
    pub input_records: i64,
    /// What was written to the outside, in bytes.
    pub output_bytes: i64,
    /// The records written to the outside.
    pub output_records: i64,
    /// What was read from shuffles, in bytes.
    pub shuffle_read: i64,
    /// The records read from shuffles.
    pub shuffle_read_records: i64,
    /// What was written for shuffles, in bytes.
    pub shuffle_write: i64,
    /// The records written for shuffles.
    pub shuffle_write_records: i64,
    /// The size in memory of what was spilled, in bytes.
    pub memory_bytes_spilled: i64,
    /// The size on disk of what was spilled, in bytes.
    pub disk_bytes_spilled: i64,
    /// The old name of `isExcludedForStage`.
    pub is_blacklisted_for_stage: bool,
    /// The peaks that it reached meanwhile, where anybody measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_metrics: Option<ExecutorMetrics>,
    /// Whether it gets no more tasks of the attempt.
    pub is_excluded_for_stage: bool,
}

impl ExecutorStageSummary {
    pub(super) fn add(&mut self, cost: &MetricValues) {
        self.input_bytes = self.input_bytes.saturating_add(cost.input_bytes);
        self.input_records = self.input_records.saturating_add(cost.input_records);
        self.output_bytes = self.output_bytes.saturating_add(cost.output_bytes);
        self.output_records = self.output_records.saturating_add(cost.output_records);
        self.shuffle_read = self.shuffle_read.saturating_add(cost.shuffle_read_bytes);
        self.shuffle_read_records = self.shuffle_read_records.saturating_add(cost.shuffle_read_records);
        self.shuffle_write = self.shuffle_write.saturating_add(cost.shuffle_write_bytes);
        self.shuffle_write_records = self.shuffle_write_records.saturating_add(cost.shuffle_write_records);
        self.memory_bytes_spilled = self.memory_bytes_spilled.saturating_add(cost.memory_bytes_spilled);
        self.disk_bytes_spilled = self.disk_bytes_spilled.saturating_add(cost.disk_bytes_spilled);
    }
}

/// A stage attempt with its tasks, at one moment.
#[derive(Debug, Default)]
pub struct StageView {
    pub(super) data: StageData,
    pub(super) executors: BTreeMap<ExecutorId, ExecutorStageSummary>,
    pub(super) tasks: TaskRows,
    pub(super) quantiles: OnceLock<Option<TaskMetricDistributions>>,
}

impl Clone for StageView {
    /// Without what is worked out of its tasks, which may change.
    fn clone(&self) -> Self {
        Self {
            data: self.data.clone(),
            executors: self.executors.clone(),
            tasks: self.tasks.clone(),
            quantiles: OnceLock::new(),
        }
    }
}

impl StageView {
    /// The attempt.
    pub fn data(&self) -> &StageData {
        &self.data
    }

    /// What each executor did for it.
    pub fn executor_summary(&self) -> &BTreeMap<ExecutorId, ExecutorStageSummary> {
        &self.executors
    }

    /// The task attempts that are kept, in the order they began.
    pub fn tasks(&self) -> impl DoubleEndedIterator<Item = &TaskRow> + Clone {
        self.tasks.iter()
    }

    /// How many task attempts are kept.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    /// How many task attempts were kept and have been forgotten, so that memory is bounded.
    pub fn evicted_tasks(&self) -> u64 {
        self.tasks.evicted()
    }

    /// A task attempt that is kept, by its id.
    pub fn task(&self, id: crate::events::TaskId) -> Option<&TaskRow> {
        self.tasks().find(|task| task.task_id == id)
    }

    /// The distributions of what the tasks that did their work cost, at 0, 25, 50, 75 and 100 percent; worked out when
    /// they are first asked for. `None` while no task has done its work.
    pub fn quantiles(&self) -> Option<&TaskMetricDistributions> {
        let quartiles = || TaskMetricDistributions::of(self.tasks(), &[0.0, 0.25, 0.5, 0.75, 1.0]);
        self.quantiles.get_or_init(quartiles).as_ref()
    }
}
