//! What is in doubt once events were dropped.

use super::LiveApplication;
use crate::events::{ExecutorId, JobId};
use crate::status::{Date, StageStatus, TaskStatus};

impl LiveApplication {
    /// Events were dropped. The end of whatever runs may be among them, so nothing is said to run until it gives a sign
    /// of life.
    pub(in crate::status) fn doubt(&mut self, events: u64) {
        let since = self.info.attempt().last_updated;
        self.gaps.events += events;
        self.gaps.last = Some(since);
        self.is_new = false;
        self.doubt_tasks(since);
        for stage in self.stages.values_mut().filter(|stage| stage.data().status == StageStatus::Active) {
            let data = &mut stage.view.get_mut().data;
            data.status = StageStatus::Unknown;
            data.unknown_since = Some(since);
        }
        for stage in self.stages.values_mut().filter(|stage| !stage.is_closed) {
            stage.close_if_over();
        }
        for id in &self.open_jobs {
            if let Some(job) = self.jobs.get_mut(id) {
                job.doubt(since);
            }
        }
        self.executors.doubt(since);
    }

    fn doubt_tasks(&mut self, since: Date) {
        let mut doubted: Vec<(Vec<JobId>, ExecutorId)> = Vec::new();
        for (key, place) in self.running.values() {
            let Some(stage) = self.stages.get_mut(key) else { continue };
            let view = stage.view.get_mut();
            let Some(task) = view.tasks.get_mut(*place) else { continue };
            if !matches!(task.status, TaskStatus::Unknown(_)) {
                task.status = TaskStatus::Unknown(since);
                doubted.push((stage.jobs.clone(), task.executor_id.clone()));
                view.data.num_active_tasks -= 1;
                view.data.num_unknown_tasks += 1;
            }
        }
        for (jobs, executor) in doubted {
            self.each_job(&jobs, |job| {
                let data = job.data.get_mut();
                data.num_active_tasks = (data.num_active_tasks - 1).max(0);
            });
            self.executors.doubt_tasks(&executor, 1);
        }
    }
}
