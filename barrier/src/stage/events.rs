//! What the bus is told of a stage attempt.

use listener_bus::SchedulerEvent;
use listener_bus::events::{
    Locality, RddId, RddInfo, StageCompleted, StageInfo, StageSubmitted, TaskEnd, TaskEndReason, TaskInfo,
    TaskMetrics, TaskStart,
};

use super::board::partition;
use super::plan::Plan;
use crate::pace::Post;
use crate::slots::Slot;
use crate::task::{BarrierTask, StageAttempt};

/// Tells the bus of one stage attempt.
#[derive(Clone, Debug)]
pub(crate) struct Announcer<'s> {
    pub(crate) plan: &'s Plan,
    pub(crate) id: StageAttempt,
    pub(crate) num_tasks: usize,
    pub(crate) post: Post,
}

impl Announcer<'_> {
    pub(crate) fn stage_submitted(&self, submission_time: i64) {
        let stage_info = self.stage_info(submission_time);
        self.post(StageSubmitted { stage_info, ..StageSubmitted::default() });
    }

    pub(crate) fn stage_completed(&self, times: (i64, i64), failure_reason: Option<String>) {
        let (submission_time, completion_time) = times;
        let stage_info = StageInfo {
            completion_time: Some(completion_time),
            failure_reason,
            ..self.stage_info(submission_time)
        };
        self.post(StageCompleted { stage_info, ..StageCompleted::default() });
    }

    pub(crate) fn task_started(&self, task_info: &TaskInfo) {
        self.post(TaskStart {
            stage_id: self.id.stage_id,
            stage_attempt_id: self.id.attempt_id,
            task_info: task_info.clone(),
            ..TaskStart::default()
        });
    }

    /// A task has ended, with all that its info says by now; `metrics` if it has said so itself.
    pub(crate) fn task_ended(
        &self,
        task_info: &TaskInfo,
        reason: TaskEndReason,
        metrics: Option<TaskMetrics>,
    ) {
        self.post(TaskEnd {
            stage_id: self.id.stage_id,
            stage_attempt_id: self.id.attempt_id,
            task_type: self.plan.task_type.clone(),
            task_end_reason: reason,
            task_info: task_info.clone(),
            task_metrics: metrics,
            ..TaskEnd::default()
        });
    }

    fn stage_info(&self, submission_time: i64) -> StageInfo {
        let Self { plan, id, num_tasks, .. } = self;
        let number_of_tasks = partition(*num_tasks).0;
        let rdd_info = RddInfo {
            rdd_id: RddId(id.stage_id.0),
            name: Some(plan.name.clone()),
            barrier: true,
            number_of_partitions: number_of_tasks,
            ..RddInfo::default()
        };
        StageInfo {
            stage_id: id.stage_id,
            stage_attempt_id: id.attempt_id,
            stage_name: plan.name.clone(),
            number_of_tasks,
            rdd_info: vec![rdd_info],
            submission_time: Some(submission_time),
            ..StageInfo::default()
        }
    }

    fn post(&self, event: impl Into<SchedulerEvent>) {
        let Some(poster) = &self.plan.poster else { return };
        // What becomes of it is counted and logged by the bus.
        let _posted = (self.post)(poster, event.into());
    }
}

/// A task of a gang that has not been launched.
pub(crate) fn task_info(task: &BarrierTask, slot: &Slot) -> TaskInfo {
    TaskInfo {
        task_id: task.task_attempt_id,
        index: task.partition_id.0,
        attempt: 0,
        partition_id: task.partition_id,
        executor_id: slot.executor_id().clone(),
        host: slot.host().to_string(),
        locality: Locality::ProcessLocal,
        ..TaskInfo::default()
    }
}

/// Completes a task's info with how it ended.
pub(crate) fn finish(info: &mut TaskInfo, reason: &TaskEndReason, finish_time: i64) {
    info.finish_time = finish_time;
    info.killed = matches!(reason, TaskEndReason::TaskKilled(_));
    info.failed = !reason.is_success() && !info.killed;
}

/// What a task has cost that has told of its end.
pub(crate) fn metrics(info: &TaskInfo) -> TaskMetrics {
    let executor_run_time = info.finish_time.saturating_sub(info.launch_time).max(0);
    TaskMetrics { executor_run_time, ..TaskMetrics::default() }
}
