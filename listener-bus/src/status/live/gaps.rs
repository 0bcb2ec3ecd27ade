//! What is in doubt once events were dropped.

use super::LiveApplication;
use super::running::RunningTask;
use crate::status::{Date, StageStatus, TaskStatus};

impl LiveApplication {
    /// Events were dropped. The end of whatever runs may be among them, so nothing is said to run until it gives a sign
    /// of life.
    pub(in crate::status) fn doubt(&mut self, events: u64) {
        let since = self.info.attempt().last_updated;
        self.gaps.events = self.gaps.events.saturating_add(events);
        self.gaps.last = Some(since);
        self.is_new = false;
        self.doubt_tasks(since);
        for stage in self.stages.values_mut() {
            if stage.data().status == StageStatus::Active {
                let data = &mut stage.view.get_mut().data;
                data.status = StageStatus::Unknown;
                data.unknown_since = Some(since);
            }
            stage.close_if_over();
        }
        for id in &self.open_jobs {
            if let Some(job) = self.jobs.get_mut(id) {
                job.doubt(since);
            }
        }
        self.executors.doubt(since);
    }

    /// Those that were in doubt already stay so, and cost nothing.
    pub(super) fn doubt_tasks(&mut self, since: Date) {
        for RunningTask { stage, place, executor } in self.running.doubt(self.settings.retained_tasks_in_all)
        {
            let Some(stage) = self.stages.get_mut(&stage) else { continue };
            let view = stage.view.get_mut();
            view.data.num_active_tasks -= 1;
            view.data.num_unknown_tasks += 1;
            if let Some(task) = view.tasks.get_mut(place) {
                task.status = TaskStatus::Unknown(since);
            }
            let jobs = stage.jobs.clone();
            self.each_job(&jobs, |job| {
                let data = job.data.get_mut();
                data.num_active_tasks = (data.num_active_tasks - 1).max(0);
            });
            self.executors.doubt_task(&executor);
        }
    }
}
