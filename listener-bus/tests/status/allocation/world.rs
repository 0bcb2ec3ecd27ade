//! Events of a small application.

use std::io::Read;

use flate2::read::GzDecoder;
use listener_bus::events::{
    Bare, ExecutorAdded, ExecutorId, ExecutorRemoved, JobEnd, JobId, JobStart, RddInfo, SchedulerEvent,
    SpeculativeTaskSubmitted, StageAttemptId, StageCompleted, StageId, StageInfo, StageSubmitted, TaskEnd,
    TaskEndReason, TaskId, TaskInfo, TaskStart, UnschedulableTaskSetAdded,
};

pub(crate) fn unzipped(log: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(log).read_to_string(&mut text).unwrap();
    text
}

fn stage(id: i32, attempt: i32, tasks: i32) -> StageInfo {
    StageInfo {
        stage_id: StageId(id),
        stage_attempt_id: StageAttemptId(attempt),
        number_of_tasks: tasks,
        ..StageInfo::default()
    }
}

pub(crate) fn submitted(id: i32, attempt: i32, tasks: i32, at: i64) -> SchedulerEvent {
    let stage_info = StageInfo { submission_time: Some(at), ..stage(id, attempt, tasks) };
    StageSubmitted { stage_info, ..StageSubmitted::default() }.into()
}

pub(crate) fn barrier_submitted(id: i32, tasks: i32, at: i64) -> SchedulerEvent {
    let rdd_info = vec![RddInfo { barrier: true, ..RddInfo::default() }];
    let stage_info = StageInfo { submission_time: Some(at), rdd_info, ..stage(id, 0, tasks) };
    StageSubmitted { stage_info, ..StageSubmitted::default() }.into()
}

pub(crate) fn completed(id: i32, attempt: i32, at: i64) -> SchedulerEvent {
    let stage_info = StageInfo { completion_time: Some(at), ..stage(id, attempt, 0) };
    StageCompleted { stage_info, ..StageCompleted::default() }.into()
}

fn task(index: i32, id: i64, executor: &str) -> TaskInfo {
    TaskInfo { task_id: TaskId(id), index, executor_id: ExecutorId::from(executor), ..TaskInfo::default() }
}

pub(crate) fn task_start(stage: (i32, i32), index: i32, id: i64, executor: &str, at: i64) -> SchedulerEvent {
    started(stage, TaskInfo { launch_time: at, ..task(index, id, executor) })
}

pub(crate) fn speculative_start(
    stage: (i32, i32),
    index: i32,
    id: i64,
    executor: &str,
    at: i64,
) -> SchedulerEvent {
    started(stage, TaskInfo { launch_time: at, speculative: true, ..task(index, id, executor) })
}

fn started((stage, attempt): (i32, i32), task_info: TaskInfo) -> SchedulerEvent {
    let (stage_id, stage_attempt_id) = (StageId(stage), StageAttemptId(attempt));
    TaskStart { stage_id, stage_attempt_id, task_info, ..TaskStart::default() }.into()
}

macro_rules! task_ends {
    ($($name:ident: $reason:expr;)*) => {$(
        pub(crate) fn $name((stage, attempt): (i32, i32), index: i32, id: i64, executor: &str, at: i64) -> SchedulerEvent {
            TaskEnd {
                stage_id: StageId(stage),
                stage_attempt_id: StageAttemptId(attempt),
                task_info: TaskInfo { finish_time: at, ..task(index, id, executor) },
                task_end_reason: $reason,
                ..TaskEnd::default()
            }
            .into()
        }
    )*};
}

task_ends! {
    succeeded: TaskEndReason::SUCCESS;
    failed: TaskEndReason::ExceptionFailure(Box::default());
    killed: TaskEndReason::TaskKilled(Box::default());
    resubmitted: TaskEndReason::Resubmitted(Bare::default());
}

pub(crate) fn speculative(stage: i32, attempt: i32) -> SchedulerEvent {
    let (stage_id, stage_attempt_id) = (StageId(stage), StageAttemptId(attempt));
    SpeculativeTaskSubmitted { stage_id, stage_attempt_id, ..SpeculativeTaskSubmitted::default() }.into()
}

pub(crate) fn unschedulable(stage: i32, attempt: i32) -> SchedulerEvent {
    let (stage_id, stage_attempt_id) = (StageId(stage), StageAttemptId(attempt));
    UnschedulableTaskSetAdded { stage_id, stage_attempt_id, ..UnschedulableTaskSetAdded::default() }.into()
}

pub(crate) fn added(executor: &str, at: i64) -> SchedulerEvent {
    let executor_id = ExecutorId::from(executor);
    ExecutorAdded { timestamp: at, executor_id, ..ExecutorAdded::default() }.into()
}

pub(crate) fn removed(executor: &str, at: i64) -> SchedulerEvent {
    let executor_id = ExecutorId::from(executor);
    ExecutorRemoved { timestamp: at, executor_id, ..ExecutorRemoved::default() }.into()
}

pub(crate) fn job_start(job: i32, stages: &[i32], at: i64) -> SchedulerEvent {
    let stage_ids = stages.iter().copied().map(StageId).collect();
    JobStart { job_id: JobId(job), submission_time: at, stage_ids, ..JobStart::default() }.into()
}

pub(crate) fn job_end(job: i32, at: i64) -> SchedulerEvent {
    JobEnd { job_id: JobId(job), completion_time: at, ..JobEnd::default() }.into()
}
