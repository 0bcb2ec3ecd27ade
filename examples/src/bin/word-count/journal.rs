//! A listener that writes down what the report tells of stages, attempts and commits.

use std::collections::BTreeMap;

use commit_coordinator::CommitEvent;
use listener_bus::events::{
    ExecutorRemoved, OtherEvent, StageCompleted, StageId, StageSubmitted, TaskEnd, TaskEndReason, TaskStart,
};
use listener_bus::{SchedulerEvent, SchedulerListener};

/// What has happened.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) stages: BTreeMap<StageId, StageRecord>,
    /// The attempts that were denied a commit, and the commits in doubt.
    pub(crate) commits: Vec<String>,
    /// Attempts that did not succeed, and lost executors.
    pub(crate) mishaps: Vec<String>,
}

/// A stage.
#[derive(Debug, Default)]
pub(crate) struct StageRecord {
    pub(crate) name: String,
    pub(crate) tasks: i32,
    pub(crate) attempts: u64,
    pub(crate) speculative: u64,
    /// How many attempts ended for which reason.
    pub(crate) ends: BTreeMap<String, u64>,
    pub(crate) millis: Option<i64>,
}

impl SchedulerListener for Journal {
    fn on_stage_submitted(&mut self, event: &StageSubmitted) {
        let stage = self.stages.entry(event.stage_info.stage_id).or_default();
        stage.name.clone_from(&event.stage_info.stage_name);
        stage.tasks = event.stage_info.number_of_tasks;
    }

    fn on_stage_completed(&mut self, event: &StageCompleted) {
        let info = &event.stage_info;
        let took = info.completion_time.zip(info.submission_time).map(|(end, start)| end - start);
        self.stages.entry(info.stage_id).or_default().millis = took;
    }

    fn on_task_start(&mut self, event: &TaskStart) {
        let stage = self.stages.entry(event.stage_id).or_default();
        stage.attempts += 1;
        stage.speculative += u64::from(event.task_info.speculative);
    }

    fn on_task_end(&mut self, event: &TaskEnd) {
        let (reason, task) = (&event.task_end_reason, &event.task_info);
        let ends = &mut self.stages.entry(event.stage_id).or_default().ends;
        *ends.entry(reason.name().to_owned()).or_default() += 1;
        if reason.is_success() {
            return;
        }
        let (attempt, partition, stage) = (task.attempt, task.partition_id, event.stage_id);
        let executor = &task.executor_id;
        let (name, why) = (reason.name(), why(reason));
        self.mishaps.push(format!(
            "attempt {attempt} at partition {partition} of stage {stage}, on executor {executor}: {name}{why}"
        ));
    }

    fn on_executor_removed(&mut self, event: &ExecutorRemoved) {
        self.mishaps.push(format!("executor {} was removed: {}", event.executor_id, event.removed_reason));
    }

    fn on_other(&mut self, event: &OtherEvent) {
        match CommitEvent::read(&SchedulerEvent::from(event.clone())) {
            Some(CommitEvent::Denied(denial)) => self.commits.push(denial.to_string()),
            Some(CommitEvent::OutcomeUnknown(permit)) => {
                let (task, token) = (permit.task(), permit.token());
                self.commits.push(format!("{task} was lost with token {token}: it was in doubt"));
            }
            _ => {}
        }
    }
}

fn why(reason: &TaskEndReason) -> String {
    let why = match reason {
        TaskEndReason::ExceptionFailure(failure) => failure.description.as_deref(),
        TaskEndReason::TaskKilled(killed) => Some(killed.kill_reason.as_str()),
        _ => None,
    };
    why.map(|why| format!(", {why}")).unwrap_or_default()
}
