//! One attempt at a task, as its work sees it; and what is to go wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use commit_coordinator::TaskAttempt;
use listener_bus::events::{ExecutorId, StageId};
use thiserror::Error;

use super::executors::{Executor, KillSwitch};

/// An attempt that is not needed any more has noticed.
#[derive(Debug, Error)]
#[error("the attempt was killed")]
pub(crate) struct Killed;

/// Marks an error that every attempt would meet: the stage fails at once.
#[derive(Debug, Error)]
#[error("no attempt can succeed")]
pub(crate) struct Hopeless;

/// What `--fail` asks for.
#[derive(Debug, Error)]
#[error("{0} fails, as asked for")]
struct Failure(TaskAttempt);

/// Whether an attempt is a second one of a slow task; and whether there are such attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speculation {
    No,
    Yes,
}

/// What is to go wrong.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) speculation: Speculation,
    /// Partitions and attempts that fail when their work is done.
    pub(crate) fail: BTreeSet<(usize, i64)>,
    /// Partitions whose first attempt takes so much longer.
    pub(crate) slow: BTreeMap<usize, Duration>,
    /// An executor that is lost with the first attempt that ends there in this stage.
    pub(crate) lost: Option<(ExecutorId, StageId)>,
}

/// One attempt at a task.
pub(crate) struct Task {
    pub(crate) attempt: TaskAttempt,
    pub(crate) partition: usize,
    pub(crate) executor: Arc<Executor>,
    pub(crate) kill: Arc<KillSwitch>,
    pub(crate) faults: Arc<Faults>,
}

impl Task {
    /// Whether it is to go on; asked from time to time by work that takes long.
    pub(crate) fn check(&self) -> Result<(), Killed> {
        if self.kill.is_killed() { Err(Killed) } else { Ok(()) }
    }

    /// Takes its time, if that was asked for.
    pub(crate) fn dawdle(&self) {
        let slow = self.faults.slow.get(&self.partition);
        if let (Some(time), 0) = (slow, self.attempt.attempt_number.0) {
            self.kill.pause(*time);
        }
    }

    /// Fails, if that was asked for.
    pub(crate) fn stumble(&self) -> anyhow::Result<()> {
        let is_to_fail = self.faults.fail.contains(&(self.partition, self.attempt.attempt_number.0));
        if is_to_fail { Err(Failure(self.attempt).into()) } else { Ok(()) }
    }

    /// Whether its executor is lost right now, before the attempt can tell what came of it.
    pub(crate) fn loses_executor(&self) -> bool {
        let here = |(executor, stage): &(ExecutorId, StageId)| {
            *executor == self.executor.id && *stage == self.attempt.stage_id
        };
        self.faults.lost.as_ref().is_some_and(here) && self.executor.lose()
    }
}
