//! Memory is bounded, and what is over goes first.

use listener_bus::events::{JobId, StageAttemptId, StageId, TaskKilled};
use listener_bus::status::{AppStatusListener, JobStatus, StageStatus, StatusSettings};
use listener_bus::{Gap, SchedulerListener};

use crate::support::at_once;
use crate::support::events::{
    application_end, application_start, completed, executor_added, executor_removed, job_end, job_start,
    log_start, stage, submitted, task_end, task_end_for, task_start,
};

fn listener(settings: impl FnOnce(StatusSettings) -> StatusSettings) -> AppStatusListener {
    AppStatusListener::new(settings(at_once()))
}

const STAGE: (StageId, StageAttemptId) = (StageId(0), StageAttemptId(0));

#[test]
fn beyond_the_limit_the_jobs_that_ended_first_go_and_running_ones_stay() {
    let mut listener = listener(|all| all.retained_jobs(20));
    listener.on_scheduler_event(&job_start(0, &[]));
    for job in 1..=20 {
        listener.on_scheduler_event(&job_start(job, &[]));
        listener.on_scheduler_event(&job_end(job));
    }
    let view = listener.store().view();
    let jobs: Vec<_> = view.current().unwrap().jobs.keys().map(|id| id.0).collect();
    let expected: Vec<_> = std::iter::once(0).chain(3..=20).collect();
    assert_eq!(jobs, expected, "a tenth of the limit went, and not the one that runs");
    assert_eq!(view.current().unwrap().jobs[&JobId(0)].status, JobStatus::Running);
}

#[test]
fn beyond_the_limit_skipped_stages_go_first_and_then_those_that_ended_first() {
    let mut listener = listener(|all| all.retained_stages(4));
    let stages: Vec<_> = (0..4).map(|id| stage(id, 0, 1)).collect();
    listener.on_scheduler_event(&job_start(0, &stages));
    for info in &stages[1..3] {
        listener.on_scheduler_event(&submitted(info.clone()));
        listener.on_scheduler_event(&completed(info.clone()));
    }
    listener.on_scheduler_event(&submitted(stages[3].clone()));
    listener.on_scheduler_event(&job_end(0));
    let kept = |listener: &AppStatusListener| {
        let view = listener.store().view();
        view.current().unwrap().stages.keys().map(|(id, _)| id.0).collect::<Vec<_>>()
    };
    listener.on_scheduler_event(&submitted(stage(4, 0, 1)));
    assert_eq!(kept(&listener), [1, 2, 3, 4], "the skipped one went");
    listener.on_scheduler_event(&submitted(stage(5, 0, 1)));
    assert_eq!(kept(&listener), [2, 3, 4, 5], "the one that ended first went");
    listener.on_scheduler_event(&submitted(stage(6, 0, 1)));
    listener.on_scheduler_event(&submitted(stage(7, 0, 1)));
    assert_eq!(kept(&listener), [3, 4, 5, 6, 7], "those that run stay");
    let view = listener.store().view();
    assert!(view.current().unwrap().active_stages().all(|stage| stage.data().status == StageStatus::Active));
}

#[test]
fn a_stage_keeps_its_newest_tasks_and_all_counts() {
    let mut listener = listener(|all| all.retained_tasks(1000));
    listener.on_scheduler_event(&job_start(0, &[stage(0, 0, 5000)]));
    listener.on_scheduler_event(&submitted(stage(0, 0, 5000)));
    listener.on_scheduler_event(&task_start(0, 0));
    for task in 1..5000 {
        listener.on_scheduler_event(&task_start(0, task));
        listener.on_scheduler_event(&task_end(0, task));
    }
    let store = listener.store();
    let view = store.view();
    let kept = &view.current().unwrap().stages[&STAGE];
    assert!((800..=1000).contains(&kept.task_count()), "{}", kept.task_count());
    assert_eq!(kept.tasks().map(|task| task.task_id.0).min(), Some(0), "the one that runs stays");
    assert_eq!(kept.tasks().map(|task| task.task_id.0).max(), Some(4999));
    assert_eq!((kept.data().num_complete_tasks, kept.data().num_active_tasks), (4999, 1));
    listener.on_scheduler_event(&task_end(0, 0));
    let view = store.view();
    assert_eq!(view.current().unwrap().stages[&STAGE].data().num_active_tasks, 0);
}

