//! How attempts ended, to the wire and back: the kind, and a text for people.

use listener_bus::events::{
    Bare, ExceptionFailure, ExecutorLostFailure, FetchFailed, TaskEndReason, TaskKilled,
};

use super::{Malformed, cut, text};
use crate::grpc::v1::{TaskCompletedRequest, TaskEndKind};
use crate::task::TaskAttempt;

impl TaskCompletedRequest {
    /// An attempt has ended.
    pub(crate) fn of(task: TaskAttempt, reason: &TaskEndReason) -> Self {
        Self { task: Some(task.into()), kind: kind(reason).into(), details: details(reason) }
    }

    /// How it has ended.
    pub(crate) fn reason(&self) -> Result<TaskEndReason, Malformed> {
        let details = text("details", self.details.clone())?.as_ref().to_owned();
        let unknown = Malformed { field: "kind", what: "is missing or not known" };
        Ok(match TaskEndKind::try_from(self.kind).map_err(|_unknown| unknown)? {
            TaskEndKind::Unspecified => return Err(unknown),
            TaskEndKind::Success => TaskEndReason::SUCCESS,
            TaskEndKind::Resubmitted => TaskEndReason::Resubmitted(Bare::default()),
            TaskEndKind::FetchFailed => TaskEndReason::FetchFailed(Box::new(FetchFailed {
                message: details,
                ..FetchFailed::default()
            })),
            TaskEndKind::ExceptionFailure => TaskEndReason::ExceptionFailure(Box::new(ExceptionFailure {
                description: Some(details),
                ..ExceptionFailure::default()
            })),
            TaskEndKind::TaskResultLost => TaskEndReason::TaskResultLost(Bare::default()),
            TaskEndKind::TaskKilled => TaskEndReason::TaskKilled(Box::new(TaskKilled {
                kill_reason: details,
                ..TaskKilled::default()
            })),
            TaskEndKind::TaskCommitDenied => TaskEndReason::TaskCommitDenied(Box::default()),
            TaskEndKind::ExecutorLostFailure => {
                TaskEndReason::ExecutorLostFailure(Box::new(ExecutorLostFailure {
                    loss_reason: Some(details),
                    ..ExecutorLostFailure::default()
                }))
            }
            TaskEndKind::UnknownReason => TaskEndReason::UnknownReason(Bare::default()),
        })
    }
}

fn kind(reason: &TaskEndReason) -> TaskEndKind {
    match reason {
        TaskEndReason::Success(_) => TaskEndKind::Success,
        TaskEndReason::Resubmitted(_) => TaskEndKind::Resubmitted,
        TaskEndReason::FetchFailed(_) => TaskEndKind::FetchFailed,
        TaskEndReason::ExceptionFailure(_) => TaskEndKind::ExceptionFailure,
        TaskEndReason::TaskResultLost(_) => TaskEndKind::TaskResultLost,
        TaskEndReason::TaskKilled(_) => TaskEndKind::TaskKilled,
        TaskEndReason::TaskCommitDenied(_) => TaskEndKind::TaskCommitDenied,
        TaskEndReason::ExecutorLostFailure(_) => TaskEndKind::ExecutorLostFailure,
        _ => TaskEndKind::UnknownReason,
    }
}

/// What there is to say for people, cut to what the server takes.
fn details(reason: &TaskEndReason) -> String {
    let details = match reason {
        TaskEndReason::FetchFailed(failed) => failed.message.clone(),
        TaskEndReason::ExceptionFailure(failure) => match &failure.description {
            Some(description) if failure.class_name.is_empty() => description.clone(),
            Some(description) => format!("{}: {description}", failure.class_name),
            None => failure.class_name.clone(),
        },
        TaskEndReason::TaskKilled(killed) => killed.kill_reason.clone(),
        TaskEndReason::ExecutorLostFailure(lost) => lost.loss_reason.clone().unwrap_or_default(),
        _ => String::new(),
    };
    cut(&details).to_owned()
}
