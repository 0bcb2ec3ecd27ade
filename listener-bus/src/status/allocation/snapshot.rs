//! What is read of an allocation.

use serde::Serialize;

use crate::events::ExecutorId;

/// How many executors the backlog needs, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AllocationSnapshot {
    /// The moment, in milliseconds since the Unix epoch.
    pub now: i64,
    /// How many executors there should be now, between the minimum and the maximum.
    pub target: u32,
    /// How many executors would give room to all tasks at once, whatever the bounds.
    pub needed: u64,
    /// How many executors there are.
    pub executors: usize,
    /// How many are missing to the target.
    pub to_add: u32,
    /// When the target rises next if the backlog lasts, in milliseconds since the Unix epoch; `None` if nothing waits.
    pub add_at: Option<i64>,
    /// Task attempts that run.
    pub running_tasks: u64,
    /// Tasks that wait to be launched, of stage attempts that have been submitted and are not over.
    pub pending_tasks: u64,
    /// Second copies of slow tasks that wait to be launched.
    pub pending_speculative_tasks: u64,
    /// Stage attempts that have been submitted and are not over.
    pub live_stages: usize,
    /// How many of them were there when events were dropped: their tasks may be counted wrong until they are over.
    pub doubtful_stages: usize,
    /// Events that were dropped so far.
    pub dropped_events: u64,
    /// The executors that run no task, the longest idle first.
    pub idle: Vec<IdleExecutor>,
    /// Those that have been idle for too long, as many as the target does not need, the longest idle first; never the
    /// driver.
    pub removable: Vec<ExecutorId>,
}

/// An executor that runs no task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdleExecutor {
    /// The executor.
    pub executor_id: ExecutorId,
    /// Since when, in milliseconds since the Unix epoch.
    pub since: i64,
}
