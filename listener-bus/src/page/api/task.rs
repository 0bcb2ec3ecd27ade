//! A task attempt, as Spark's REST API shows it.

use std::sync::LazyLock;

use serde::Serialize;

use super::query::TaskState;
use super::task_metrics::TaskMetrics;
use crate::events::{ExecutorId, Locality, PartitionId, Properties, TaskId};
use crate::status::{AccumulableData, ApplicationView, Date, TaskRow, TaskStatus};

/// A task attempt; its JSON is that of Spark's REST API.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskData<'t> {
    task_id: TaskId,
    index: i32,
    attempt: i32,
    partition_id: PartitionId,
    launch_time: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_fetch_start: Option<Date>,
    /// Left out where it is 0, as in Spark.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<i64>,
    executor_id: &'t ExecutorId,
    host: &'t str,
    status: &'static str,
    task_locality: &'t Locality,
    speculative: bool,
    accumulator_updates: &'t [AccumulableData],
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_metrics: Option<TaskMetrics>,
    executor_logs: &'t Properties,
    scheduler_delay: i64,
    getting_result_time: i64,
    /// Since when it is unknown whether it runs. Spark has no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_since: Option<Date>,
}

impl<'t> TaskData<'t> {
    pub(super) fn id(&self) -> TaskId {
        self.task_id
    }

    pub(super) fn of(task: &'t TaskRow, application: &'t ApplicationView) -> Self {
        static NO_LOGS: LazyLock<Properties> = LazyLock::new(Properties::new);
        let now = application.now();
        let executor = application.executors.get(&task.executor_id);
        Self {
            task_id: task.task_id,
            index: task.index,
            attempt: task.attempt,
            partition_id: task.partition_id,
            launch_time: task.launch_time,
            result_fetch_start: task.result_fetch_start,
            duration: Some(task.duration(now)).filter(|duration| *duration > 0),
            executor_id: &task.executor_id,
            host: &task.host,
            status: task.status.as_str(),
            task_locality: &task.task_locality,
            speculative: task.speculative,
            accumulator_updates: &task.accumulator_updates,
            error_message: task.error_message.as_deref(),
            task_metrics: task.metrics.as_ref().map(TaskMetrics::from),
            executor_logs: executor.map_or(&*NO_LOGS, |executor| &*executor.executor_logs),
            scheduler_delay: task.scheduler_delay(),
            getting_result_time: task.getting_result_time(now),
            unknown_since: match task.status {
                TaskStatus::Unknown(since) => Some(since),
                _ => None,
            },
        }
    }
}

/// Whether a task attempt is of one of the states; any is, if none is given.
pub(super) fn is_any_of(task: &TaskRow, states: &[TaskState]) -> bool {
    states.is_empty() || states.contains(&task.status.into())
}
