//! What happens to task attempts.

use super::{Counts, LiveApplication, StageKey};
use crate::events::{ExecutorId, TaskEnd, TaskEndReason, TaskGettingResult, TaskProgress, TaskStart};
use crate::status::task::error_message;
use crate::status::{Date, MetricValues, TaskRow, TaskStatus};

impl LiveApplication {
    pub(super) fn task_started(&mut self, event: &TaskStart) {
        let info = &event.task_info;
        self.happened(info.launch_time);
        let key = (event.stage_id, event.stage_attempt_id);
        if self.stages.get(&key).is_some_and(|stage| stage.is_closed)
            || self.running.contains_key(&info.task_id)
        {
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
        self.running.insert(info.task_id, (key, place));
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
        if let Some((key, place)) = self.running.get(&info.task_id).copied()
            && let Some(stage) = self.stages.get_mut(&key)
            && let Some(task) = stage.view.get_mut().tasks.get_mut(place)
        {
            task.told(info);
        }
    }

    pub(super) fn task_ended(&mut self, event: &TaskEnd) {
        let info = &event.task_info;
        self.happened(info.finish_time);
        let key = (event.stage_id, event.stage_attempt_id);
        self.unknown_ids += u64::from(!self.stages.contains_key(&key));
        let counts = Counts::from(&event.task_end_reason);
        let ended = self.end_row(key, event);
        // It has no start of its own: the attempt was over before.
        let was_active = i64::from(ended == Ended::Running);
        self.stage_task_ended(key, event, counts, was_active);
        self.executors.task_ended(event, counts, was_active);
        self.retain_tasks(key);
    }

    /// Writes into its row how a task attempt ended.
    fn end_row(&mut self, key: StageKey, event: &TaskEnd) -> Ended {
        let info = &event.task_info;
        let place = self.running.remove(&info.task_id);
        let resubmitted = matches!(event.task_end_reason, TaskEndReason::Resubmitted(_));
        let host = if place.is_none() { self.host(&info.host) } else { std::sync::Arc::default() };
        let Some(stage) = self.stages.get_mut(&key).filter(|stage| !stage.is_closed || place.is_some())
        else {
            return Ended::NoRow;
        };
        let error = error_message(&event.task_end_reason).map(|text| stage.failure(text));
        let view = stage.view.get_mut();
        let mut was_begun = true;
        let place = match place {
            Some((_, place)) => place,
            // Its output was lost after it had done its work, as the row says.
            None if resubmitted => return Ended::NoRow,
            // Its start was dropped.
            None => {
                self.tasks += 1;
                let place = view.tasks.push(TaskRow::begun(info, host));
                was_begun = false;
                place
            }
        };
        // A row that was given up, so that there is room, while its task ran.
        let Some(task) = view.tasks.get_mut(place) else { return Ended::Running };
        let was = task.status;
        let delta = task.ended(event, error);
        if let Some(delta) = delta {
            view.data.metrics.add(&delta);
            stage.executor(&info.executor_id).add(&delta);
        }
        match was {
            TaskStatus::Unknown(_) => {
                stage.view.get_mut().data.num_unknown_tasks -= 1;
                Ended::Unknown
            }
            _ if was_begun => Ended::Running,
            _ => Ended::NoRow,
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
        let killed = if counts.killed > 0 { kill_reason(&event.task_end_reason) } else { None };
        if let Some(reason) = &killed {
            *data.killed_tasks_summary.entry(reason.clone()).or_default() += 1;
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
                *data.killed_tasks_summary.entry(reason.clone()).or_default() += 1;
            }
        });
    }

    /// A heartbeat tells what a running task has cost so far.
    pub(super) fn task_progressed(
        &mut self,
        progress: &TaskProgress,
        executor: &ExecutorId,
        costs: &MetricValues,
    ) {
        let Some((key, place)) = self.running.get(&progress.task_id).copied() else { return };
        let Some(stage) = self.stages.get_mut(&key) else { return };
        let view = stage.view.get_mut();
        let Some(task) = view.tasks.get_mut(place) else { return };
        let was_unknown = matches!(task.status, TaskStatus::Unknown(_));
        if was_unknown {
            task.status = TaskStatus::Running;
            view.data.num_unknown_tasks -= 1;
            view.data.num_active_tasks += 1;
        }
        let delta = task.costs(costs);
        view.data.metrics.add(&delta);
        stage.executor(executor).add(&delta);
        stage.is_alive();
        if was_unknown {
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
}

/// What was known of a task attempt that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// It ran.
    Running,
    /// Whether it ran was unknown.
    Unknown,
    /// There is no row that would say so.
    NoRow,
}

fn kill_reason(reason: &TaskEndReason) -> Option<String> {
    match reason {
        TaskEndReason::TaskKilled(killed) => Some(killed.kill_reason.clone()),
        denied @ TaskEndReason::TaskCommitDenied(_) => error_message(denied),
        _ => None,
    }
}
