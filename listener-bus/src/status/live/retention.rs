//! What is forgotten, so that memory is bounded.

use super::{LiveApplication, LiveStage, StageKey};
use crate::events::JobId;
use crate::status::{Date, StageStatus, TaskRow, TaskStatus};

/// How many of `count` go where `limit` may stay: the excess, or a tenth of the limit if that is more.
pub(super) fn to_evict(count: usize, limit: usize) -> usize {
    let excess = count.saturating_sub(limit);
    if excess == 0 { 0 } else { excess.max(limit / 10) }
}

impl LiveApplication {
    pub(super) fn retain_jobs(&mut self) {
        let count = to_evict(self.jobs.len(), self.settings.retained_jobs);
        if count == 0 {
            return;
        }
        let over = self.jobs.values().filter(|job| job.is_over()).map(|job| job.data.get());
        let mut over: Vec<(Option<Date>, JobId)> =
            over.map(|job| (job.completion_time, job.job_id)).collect();
        over.sort_unstable();
        for (_, job) in over.into_iter().take(count) {
            self.jobs.remove(&job);
        }
    }

    /// Skipped ones go first, then those that ended first.
    pub(super) fn retain_stages(&mut self) {
        let count = to_evict(self.stages.len(), self.settings.retained_stages);
        if count == 0 {
            return;
        }
        let order = |(key, stage): (&StageKey, &LiveStage)| {
            let data = stage.data();
            (data.status != StageStatus::Skipped, data.completion_time, *key)
        };
        let mut over: Vec<_> = self.stages.iter().filter(|(_, stage)| stage.is_over()).map(order).collect();
        over.sort_unstable();
        for (_, _, key) in over.into_iter().take(count) {
            self.forget_stage(key);
        }
    }

    pub(super) fn forget_stage(&mut self, key: StageKey) {
        if let Some(mut stage) = self.stages.remove(&key) {
            self.tasks -= stage.view.get_mut().tasks.clear();
            if !stage.is_closed || stage.data().num_unknown_tasks > 0 {
                self.running.retain(|_, (of, _)| *of != key);
            }
        }
    }

    /// A task was added to this stage attempt.
    pub(super) fn retain_tasks(&mut self, key: StageKey) {
        let Some(stage) = self.stages.get_mut(&key) else { return };
        let count = to_evict(stage.view.get().tasks.len(), self.settings.retained_tasks);
        if count > 0 {
            self.evict_tasks(key, count);
        }
        let mut excess = to_evict(self.tasks, self.settings.retained_tasks_in_all);
        if excess == 0 {
            return;
        }
        // Those of the stages that ended first, then of those that run.
        let mut stages: Vec<_> = self
            .stages
            .iter()
            .map(|(key, stage)| (!stage.is_over(), stage.data().completion_time, *key))
            .collect();
        stages.sort_unstable();
        for (_, _, key) in stages {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(self.evict_tasks(key, excess));
        }
    }

    fn evict_tasks(&mut self, key: StageKey, count: usize) -> usize {
        let Some(stage) = self.stages.get_mut(&key) else { return 0 };
        let evicted = stage.view.get_mut().tasks.evict(count);
        let rows: usize = evicted.iter().map(|rows| rows.len()).sum();
        self.tasks -= rows;
        let is_unknown = |task: &&TaskRow| matches!(task.status, TaskStatus::Unknown(_));
        for task in evicted.iter().flat_map(|rows| rows.iter()).filter(is_unknown) {
            self.running.remove(&task.task_id);
            stage.view.get_mut().data.num_unknown_tasks -= 1;
        }
        rows
    }
}
