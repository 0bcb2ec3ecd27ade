//! How an attempt ended, as events tell it.

use commit_coordinator::{Denial, TaskAttempt};
use listener_bus::events::{
    ExceptionFailure, ExecutorId, ExecutorLostFailure, TaskCommitDenied, TaskEndReason, TaskKilled,
};

pub(super) fn killed(kill_reason: &str) -> TaskEndReason {
    let kill_reason = kill_reason.to_owned();
    TaskEndReason::TaskKilled(TaskKilled { kill_reason, ..TaskKilled::default() }.into())
}

pub(super) fn denied(denial: &Denial) -> TaskEndReason {
    let TaskAttempt { stage_id, partition_id, attempt_number, .. } = denial.task;
    let attempt_number = i32::try_from(attempt_number.0).unwrap_or(i32::MAX);
    let denied = TaskCommitDenied { stage_id, partition_id, attempt_number, ..TaskCommitDenied::default() };
    TaskEndReason::TaskCommitDenied(denied.into())
}

pub(super) fn exception(error: &anyhow::Error) -> TaskEndReason {
    let (class_name, description) = ("anyhow::Error".to_owned(), Some(format!("{error:#}")));
    let failure = ExceptionFailure { class_name, description, ..ExceptionFailure::default() };
    TaskEndReason::ExceptionFailure(failure.into())
}

pub(super) fn executor_lost(id: &ExecutorId) -> TaskEndReason {
    let lost = ExecutorLostFailure { executor_id: id.clone(), ..ExecutorLostFailure::default() };
    TaskEndReason::ExecutorLostFailure(ExecutorLostFailure { exit_caused_by_app: false, ..lost }.into())
}
