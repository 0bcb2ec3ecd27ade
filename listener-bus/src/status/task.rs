//! A task attempt that is kept.

use std::sync::Arc;

use super::{AccumulableData, Date, MetricValues};
use crate::events::{ExecutorId, Locality, PartitionId, TaskEnd, TaskEndReason, TaskId, TaskInfo};

/// How far a task attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// It runs.
    Running,
    /// The driver fetches its result.
    GetResult,
    /// It did its work.
    Success,
    /// It failed.
    Failed,
    /// It was stopped.
    Killed,
    /// It ran when events were dropped, at that time: it may be over.
    Unknown(Date),
}

impl TaskStatus {
    /// What Spark's REST API calls it; `UNKNOWN` for what Spark does not have.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::GetResult => "GET RESULT",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
            Self::Unknown(_) => "UNKNOWN",
        }
    }

    /// Whether it is not known to be over.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::GetResult | Self::Unknown(_))
    }
}

/// A task attempt.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TaskRow {
    /// The attempt, unique within the application.
    pub task_id: TaskId,
    /// The place of the task within its stage attempt, from 0.
    pub index: i32,
    /// The number of the attempt within its stage attempt, from 0.
    pub attempt: i32,
    /// The partition it computes; -1 where a log does not tell.
    pub partition_id: PartitionId,
    /// When it was launched.
    pub launch_time: Date,
    /// When fetching its result began, where that took a while of its own.
    pub result_fetch_start: Option<Date>,
    /// When it was over.
    pub finish_time: Option<Date>,
    /// Where it runs.
    pub executor_id: ExecutorId,
    /// The machine it runs on.
    pub host: Arc<str>,
    /// How far it is.
    pub status: TaskStatus,
    /// How near it runs to its input.
    pub task_locality: Locality,
    /// Whether it is a second copy of a slow task.
    pub speculative: bool,
    /// The user's accumulators it has added to.
    pub accumulator_updates: Arc<[AccumulableData]>,
    /// Why it failed, or was stopped.
    pub error_message: Option<Arc<str>>,
    /// What it cost, where it has told.
    pub metrics: Option<MetricValues>,
}

impl TaskRow {
    pub(super) fn begun(info: &TaskInfo, host: Arc<str>) -> Self {
        Self {
            task_id: info.task_id,
            index: info.index,
            attempt: info.attempt,
            partition_id: info.partition_id,
            launch_time: Date(info.launch_time),
            result_fetch_start: None,
            finish_time: None,
            executor_id: info.executor_id.clone(),
            host,
            status: TaskStatus::Running,
            task_locality: info.locality.clone(),
            speculative: info.speculative,
            accumulator_updates: Arc::default(),
            error_message: None,
            metrics: None,
        }
    }

    /// Takes over what an event says of the attempt now.
    pub(super) fn told(&mut self, info: &TaskInfo) {
        self.result_fetch_start = (info.getting_result_time > 0).then_some(Date(info.getting_result_time));
        self.finish_time = (info.finish_time > 0).then_some(Date(info.finish_time));
        self.status = status(info);
    }

    /// Takes over how it ended; gives what it cost beyond what it has told before.
    pub(super) fn ended(&mut self, event: &TaskEnd, error: Option<Arc<str>>) -> Option<MetricValues> {
        self.told(&event.task_info);
        if self.status.is_open() {
            // Its information does not say so, but it is over.
            self.status = match &event.task_end_reason {
                TaskEndReason::Success(_) => TaskStatus::Success,
                TaskEndReason::TaskKilled(_) => TaskStatus::Killed,
                _ => TaskStatus::Failed,
            };
        }
        self.accumulator_updates = AccumulableData::users(&event.task_info.accumulables);
        self.error_message = error;
        let Some(metrics) = &event.task_metrics else {
            // As in Spark: whoever is over has metrics, if only zeros.
            self.metrics.get_or_insert_default();
            return None;
        };
        Some(self.costs(&MetricValues::from(metrics)))
    }

    /// Takes over what it cost so far; gives what that is beyond what it has told before.
    pub(super) fn costs(&mut self, now: &MetricValues) -> MetricValues {
        let delta = self.metrics.map_or(*now, |earlier| now.since(&earlier));
        self.metrics = Some(*now);
        delta
    }

