//! What ends, told or not.

use std::collections::BTreeSet;

use async_event_queue::Gap;

use super::{Allocation, RunningTask};
use crate::events::TaskId;
use crate::status::allocation::stage::Phase;
use crate::status::allocation::stages::Attempt;

/// How many running tasks are known at once. One whose end was lost could be known for ever.
const MAX_RUNNING: usize = 1 << 17;

impl Allocation {
    /// Takes in that events were dropped.
    pub fn on_gap(&mut self, gap: &Gap) {
        self.dropped = self.dropped.saturating_add(gap.events());
        let at = self.seen;
        self.stages.doubt_all(at);
        let ends: BTreeSet<_> =
            [Phase::Unknown, Phase::Over].into_iter().flat_map(|phase| self.stages.in_phase(phase)).collect();
        self.forget_tasks(at, |task| ends.contains(&task.attempt));
    }

    pub(super) fn stages_over(&mut self, attempts: &[Attempt], at: i64) {
        let doubtful: BTreeSet<_> =
            attempts.iter().filter(|attempt| self.stages.has_doubtful_tasks(**attempt)).collect();
        if !doubtful.is_empty() {
            self.forget_tasks(at, |task| doubtful.contains(&task.attempt));
        }
        for attempt in attempts {
            self.stages.over(*attempt, at);
        }
    }

    /// Takes tasks for ended, without knowing how.
    pub(super) fn forget_tasks(&mut self, at: i64, which: impl Fn(&RunningTask) -> bool) {
        let gone: Vec<_> = self.running.extract_if(.., |_, task| which(task)).collect();
        for (id, task) in gone {
            self.task_stopped(id, &task, at);
        }
    }

    /// Takes tasks for ended whose executor is not there any more.
    pub(super) fn tasks_gone(&mut self, tasks: BTreeSet<TaskId>, at: i64) {
        for id in tasks {
            if let Some(task) = self.running.remove(&id) {
                self.task_stopped(id, &task, at);
            }
        }
    }

    pub(super) fn task_stopped(&mut self, id: TaskId, task: &RunningTask, at: i64) {
        self.executors.task_stopped(&task.executor, id, at);
        self.stages.change(task.attempt, at, |stage| stage.stopped(task.index));
    }

    /// Gives up the oldest of what there is too much of: the ends were lost, or the events make no sense.
    pub(super) fn give_up_surplus(&mut self) {
        let at = self.seen;
        while let Some(attempt) = self.stages.surplus() {
            self.stages_over(&[attempt], at);
        }
        while let Some(executor) = self.executors.surplus() {
            let tasks = self.executors.forget(&executor);
            self.tasks_gone(tasks, at);
        }
        while self.running.len() > MAX_RUNNING {
            // Ids are given in the order of launch.
            let Some((id, task)) = self.running.pop_first() else { return };
            self.task_stopped(id, &task, at);
        }
    }
}
