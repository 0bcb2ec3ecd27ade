//! What happens to task attempts.

use super::running::{Certainty, RunningTask};
use super::{Counts, LiveApplication, StageKey, killed};
use crate::events::{ExecutorId, TaskEnd, TaskEndReason, TaskGettingResult, TaskId, TaskProgress, TaskStart};
use crate::status::task::error_message;
use crate::status::{Date, MetricValues, TaskRow, TaskStatus};

impl LiveApplication {
    pub(super) fn task_started(&mut self, event: &TaskStart) {
        let info = &event.task_info;
        self.happened(info.launch_time);
        let key = (event.stage_id, event.stage_attempt_id);
        let comes_too_late = |stage: &super::LiveStage| stage.is_closed || stage.has_ended(info.task_id);
        if self.running.has(info.task_id) || self.stages.get(&key).is_some_and(comes_too_late) {
            self.unknown_ids += 1;
            return;
        }
        let row = TaskRow::begun(info, self.host(&info.host));
        let stage = self.stage_or_unknown(key);
        let was_pending = stage.is_alive();
        let view = stage.view.get_mut();
        view.data.num_active_tasks += 1;
        let launched = Date(info.launch_time);
        view.data.first_task_launched_time =
            view.data.first_task_launched_time.min(Some(launched)).or(Some(launched));
        let place = view.tasks.push(row);
        let jobs = stage.jobs.clone();
        let executor = info.executor_id.clone();
        self.running.begin(info.task_id, RunningTask { stage: key, place, executor });
        self.tasks += 1;
        self.each_job(&jobs, |job| {
            job.is_alive();
            let data = job.data.get_mut();
            data.num_active_tasks += 1;
            data.num_active_stages += i64::from(was_pending);
        });
        self.executors.task_started(&info.executor_id);
        self.retain_tasks(key);
    }

    pub(super) fn task_getting_result(&mut self, event: &TaskGettingResult) {
        let info = &event.task_info;
        self.happened(info.getting_result_time);
        self.revive(info.task_id);
        if let Some(RunningTask { stage, place, .. }) = self.running.get(info.task_id).cloned()
            && let Some(stage) = self.stages.get_mut(&stage)
            && let Some(task) = stage.view.get_mut().tasks.get_mut(place)
        {
            task.told(info);
        }
    }

    pub(super) fn task_ended(&mut self, event: &TaskEnd) {
        let info = &event.task_info;
        self.happened(info.finish_time);
        let key = (event.stage_id, event.stage_attempt_id);
        // The output of an attempt that had done its work was lost: a second end, and nothing that ran.
        let is_resubmitted = matches!(event.task_end_reason, TaskEndReason::Resubmitted(_));
        let is_told_again = |stage: &super::LiveStage| stage.has_ended(info.task_id) && !is_resubmitted;
        if self.stages.get(&key).is_none_or(is_told_again) {
            self.unknown_ids += 1;
        }
        if self.stages.get(&key).is_some_and(is_told_again) {
            return;
        }
        let counts = Counts::from(&event.task_end_reason);
        let ran = self.running.end(info.task_id, key);
        let was_active =
            i64::from(ran.as_ref().is_some_and(|(_, certainty)| *certainty == Certainty::Certain));
        if ran.is_some() || !is_resubmitted {
            self.end_row(key, event, ran);
        }
        self.stage_task_ended(key, event, counts, was_active);
        self.executors.task_ended(event, counts, was_active);
        self.retain_tasks(key);
    }

