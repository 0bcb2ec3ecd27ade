//! What happened to the applications: jobs, stages, tasks and executors, by outcome.

mod applications;
mod executors;
mod jobs;
mod stages;

use std::collections::BTreeMap;

use listener_bus::SchedulerListener;
use listener_bus::events::{
    ApplicationEnd, ApplicationStart, ExecutorAdded, ExecutorRemoved, JobEnd, JobStart, LogStart,
    StageCompleted, StageSubmitted, TaskEnd,
};

pub(crate) use applications::{Application, Applications};
pub(crate) use executors::Executors;
pub(crate) use jobs::{JobCounts, Jobs};
pub(crate) use stages::{StageCounts, Stages};

/// Keeps the status of one application after another.
#[derive(Debug, Default)]
pub(crate) struct Status {
    pub(crate) applications: Applications,
    pub(crate) jobs: Jobs,
    pub(crate) stages: Stages,
    /// Ends of task attempts. One attempt can end twice: well, and again when its output was lost.
    pub(crate) tasks_by_end_reason: BTreeMap<String, u64>,
    pub(crate) executors: Executors,
}

impl SchedulerListener for Status {
    /// Another application begins: ids of jobs, stages and executors start over.
    fn on_log_start(&mut self, event: &LogStart) {
        self.applications.begin(&event.spark_version);
        self.jobs.begin_application();
        self.stages.begin_application();
        self.executors.begin_application();
    }

    fn on_application_start(&mut self, event: &ApplicationStart) {
        self.applications.start(event);
    }

    fn on_application_end(&mut self, event: &ApplicationEnd) {
        self.applications.end(event);
    }

    fn on_job_start(&mut self, event: &JobStart) {
        self.jobs.start(event.job_id, &event.stage_ids);
        self.stages.expect(&event.stage_ids);
    }

    fn on_job_end(&mut self, event: &JobEnd) {
        let stages = self.jobs.end(event.job_id, &event.job_result);
        self.stages.skip_unsubmitted(&stages);
    }

    fn on_stage_submitted(&mut self, event: &StageSubmitted) {
        self.stages.submit(&event.stage_info);
    }

    fn on_stage_completed(&mut self, event: &StageCompleted) {
        self.stages.complete(&event.stage_info);
    }

    fn on_task_end(&mut self, event: &TaskEnd) {
        let reason = event.task_end_reason.name();
        match self.tasks_by_end_reason.get_mut(reason) {
            Some(count) => *count += 1,
            None => drop(self.tasks_by_end_reason.insert(reason.to_owned(), 1)),
        }
    }

    fn on_executor_added(&mut self, event: &ExecutorAdded) {
        self.executors.add(&event.executor_id);
    }

    fn on_executor_removed(&mut self, event: &ExecutorRemoved) {
        self.executors.remove(&event.executor_id);
    }
}
