//! What is forgotten, so that memory is bounded.

use super::{LiveApplication, LiveStage, StageKey};
use crate::events::JobId;
use crate::status::{Date, JobStatus, StageStatus, TaskRow, TaskStatus};

/// What runs is kept up to so many times the limit.
const RUNNING: usize = 4;
/// The machines whose names are shared.
const HOSTS: usize = 10_000;

/// How many of `count` go where `limit` may stay: the excess, or a tenth of the limit if that is more.
pub(super) fn to_evict(count: usize, limit: usize) -> usize {
    let excess = count.saturating_sub(limit);
    if excess == 0 { 0 } else { excess.max(limit / 10) }
}

/// When to look next: what could not go is not looked at again with every event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NextLook(usize);

impl NextLook {
    /// How many go of `count`, if it is time to look.
    fn to_evict(self, count: usize, limit: usize) -> usize {
        if count < self.0 { 0 } else { to_evict(count, limit) }
    }

    fn looked(&mut self, count: usize, limit: usize) {
        self.0 = if count > limit { count + limit / 10 + 1 } else { 0 };
    }
}

/// How soon something goes: what is over first, then what may be, then what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Skipped,
    Over,
    Unknown,
    Running,
}

/// The first `count` of those whose turn it is, and of what runs as many as are beyond four times the limit.
fn first<T: Ord>(
    mut all: Vec<(Turn, Option<Date>, T)>,
    count: usize,
    limit: usize,
) -> impl Iterator<Item = T> {
    let beyond = all.len().saturating_sub(limit.saturating_mul(RUNNING));
    all.sort_unstable();
    let goes = move |place: usize, turn: Turn| place < if turn == Turn::Running { beyond } else { count };
    all.into_iter().enumerate().filter(move |(place, (turn, ..))| goes(*place, *turn)).map(|(_, (.., id))| id)
}

impl LiveApplication {
    pub(super) fn retain_jobs(&mut self) {
        let limit = self.settings.retained_jobs;
        let count = self.jobs_looked.to_evict(self.jobs.len(), limit);
        if count == 0 {
            return;
        }
        let turns = self.jobs.values().map(|job| {
            let data = job.data.get();
            let turn = match data.status {
                JobStatus::Succeeded | JobStatus::Failed => Turn::Over,
                JobStatus::Unknown => Turn::Unknown,
                JobStatus::Running => Turn::Running,
            };
            (turn, data.completion_time, data.job_id)
        });
        let gone: Vec<JobId> = first(turns.collect(), count, limit).collect();
        for job in gone {
            self.jobs.remove(&job);
            self.open_jobs.remove(&job);
        }
        self.jobs_looked.looked(self.jobs.len(), limit);
    }

    pub(super) fn retain_stages(&mut self) {
        let limit = self.settings.retained_stages;
        let count = self.stages_looked.to_evict(self.stages.len(), limit);
        if count == 0 {
            return;
        }
        let turn = |(key, stage): (&StageKey, &LiveStage)| {
            let turn = match stage.data().status {
                StageStatus::Skipped => Turn::Skipped,
                StageStatus::Complete | StageStatus::Failed => Turn::Over,
                StageStatus::Unknown => Turn::Unknown,
                StageStatus::Pending | StageStatus::Active => Turn::Running,
            };
            (turn, stage.data().completion_time, *key)
        };
        let gone: Vec<StageKey> = first(self.stages.iter().map(turn).collect(), count, limit).collect();
        for key in gone {
            self.forget_stage(key);
        }
        self.stages_looked.looked(self.stages.len(), limit);
    }

    pub(super) fn forget_stage(&mut self, key: StageKey) {
        if let Some(mut stage) = self.stages.remove(&key) {
            self.tasks -= stage.view.get_mut().tasks.clear();
            if !stage.is_closed || stage.data().num_unknown_tasks > 0 {
                self.running.forget_stage(key);
            }
        }
    }

    /// A task was added to this stage attempt.
    pub(super) fn retain_tasks(&mut self, key: StageKey) {
        let limit = self.settings.retained_tasks_in_all;
        // So many at once are none that run: their ends have been lost without a gap.
        if self.running.len() > limit {
            self.doubt_tasks(self.info.attempt().last_updated);
        }
        if self.hosts.len() > HOSTS {
            self.hosts.clear();
        }
        let Some(stage) = self.stages.get_mut(&key) else { return };
        let count = to_evict(stage.view.get().tasks.len(), self.settings.retained_tasks);
        if count > 0 {
            self.evict_tasks(key, count);
        }
        let mut excess = self.tasks_looked.to_evict(self.tasks, limit);
        if excess == 0 {
            return;
        }
        // Those of the stages that ended first, then of those that run.
        let order =
            |(key, stage): (&StageKey, &LiveStage)| (!stage.is_over(), stage.data().completion_time, *key);
        let mut stages: Vec<_> = self.stages.iter().map(order).collect();
        stages.sort_unstable();
        for (_, _, key) in stages {
            if excess == 0 {
                break;
            }
            excess = excess.saturating_sub(self.evict_tasks(key, excess));
        }
        self.tasks_looked.looked(self.tasks, limit);
    }

    fn evict_tasks(&mut self, key: StageKey, count: usize) -> usize {
        let Some(stage) = self.stages.get_mut(&key) else { return 0 };
        let evicted = stage.view.get_mut().tasks.evict(count);
        let rows: usize = evicted.iter().map(|rows| rows.len()).sum();
        self.tasks -= rows;
        let is_unknown = |task: &&TaskRow| matches!(task.status, TaskStatus::Unknown(_));
        for task in evicted.iter().flat_map(|rows| rows.iter()).filter(is_unknown) {
            self.running.forget(task.task_id);
            stage.view.get_mut().data.num_unknown_tasks -= 1;
        }
        rows
    }
}
