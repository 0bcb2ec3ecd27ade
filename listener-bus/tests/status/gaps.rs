//! Where events were dropped, nothing seems to run for ever.

use listener_bus::events::{JobId, StageAttemptId, StageId, TaskId};
use listener_bus::status::{AppStatusListener, Date, JobStatus, StageStatus, TaskStatus};
use listener_bus::{Gap, SchedulerListener};

use crate::support::at_once;
use crate::support::events::{
    completed, executor_added, job_end, job_start, stage, submitted, task_end, task_start,
};

const JOB: JobId = JobId(0);
const STAGE: (StageId, StageAttemptId) = (StageId(0), StageAttemptId(0));

/// A job, a stage with two tasks that run, and then three events that were dropped.
fn with_a_gap() -> AppStatusListener {
    let mut listener = AppStatusListener::new(at_once());
    let events = [
        executor_added("1"),
        job_start(0, &[stage(0, 0, 3)]),
        submitted(stage(0, 0, 3)),
        task_start(0, 0),
        task_start(0, 1),
    ];
    for event in events {
        listener.on_scheduler_event(&event);
    }
    listener.on_gap(&Gap { first: 6, last: 8 });
    listener
}

#[test]
fn what_ran_when_events_were_dropped_is_unknown_since_then() {
    let view = with_a_gap().store().view();
    let application = view.current().unwrap();
    assert_eq!((application.dropped_events, application.last_gap), (3, Some(Date(2001))));
    let job = &application.jobs[&JOB];
    assert_eq!(
        (job.status, job.unknown_since, job.num_active_tasks),
        (JobStatus::Unknown, Some(Date(2001)), 0)
    );
    let stage = &application.stages[&STAGE];
    assert_eq!(stage.data().status, StageStatus::Unknown);
    assert_eq!((stage.data().num_active_tasks, stage.data().num_unknown_tasks), (0, 2));
    assert!(stage.tasks().all(|task| task.status == TaskStatus::Unknown(Date(2001))));
    let executor = &application.executors["1"];
    assert_eq!((executor.active_tasks, executor.unknown_since), (0, Some(Date(2001))));
}

#[test]
fn a_sign_of_life_ends_the_doubt() {
    let mut listener = with_a_gap();
    listener.on_scheduler_event(&task_start(0, 2));
    let view = listener.store().view();
    let application = view.current().unwrap();
    assert_eq!(application.jobs[&JOB].status, JobStatus::Running);
    let stage = &application.stages[&STAGE];
    assert_eq!((stage.data().status, stage.data().unknown_since), (StageStatus::Active, None));
    assert_eq!((stage.data().num_active_tasks, stage.data().num_unknown_tasks), (1, 2));
    assert_eq!(application.executors["1"].unknown_since, None);
}

#[test]
fn a_task_in_doubt_that_ends_is_counted_once() {
    let mut listener = with_a_gap();
    for event in [task_end(0, 0), completed(stage(0, 0, 3)), job_end(0)] {
        listener.on_scheduler_event(&event);
    }
    let view = listener.store().view();
    let application = view.current().unwrap();
    let stage = &application.stages[&STAGE];
    assert_eq!(stage.data().status, StageStatus::Complete);
    assert_eq!((stage.data().num_active_tasks, stage.data().num_unknown_tasks), (0, 1));
    assert_eq!((stage.data().num_complete_tasks, stage.data().num_completed_indices), (1, 1));
    assert_eq!(stage.task(TaskId(0)).unwrap().status, TaskStatus::Success);
    assert_eq!(stage.task(TaskId(1)).unwrap().status, TaskStatus::Unknown(Date(2001)), "it does not run");
    let job = &application.jobs[&JOB];
    assert_eq!((job.status, job.num_active_tasks, job.unknown_since), (JobStatus::Succeeded, 0, None));
}

#[test]
fn a_task_whose_start_was_dropped_has_a_row_all_the_same() {
    let mut listener = with_a_gap();
    listener.on_scheduler_event(&task_end(0, 2));
    let view = listener.store().view();
    let stage = &view.current().unwrap().stages[&STAGE];
    assert_eq!(
        (stage.task_count(), stage.data().num_active_tasks, stage.data().num_complete_tasks),
        (3, 0, 1)
    );
}

#[test]
fn a_second_gap_puts_nothing_in_doubt_twice() {
    let mut listener = with_a_gap();
    listener.on_gap(&Gap { first: 9, last: 9 });
    let view = listener.store().view();
    let application = view.current().unwrap();
    let stage = application.stages[&STAGE].data();
    assert_eq!((stage.num_active_tasks, stage.num_unknown_tasks, application.dropped_events), (0, 2, 4));
}

#[test]
fn a_job_whose_stages_ended_in_a_gap_has_none_that_run() {
    let mut listener = with_a_gap();
    listener.on_scheduler_event(&job_end(0));
    let view = listener.store().view();
    let job = &view.current().unwrap().jobs[&JOB];
    assert_eq!((job.status, job.num_active_stages, job.num_active_tasks), (JobStatus::Succeeded, 0, 0));
}

#[test]
fn a_stage_whose_submission_was_dropped_runs_once_a_task_starts() {
    let mut listener = AppStatusListener::new(at_once());
    listener.on_scheduler_event(&job_start(0, &[stage(0, 0, 3)]));
    listener.on_gap(&Gap { first: 2, last: 2 });
    listener.on_scheduler_event(&task_start(0, 0));
    let view = listener.store().view();
    let application = view.current().unwrap();
    assert_eq!(application.stages[&STAGE].data().status, StageStatus::Active);
    assert_eq!(application.jobs[&JOB].num_active_stages, 1);
    for event in [task_end(0, 0), completed(stage(0, 0, 3)), job_end(0)] {
        listener.on_scheduler_event(&event);
    }
    let view = listener.store().view();
    let job = &view.current().unwrap().jobs[&JOB];
    assert_eq!((job.num_active_stages, job.num_completed_stages), (0, 1));
}
