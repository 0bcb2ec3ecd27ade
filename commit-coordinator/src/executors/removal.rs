//! An executor comes or goes: the coordinator, the bus and the metrics are told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ::metrics::{Counter, Gauge, counter, gauge};
use listener_bus::SchedulerEvent;
use listener_bus::events::{
    ExecutorAdded, ExecutorInfo, ExecutorLostFailure, ExecutorRemoved, TaskEndReason,
};

use super::Shared;
use super::process::ExecutorProcess;
use super::roster::Gone;
use crate::metrics::{EXECUTORS, EXECUTORS_REMOVED};

/// How an executor went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    /// Somebody has found out that it is lost.
    Lost,
    /// It was silent for too long.
    Silent,
    /// Another process of its name has come.
    Replaced,
    /// It has said so.
    Left,
}

impl Removal {
    const ALL: [&'static str; 4] = ["lost", "silent", "replaced", "left"];
}

/// What is counted.
pub(super) struct Numbers {
    present: Gauge,
    removed: [Counter; Removal::ALL.len()],
}

impl Numbers {
    pub(super) fn new(coordinator: &str) -> Self {
        let removed = Removal::ALL.map(|reason| {
            let counter =
                counter!(EXECUTORS_REMOVED, "coordinator" => coordinator.to_owned(), "reason" => reason);
            counter.increment(0);
            counter
        });
        let present = gauge!(EXECUTORS, "coordinator" => coordinator.to_owned());
        present.increment(0.0);
        Self { present, removed }
    }
}

impl Shared {
    pub(super) fn added(&self, process: &ExecutorProcess, host: &Arc<str>, cores: u32) {
        tracing::info!(executor = %process.executor_id, %host, cores, "an executor has registered");
        self.numbers.present.increment(1.0);
        // The first one gives the watch something to wait for; if it has been woken already, it will see this one too.
        self.watch.try_send(()).ok();
        let timestamp = now_millis();
        self.post(ExecutorAdded {
            timestamp,
            executor_id: process.executor_id.clone(),
            executor_info: ExecutorInfo {
                host: host.as_ref().to_owned(),
                total_cores: i32::try_from(cores).unwrap_or(i32::MAX),
                registration_time: Some(timestamp),
                ..ExecutorInfo::default()
            },
            ..ExecutorAdded::default()
        });
    }

    /// The coordinator is told first: whoever hears of it on the bus finds it done.
    pub(super) fn removed(&self, gone: Gone, removal: Removal) {
        let Gone { executor_id, reason, attempts } = &gone;
        if removal == Removal::Left {
            tracing::info!(executor = %executor_id, "an executor has left");
        } else {
            let attempts = attempts.len();
            tracing::warn!(executor = %executor_id, %reason, attempts, "an executor is lost");
        }
        self.lose(&gone);
        self.numbers.present.decrement(1.0);
        if let Some(counter) = self.numbers.removed.get(removal as usize) {
            counter.increment(1);
        }
        self.post(ExecutorRemoved {
            timestamp: now_millis(),
            executor_id: gone.executor_id,
            removed_reason: gone.reason.as_ref().to_owned(),
            ..ExecutorRemoved::default()
        });
    }

    /// Tells the coordinator of lost attempts.
    pub(super) fn lose(&self, gone: &Gone) {
        let failure = TaskEndReason::ExecutorLostFailure(Box::new(ExecutorLostFailure {
            executor_id: gone.executor_id.clone(),
            exit_caused_by_app: false,
            loss_reason: Some(gone.reason.as_ref().to_owned()),
            ..ExecutorLostFailure::default()
        }));
        for task in gone.attempts.iter().copied() {
            // Whoever is told of an aborted stage is the user's code; the other attempts are to be told of all the same.
            let told = catch_unwind(AssertUnwindSafe(|| self.coordinator.task_completed(task, &failure)));
            if told.is_err() {
                tracing::error!(%task, "a panic while telling that an attempt is lost with its executor");
            }
        }
        self.lock().told(&gone.attempts);
    }

    fn post(&self, event: impl Into<SchedulerEvent>) {
        if let Some(bus) = &self.bus {
            // Nobody waits for a bus here; what a full one drops, it counts.
            bus.try_post(event.into());
        }
    }
}

/// Milliseconds since the Unix epoch.
fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