    /// Writes into its row how a task attempt ended; where its start was dropped, into a new one.
    fn end_row(&mut self, key: StageKey, event: &TaskEnd, ran: Option<(RunningTask, Certainty)>) {
        let info = &event.task_info;
        let host = if ran.is_none() { self.host(&info.host) } else { std::sync::Arc::default() };
        let Some(stage) = self.stages.get_mut(&key).filter(|stage| !stage.is_closed || ran.is_some()) else {
            return;
        };
        let error = error_message(&event.task_end_reason).map(|text| stage.failure(text));
        stage.task_has_ended(info.task_id);
        let view = stage.view.get_mut();
        if let Some((_, Certainty::Doubted)) = &ran {
            view.data.num_unknown_tasks -= 1;
        }
        let place = ran.map_or_else(
            || {
                self.tasks += 1;
                view.tasks.push(TaskRow::begun(info, host))
            },
            |(task, _)| task.place,
        );
        let cost = match view.tasks.get_mut(place) {
            Some(task) => task.ended(event, error),
            // The row was given up, so that there is room, while its task ran.
            None => event.task_metrics.as_ref().map(MetricValues::from),
        };
        if let Some(cost) = cost {
            view.data.metrics.add(&cost);
            stage.executor(&info.executor_id).add(&cost);
        }
    }

    fn stage_task_ended(&mut self, key: StageKey, event: &TaskEnd, counts: Counts, was_active: i64) {
        let Some(stage) = self.stages.get_mut(&key).filter(|stage| !stage.is_closed) else {
            return;
        };
        let info = &event.task_info;
        if counts.completed > 0 {
            stage.completed_index(info.index);
        }
        let data = &mut stage.view.get_mut().data;
        data.num_active_tasks = (data.num_active_tasks - was_active).max(0);
        data.num_complete_tasks += counts.completed;
        data.num_failed_tasks += counts.failed;
        data.num_killed_tasks += counts.killed;
        let killed = killed::kill_reason(&event.task_end_reason);
        if let Some(reason) = &killed {
            killed::count(&mut data.killed_tasks_summary, reason);
        }
        stage.peaks(&info.executor_id, &event.task_executor_metrics);
        stage.executor_did(event, counts);
        stage.close_if_over();
        let jobs = stage.jobs.clone();
        self.each_job(&jobs, |job| {
            if counts.completed > 0 {
                job.completed_index(key.0, info.index);
            }
            let data = job.data.get_mut();
            data.num_active_tasks = (data.num_active_tasks - was_active).max(0);
            data.num_completed_tasks += counts.completed;
            data.num_failed_tasks += counts.failed;
            data.num_killed_tasks += counts.killed;
            if let Some(reason) = &killed {
                killed::count(&mut data.killed_tasks_summary, reason);
            }
            job.settle();
        });
    }

    /// A heartbeat tells what a running task has cost so far.
    pub(super) fn task_progressed(
        &mut self,
        progress: &TaskProgress,
        executor: &ExecutorId,
        costs: &MetricValues,
    ) {
        self.revive(progress.task_id);
        let Some(RunningTask { stage, place, .. }) = self.running.get(progress.task_id).cloned() else {
            return;
        };
        let Some(stage) = self.stages.get_mut(&stage) else { return };
        let view = stage.view.get_mut();
        let Some(task) = view.tasks.get_mut(place) else { return };
        let delta = task.costs(costs);
        view.data.metrics.add(&delta);
        stage.executor(executor).add(&delta);
    }

    /// A task attempt gives a sign of life: if it was in doubt whether it runs, it does.
    fn revive(&mut self, id: TaskId) {
        let Some(RunningTask { stage, place, executor }) = self.running.revive(id) else { return };
        let Some(stage) = self.stages.get_mut(&stage) else { return };
        let view = stage.view.get_mut();
        view.data.num_unknown_tasks -= 1;
        view.data.num_active_tasks += 1;
        if let Some(task) = view.tasks.get_mut(place) {
            task.status = TaskStatus::Running;
        }
        stage.is_alive();
        stage.is_closed = false;
        let jobs = stage.jobs.clone();
        self.each_job(&jobs, |job| {
            job.is_alive();
            job.data.get_mut().num_active_tasks += 1;
        });
        if let Some(executor) = self.executors.active(executor.as_str()) {
            executor.active_tasks += 1;
        }
    }
}