#[test]
fn where_all_tasks_run_the_oldest_rows_go_and_the_counts_stay_right() {
    let mut listener = listener(|all| all.retained_tasks(200));
    listener.on_scheduler_event(&submitted(stage(0, 0, 1000)));
    for task in 0..1000 {
        listener.on_scheduler_event(&task_start(0, task));
    }
    for task in 0..1000 {
        listener.on_scheduler_event(&task_end(0, task));
    }
    let view = listener.store().view();
    let kept = &view.current().unwrap().stages[&STAGE];
    assert!(kept.task_count() <= 200);
    assert_eq!((kept.data().num_complete_tasks, kept.data().num_active_tasks), (1000, 0));
}

#[test]
fn all_stages_together_keep_no_more_tasks_than_the_limit() {
    let mut listener = listener(|all| all.retained_tasks_in_all(1000));
    for id in 0..10 {
        listener.on_scheduler_event(&submitted(stage(id, 0, 300)));
        for task in 0..300 {
            let task = i64::from(id) * 300 + task;
            listener.on_scheduler_event(&task_start(id, task));
            listener.on_scheduler_event(&task_end(id, task));
        }
        listener.on_scheduler_event(&completed(stage(id, 0, 300)));
    }
    let view = listener.store().view();
    let counts: Vec<_> = view.current().unwrap().stages.values().map(|stage| stage.task_count()).collect();
    assert!(counts.iter().sum::<usize>() <= 1000, "{counts:?}");
    assert_eq!(counts.last(), Some(&300), "the newest stage keeps its tasks");
}

#[test]
fn the_executors_that_went_first_are_forgotten() {
    let mut listener = listener(|all| all.retained_dead_executors(2));
    for id in 0..5 {
        listener.on_scheduler_event(&executor_added(&id.to_string()));
    }
    for id in [3, 1, 0] {
        listener.on_scheduler_event(&executor_removed(&id.to_string(), 2000 - id));
    }
    let view = listener.store().view();
    let kept: Vec<_> = view.current().unwrap().executors.keys().map(|id| id.as_str().to_owned()).collect();
    assert_eq!(kept, ["0", "1", "2", "4"]);
}

#[test]
fn the_oldest_applications_are_forgotten() {
    let mut listener = listener(|all| all.retained_applications(3));
    for id in 0..6 {
        for event in [log_start(), application_start(&format!("app-{id}"), 100), application_end(200)] {
            listener.on_scheduler_event(&event);
        }
    }
    let view = listener.store().view();
    let kept: Vec<_> = view.applications.iter().map(|application| &*application.info.id).collect();
    assert_eq!(kept, ["app-5", "app-4", "app-3"]);
}

#[test]
fn jobs_and_stages_whose_ends_were_dropped_are_forgotten_too() {
    let mut listener = listener(|all| all.retained_jobs(20).retained_stages(20));
    for id in 0..500 {
        listener.on_scheduler_event(&job_start(id, &[stage(id, 0, 1)]));
        listener.on_scheduler_event(&submitted(stage(id, 0, 1)));
        listener.on_scheduler_event(&task_start(id, i64::from(id)));
        listener.on_gap(&Gap { first: 1, last: 1 });
    }
    let view = listener.store().view();
    let application = view.current().unwrap();
    assert!(application.jobs.len() <= 22 && application.stages.len() <= 22, "{}", application.jobs.len());
}

#[test]
fn what_runs_is_forgotten_beyond_four_times_the_limit() {
    let mut listener = listener(|all| all.retained_jobs(20).retained_stages(20));
    for id in 0..500 {
        listener.on_scheduler_event(&job_start(id, &[stage(id, 0, 1)]));
        listener.on_scheduler_event(&submitted(stage(id, 0, 1)));
    }
    let view = listener.store().view();
    let application = view.current().unwrap();
    assert!((80..=84).contains(&application.jobs.len()), "{}", application.jobs.len());
    assert!((80..=84).contains(&application.stages.len()), "{}", application.stages.len());
    assert!(application.jobs.contains_key(&JobId(499)));
}

#[test]
fn so_many_reasons_to_kill_are_told_apart() {
    let mut listener = listener(|all| all);
    listener.on_scheduler_event(&submitted(stage(0, 0, 2000)));
    for id in 0..2000 {
        let kill_reason = format!("{id} {}", "why ".repeat(1000));
        let killed = TaskKilled { kill_reason, ..TaskKilled::default() };
        listener.on_scheduler_event(&task_start(0, id));
        listener.on_scheduler_event(&task_end_for(0, id, killed.into()));
    }
    let view = listener.store().view();
    let reasons = &view.current().unwrap().stages[&STAGE].data().killed_tasks_summary;
    assert_eq!((reasons.len(), reasons["other reasons"]), (1001, 1000));
    assert!(reasons.keys().all(|reason| reason.len() < 1100));
}
