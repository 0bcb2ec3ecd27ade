//! How a stage attempt ends: whose failure it was, what each task's end was, and exactly one end event for each.

use std::sync::Arc;

use listener_bus::events::{Bare, PartitionId, TaskEndReason, TaskInfo};

use super::{AttemptRun, Phase, Task, TaskState};
use crate::error::BarrierError;
use crate::link::Link;
use crate::pace::after;
use crate::partitions::Partitions;
use crate::stage::board::{Ended, partition};
use crate::stage::cause::Cause;
use crate::stage::clock::now_ms;
use crate::stage::error::StageError;
use crate::stage::events::{finish, metrics};
use crate::stage::failure::killed;

/// An attempt that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: StageError,
    pub(crate) retry: Retry,
}

/// Whether another attempt may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    MayHelp,
    IsNoUse,
}

impl<T> AttemptRun<'_, T> {
    /// Takes the first cause for what has failed the attempt, and ends the gang.
    pub(super) fn blame(&mut self, cause: Cause) {
        if self.cause.is_none() {
            self.gang.kill(&cause.as_error(self.gang.id()));
            self.abandon_at = after(self.announcer.plan.abandon_after);
            self.cause = Some(cause);
        }
    }

    /// A task has ended: settles what it was, then tells the bus.
    pub(super) fn take_in(&mut self, ended: Ended<T>) {
        let Ended { index, outcome, finish_time, gang_end } = ended;
        if let Some(error) = gang_end {
            self.blame(Cause::of_gang(error, self.tasks.len()));
        }
        let state = match outcome {
            Ok(result) => TaskState::Done(result),
            Err(failure) => {
                self.blame(Cause::Task { partition: partition(index), failure });
                TaskState::Ended
            }
        };
        let reason = self.end_reason(partition(index), &state);
        let Some(task) = self.tasks.get_mut(index) else { return };
        task.state = state;
        finish(&mut task.info, &reason, finish_time);
        self.control.ended(task.info.partition_id);
        self.announcer.task_ended(&task.info, reason, Some(metrics(&task.info)));
    }

    fn end_reason(&self, partition: PartitionId, state: &TaskState<T>) -> TaskEndReason {
        match (&self.cause, state) {
            (Some(Cause::Task { partition: culprit, failure }), _) if *culprit == partition => {
                failure.reason()
            }
            (_, TaskState::Done(_)) => TaskEndReason::SUCCESS,
            (Some(cause), TaskState::Running | TaskState::Ended) => killed(&cause.to_string()),
            (None, TaskState::Running | TaskState::Ended) => TaskEndReason::UnknownReason(Bare::default()),
        }
    }

    /// Tells the end of those that have not told it themselves; answers which.
    fn give_up(&mut self) -> Partitions {
        let (now, all) = (now_ms(), self.tasks.len());
        let is_running = |tasks: &[Task<T>], index: &usize| tasks.get(*index).is_some_and(Task::is_running);
        let stuck: Vec<usize> = (0..all).filter(|index| is_running(&self.tasks, index)).collect();
        for index in &stuck {
            let reason = self.end_reason(partition(*index), &TaskState::Running);
            let Some(task) = self.tasks.get_mut(*index) else { continue };
            task.state = TaskState::Ended;
            finish(&mut task.info, &reason, now);
            self.announcer.task_ended(&task.info, reason, None);
        }
        stuck.into_iter().map(partition).collect()
    }

    /// The last of an attempt: nobody of the gang is waited for any more. Answers whose tasks are left behind.
    fn conclude(&mut self) -> Partitions {
        let (stuck, submitted) = match self.phase {
            Phase::SetUp | Phase::Over => (Partitions::from_iter([]), None),
            Phase::Submitted(at) => (Partitions::from_iter([]), Some(at)),
            Phase::Running(at) => (self.give_up(), Some(at)),
        };
        self.phase = Phase::Over;
        self.control.rests();
        // The bus may drop the event that tells the coordinator.
        self.gang.kill(&BarrierError::StageCompleted { stage_attempt: self.gang.id() });
        self.gang.release(partition(0));
        if let Some(at) = submitted {
            self.announcer.stage_completed((at, now_ms()), self.failure_reason());
        }
        stuck
    }

    fn failure_reason(&self) -> Option<String> {
        let (id, cause) = (self.gang.id(), self.cause.as_ref()?);
        let culprit = match cause {
            Cause::Task { partition, .. } => self.info(*partition),
            _ => None,
        };
        Some(match culprit {
            Some(info) => format!("{id} failed, as barrier task {} did not succeed: {cause}", info.task_id),
            None => format!("{id} failed: {cause}"),
        })
    }

    fn info(&self, partition: PartitionId) -> Option<&TaskInfo> {
        self.tasks.iter().map(|task| &task.info).find(|info| info.partition_id == partition)
    }

    /// Ends the attempt; answers what its tasks have made, by partition.
    pub(super) fn into_outcome(mut self) -> Result<Vec<T>, Failed> {
        let stuck = self.conclude();
        let Some(cause) = self.cause.take() else {
            let tasks = std::mem::take(&mut self.tasks);
            return Ok(tasks.into_iter().filter_map(Task::into_result).collect());
        };
        let failed = self.failed(cause);
        if stuck.as_slice().is_empty() {
            return Err(failed);
        }
        let error = StageError::Stuck {
            stage_attempt: self.gang.id(),
            partitions: stuck,
            waited: self.announcer.plan.abandon_after,
            cause: Box::new(failed.error),
        };
        Err(Failed { error, retry: Retry::IsNoUse })
    }

    fn failed(&self, cause: Cause) -> Failed {
        let (stage_attempt, plan) = (self.gang.id(), self.announcer.plan);
        let stage_id = stage_attempt.stage_id;
        let error = match cause {
            Cause::Task { partition, failure } => {
                let task_attempt = self.info(partition).map(|info| info.task_id).unwrap_or_default();
                let attempts = plan.attempts_with(stage_attempt);
                let error =
                    StageError::TaskFailed { stage_attempt, partition, task_attempt, failure, attempts };
                return Failed { error, retry: Retry::MayHelp };
            }
            Cause::Aborted { reason } => StageError::Aborted { stage_id, reason },
            Cause::Deadline { deadline } => StageError::DeadlineExceeded { stage_id, deadline },
            Cause::Spawn { partition, source } => StageError::Spawn { stage_attempt, partition, source },
            Cause::Dropped => StageError::Aborted { stage_id, reason: Arc::from(cause.to_string()) },
            Cause::Gang(error) => StageError::Barrier(error),
        };
        Failed { error, retry: Retry::IsNoUse }
    }
}

impl<T> Task<T> {
    fn into_result(self) -> Option<T> {
        match self.state {
            TaskState::Done(result) => Some(result),
            TaskState::Running | TaskState::Ended => None,
        }
    }
}

impl<T> Drop for AttemptRun<'_, T> {
    fn drop(&mut self) {
        if self.phase == Phase::Over {
            return;
        }
        for ended in self.board.take_ended() {
            self.take_in(ended);
        }
        self.blame(Cause::Dropped);
        self.conclude();
    }
}