    /// How long it took, or runs since `now`, in milliseconds.
    pub fn duration(&self, now: Date) -> i64 {
        match (self.finish_time, self.status) {
            (Some(end), _) => end.0.saturating_sub(self.launch_time.0),
            (None, TaskStatus::Unknown(since)) => since.0.saturating_sub(self.launch_time.0).max(0),
            (None, _) => now.0.saturating_sub(self.launch_time.0).max(0),
        }
    }

    /// How long fetching its result took, in milliseconds.
    pub fn getting_result_time(&self, now: Date) -> i64 {
        let end = self.finish_time.unwrap_or(now);
        self.result_fetch_start.map_or(0, |start| end.0.saturating_sub(start.0).max(0))
    }

    /// What of its time went neither into it, nor into reading it, nor into its result, in milliseconds: 0 until it is
    /// over.
    pub fn scheduler_delay(&self) -> i64 {
        let (Some(end), Some(metrics)) = (self.finish_time, &self.metrics) else { return 0 };
        let busy = metrics
            .executor_run_time
            .saturating_add(metrics.executor_deserialize_time)
            .saturating_add(metrics.result_serialization_time)
            .saturating_add(self.getting_result_time(end));
        end.0.saturating_sub(self.launch_time.0).saturating_sub(busy).max(0)
    }
}

fn status(info: &TaskInfo) -> TaskStatus {
    match info {
        TaskInfo { finish_time: 0, getting_result_time: 0, .. } => TaskStatus::Running,
        TaskInfo { finish_time: 0, .. } => TaskStatus::GetResult,
        TaskInfo { failed: true, .. } => TaskStatus::Failed,
        TaskInfo { killed: true, .. } => TaskStatus::Killed,
        _ => TaskStatus::Success,
    }
}

/// A text of so many bytes at most.
pub(super) fn shortened(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}

/// Why a task attempt did not do its work, in the words of Spark's REST API.
pub(super) fn error_message(reason: &TaskEndReason) -> Option<String> {
    match reason {
        TaskEndReason::Success(_) => None,
        TaskEndReason::TaskKilled(killed) => Some(killed.kill_reason.clone()),
        TaskEndReason::ExceptionFailure(failure) => {
            Some(failure.full_stack_trace.clone().unwrap_or_else(|| {
                format!("{}: {}", failure.class_name, failure.description.as_deref().unwrap_or_default())
            }))
        }
        other => Some(explained(other)),
    }
}

fn explained(reason: &TaskEndReason) -> String {
    match reason {
        TaskEndReason::Resubmitted(_) => "Resubmitted (resubmitted due to lost executor)".to_owned(),
        TaskEndReason::TaskResultLost(_) => "TaskResultLost (result lost from block manager)".to_owned(),
        TaskEndReason::FetchFailed(failed) => {
            let address = failed.block_manager_address.as_ref().map_or_else(
                || "null".to_owned(),
                |from| format!("BlockManagerId({}, {}, {}, None)", from.executor_id, from.host, from.port),
            );
            format!(
                "FetchFailed({address}, shuffleId={}, mapIndex={}, mapId={}, reduceId={}, message=\n{}\n)",
                failed.shuffle_id, failed.map_index, failed.map_id, failed.reduce_id, failed.message
            )
        }
        TaskEndReason::TaskCommitDenied(denied) => format!(
            "TaskCommitDenied (Driver denied task commit) for job: {}, partition: {}, attemptNumber: {}",
            denied.stage_id, denied.partition_id, denied.attempt_number
        ),
        TaskEndReason::ExecutorLostFailure(lost) => {
            let whose = if lost.exit_caused_by_app {
                "caused by one of the running tasks"
            } else {
                "unrelated to the running tasks"
            };
            let why = lost.loss_reason.as_deref().map_or_else(String::new, |why| format!(" Reason: {why}"));
            format!("ExecutorLostFailure (executor {} exited {whose}){why}", lost.executor_id)
        }
        other => other.name().to_owned(),
    }
}
