//! What each event does.

use super::{Allocation, RunningTask};
use crate::events::{
    JobEnd, JobStart, SchedulerEvent, StageInfo, StageSubmitted, TaskEnd, TaskEndReason, TaskStart,
};
use crate::status::allocation::executors::Executors;
use crate::status::allocation::jobs::Jobs;
use crate::status::allocation::recent::Recent;
use crate::status::allocation::stage::{Copy, Room, StageAttempt};
use crate::status::allocation::stages::{Attempt, Stages};

impl Allocation {
    /// Takes in an event. What it does not need is left alone.
    pub fn apply(&mut self, event: &SchedulerEvent) {
        match event {
            SchedulerEvent::TaskStart(start) => self.task_start(start),
            SchedulerEvent::TaskEnd(end) => self.task_end(end),
            SchedulerEvent::StageSubmitted(submitted) => self.stage_submitted(submitted),
            SchedulerEvent::StageCompleted(completed) => self.stage_completed(&completed.stage_info),
            SchedulerEvent::SpeculativeTaskSubmitted(task) => {
                self.change((task.stage_id, task.stage_attempt_id), StageAttempt::speculative_submitted);
            }
            SchedulerEvent::UnschedulableTaskSetAdded(set) => {
                self.change((set.stage_id, set.stage_attempt_id), |stage| stage.room = Room::None);
            }
            SchedulerEvent::UnschedulableTaskSetRemoved(set) => {
                self.change((set.stage_id, set.stage_attempt_id), |stage| stage.room = Room::Some);
            }
            _ => self.apply_rarer(event),
        }
        self.give_up_surplus();
        self.note_backlog(self.seen);
    }

    fn apply_rarer(&mut self, event: &SchedulerEvent) {
        match event {
            SchedulerEvent::JobStart(start) => self.job_start(start),
            SchedulerEvent::JobEnd(end) => self.job_end(end),
            SchedulerEvent::ExecutorAdded(added) => {
                let at = self.moved_to(Some(added.timestamp));
                self.executors.added(&added.executor_id, at);
            }
            SchedulerEvent::ExecutorRemoved(removed) => {
                let at = self.moved_to(Some(removed.timestamp));
                let tasks = self.executors.removed(&removed.executor_id);
                self.tasks_gone(tasks, at);
            }
            SchedulerEvent::ApplicationStart(start) => self.application_begins(start.timestamp),
            SchedulerEvent::ApplicationEnd(end) => {
                self.application_begins(end.timestamp);
                self.executors = Executors::default();
            }
            SchedulerEvent::LogStart(_) => {
                self.application_begins(0);
                self.executors = Executors::default();
            }
            _ => {}
        }
    }

    /// Notes the time of an event, if it has one, before the event is taken in; answers the time it is now.
    fn moved_to(&mut self, at: Option<i64>) -> i64 {
        if let Some(at) = at.filter(|at| *at > 0) {
            self.tick(at);
            self.seen = at;
        }
        self.seen
    }

    fn change(&mut self, attempt: Attempt, what: impl FnOnce(&mut StageAttempt)) {
        self.stages.change(attempt, self.seen, what);
    }

    fn task_start(&mut self, start: &TaskStart) {
        let task = &start.task_info;
        let at = self.moved_to(Some(task.launch_time));
        let known = self.ended.take(&task.task_id) || self.running.contains_key(&task.task_id);
        if known || self.executors.is_removed(&task.executor_id) {
            return;
        }
        let attempt = (start.stage_id, start.stage_attempt_id);
        let running = RunningTask { attempt, index: task.index, executor: task.executor_id.clone() };
        self.running.insert(task.task_id, running);
        self.executors.task_started(&task.executor_id, task.task_id, at);
        let copy = if task.speculative { Copy::Speculative } else { Copy::First };
        self.stages.change_or_add(attempt, at, |stage| stage.started(task.index, copy));
    }

    fn task_end(&mut self, end: &TaskEnd) {
        let task = &end.task_info;
        let at = self.moved_to(Some(task.finish_time));
        let attempt = (end.stage_id, end.stage_attempt_id);
        match &end.task_end_reason {
            TaskEndReason::Success(_) => self.change(attempt, |stage| stage.succeeded(task.index)),
            TaskEndReason::Resubmitted(_) => {
                // It ended before.
                return self.change(attempt, |stage| stage.resubmitted(task.index));
            }
            _ => {}
        }
        match self.running.remove(&task.task_id) {
            Some(running) => self.task_stopped(task.task_id, &running, at),
            None => self.ended.add(task.task_id),
        }
    }

    fn stage_submitted(&mut self, submitted: &StageSubmitted) {
        let stage = &submitted.stage_info;
        let at = self.moved_to(stage.submission_time);
        let attempts = self.stages.attempts_at(stage.stage_id);
        let older: Vec<_> = attempts.filter(|(_, attempt)| *attempt < stage.stage_attempt_id).collect();
        self.stages_over(&older, at);
        self.target.begin();
        self.stages.submitted(stage, at);
    }

    fn stage_completed(&mut self, stage: &StageInfo) {
        let at = self.moved_to(stage.completion_time);
        self.stages_over(&[(stage.stage_id, stage.stage_attempt_id)], at);
    }

    fn job_start(&mut self, start: &JobStart) {
        self.moved_to(Some(start.submission_time));
        self.jobs.started(start.job_id, &start.stage_ids);
    }

    fn job_end(&mut self, end: &JobEnd) {
        let at = self.moved_to(Some(end.completion_time));
        let unneeded = self.jobs.ended(end.job_id).into_iter();
        let over: Vec<_> = unneeded.flat_map(|stage| self.stages.attempts_at(stage)).collect();
        self.stages_over(&over, at);
    }

    /// Whatever runs or waits belonged to another application, and ids begin anew. Executors stay: they may have
    /// registered before the application was told to have started.
    fn application_begins(&mut self, at: i64) {
        let at = self.moved_to(Some(at));
        self.forget_tasks(at, |_| true);
        self.stages = Stages::default();
        self.ended = Recent::default();
        self.jobs = Jobs::default();
    }
}
