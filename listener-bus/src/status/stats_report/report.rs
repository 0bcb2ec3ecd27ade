//! What is told of a finished stage.

use serde::Serialize;

use super::Quantiles;
use crate::events::{StageAttemptId, StageId, StageInfo};

/// What the tasks of one finished stage attempt took.
///
/// Its `Display` is a text of several lines for people; its `Serialize` has the same figures, with the names of the
/// fields in camel case.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StageReport {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt.
    pub stage_attempt_id: StageAttemptId,
    /// The operation that made the stage.
    pub stage_name: String,
    /// How the attempt ended.
    pub outcome: StageOutcome,
    /// The number of tasks of the attempt.
    pub number_of_tasks: i32,
    /// The time from its submission to its end, in milliseconds; `None` where either is unknown.
    pub took: Option<i64>,
    /// How many task attempts ended with metrics before the stage attempt did.
    pub measured_tasks: u64,
    /// Of how many of them the figures are: all, unless there were more than the listener keeps.
    pub sampled_tasks: usize,
    /// How many events were dropped while the attempt ran: so many task ends may be missing. Where its submission was
    /// not seen either, all that were dropped so far.
    pub dropped_events: u64,
    /// The figures; `None` where no task was measured.
    pub distributions: Option<TaskDistributions>,
}

/// How a stage attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StageOutcome {
    /// All its tasks did their work.
    Succeeded,
    /// It failed, for this reason.
    Failed(String),
}

/// How the figures of a stage attempt's tasks are distributed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskDistributions {
    /// The time tasks ran, in milliseconds.
    pub executor_run_time: Quantiles<i64>,
    /// What tasks wrote for shuffles, in bytes.
    pub shuffle_bytes_written: Quantiles<i64>,
    /// The time tasks waited for shuffle blocks, in milliseconds.
    pub fetch_wait_time: Quantiles<i64>,
    /// What tasks read from shuffle blocks of other machines, in bytes.
    pub remote_bytes_read: Quantiles<i64>,
    /// The size of the results, in bytes.
    pub result_size: Quantiles<i64>,
    /// Where the time went; `None` where no task took any.
    pub time_shares: Option<TimeShares>,
}

/// What part of their time tasks spent on what, in percent of the time from launch to end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TimeShares {
    /// They ran, and did not wait for shuffle blocks.
    pub executor: Quantiles<f64>,
    /// They waited for shuffle blocks.
    pub fetch_wait: Quantiles<f64>,
    /// They did neither: they were sent, read, and their results fetched.
    pub other: Quantiles<f64>,
}

impl StageReport {
    /// A report without figures.
    pub(super) fn new(stage: &StageInfo) -> Self {
        let failed = |reason: &String| StageOutcome::Failed(reason.clone());
        let times = stage.submission_time.zip(stage.completion_time);
        Self {
            stage_id: stage.stage_id,
            stage_attempt_id: stage.stage_attempt_id,
            stage_name: stage.stage_name.clone(),
            outcome: stage.failure_reason.as_ref().map_or(StageOutcome::Succeeded, failed),
            number_of_tasks: stage.number_of_tasks,
            took: times.map(|(submitted, completed)| completed.saturating_sub(submitted)),
            measured_tasks: 0,
            sampled_tasks: 0,
            dropped_events: 0,
            distributions: None,
        }
    }
}
