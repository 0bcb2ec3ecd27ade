//! The log lines of a sync, with the facts those of Spark's `BarrierTaskContext` have.

use std::time::{Duration, Instant};

use tracing::Level;

use crate::error::BarrierError;
use crate::state::WaitingTask;
use crate::task::{BarrierTask, StageAttempt, SyncKind};

/// A sync that has been entered.
pub(crate) struct SyncLog {
    /// Known only where somebody listens: reading the clock costs as much as a round.
    since: Option<Instant>,
    kind: SyncKind,
}

/// Logs what happened to a sync, at this level.
macro_rules! log_sync {
    ($level:ident, $task:expr, $log:expr, $epoch:expr, $($what:tt)+) => {
        tracing::$level!(
            task_attempt = $task.task_attempt_id.0,
            partition = $task.partition_id.0,
            stage = $task.stage_attempt.stage_id.0,
            stage_attempt = $task.stage_attempt.attempt_id.0,
            barrier_epoch = $epoch,
            kind = $log.kind.as_str(),
            seconds = $log.waited().as_secs_f64(),
            $($what)+
        )
    };
}

impl SyncLog {
    pub(crate) fn entered(task: &BarrierTask, epoch: u64, kind: SyncKind) -> Self {
        let since = tracing::enabled!(Level::WARN).then(Instant::now);
        let log = Self { since, kind };
        log_sync!(info, task, log, epoch, "entered the global sync");
        log
    }

    /// When that was, if it is known.
    pub(crate) fn entered_at(&self) -> Option<Instant> {
        self.since
    }

    fn waited(&self) -> Duration {
        self.since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// `epoch` is the one after it.
    pub(crate) fn finished(&self, task: &BarrierTask, epoch: u64) {
        log_sync!(info, task, self, epoch, "finished the global sync");
    }

    pub(crate) fn failed(&self, task: &BarrierTask, epoch: u64, error: &BarrierError) {
        log_sync!(warn, task, self, epoch, reason = error.reason(), "failed the global sync: {error}");
    }
}

/// Tells of a task that has waited for long.
pub(crate) fn waiting(gang: StageAttempt, task: WaitingTask) {
    tracing::info!(
        task_attempt = task.task_attempt.0,
        partition = task.partition.0,
        stage = gang.stage_id.0,
        stage_attempt = gang.attempt_id.0,
        barrier_epoch = task.epoch,
        kind = task.kind.as_str(),
        seconds = task.waited.as_secs_f64(),
        "waiting under the global sync"
    );
}
