//! One attempt: what the driver keeps of it, and how an executor's thread does its work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use anyhow::anyhow;
use commit_coordinator::TaskAttempt;
use listener_bus::events::{ExecutorId, TaskId, TaskInfo};

use super::executors::KillSwitch;
use super::task::Task;

/// What the driver hears.
pub(super) enum Message<T> {
    Ended(TaskId, anyhow::Result<T>),
    ExecutorLost(ExecutorId),
}

/// An attempt that the driver waits for.
pub(super) struct Running {
    pub(super) attempt: TaskAttempt,
    pub(super) partition: usize,
    pub(super) info: TaskInfo,
    pub(super) slot: usize,
    pub(super) began: Instant,
    pub(super) kill: Arc<KillSwitch>,
}

/// Does the work of an attempt, on an executor's thread, and tells what came of it unless the executor is lost.
pub(super) fn attempt_task<T>(
    task: &Task,
    id: TaskId,
    work: &dyn Fn(&Task) -> anyhow::Result<T>,
    told: &SyncSender<Message<T>>,
) {
    let result = catch_unwind(AssertUnwindSafe(|| work(task)));
    let result = result.unwrap_or_else(|_| Err(anyhow!("the task has panicked")));
    let message = if task.loses_executor() {
        Message::ExecutorLost(task.executor.id.clone())
    } else if task.executor.is_lost() {
        return;
    } else {
        Message::Ended(id, result)
    };
    // A driver that has not waited for it does not want to know.
    drop(told.send(message));
}
