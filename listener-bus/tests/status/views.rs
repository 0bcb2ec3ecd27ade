//! What readers see.

use std::sync::Arc;
use std::time::Duration;

use listener_bus::SchedulerListener;
use listener_bus::events::{JobId, StageAttemptId, StageId};
use listener_bus::status::{AppStatusListener, StatusSettings, StatusTracker, TaskMetricDistributions};

use crate::support::events::{
    completed, job_end, job_start, job_start_with, stage, submitted, task_end, task_start,
};
use crate::support::{at_once, told};

const STAGE: (StageId, StageAttemptId) = (StageId(0), StageAttemptId(0));

#[test]
fn a_view_stays_as_it_was() {
    let mut listener = AppStatusListener::new(at_once());
    for event in [submitted(stage(0, 0, 2)), task_start(0, 0)] {
        listener.on_scheduler_event(&event);
    }
    let before = listener.store().view();
    listener.on_scheduler_event(&task_end(0, 0));
    listener.on_scheduler_event(&task_start(0, 1));
    let kept = &before.current().unwrap().stages[&STAGE];
    assert_eq!((kept.task_count(), kept.data().num_active_tasks, kept.data().num_complete_tasks), (1, 1, 0));
    assert!(kept.tasks().next().unwrap().finish_time.is_none());
    let after = listener.store().view();
    let now = &after.current().unwrap().stages[&STAGE];
    assert_eq!((now.task_count(), now.data().num_complete_tasks), (2, 1));
    assert!(after.version > before.version);
}

#[test]
fn what_has_not_changed_is_shared_between_views() {
    let mut listener = AppStatusListener::new(at_once());
    for event in [job_start(0, &[]), job_start(1, &[])] {
        listener.on_scheduler_event(&event);
    }
    let before = listener.store().view();
    assert!(Arc::ptr_eq(&before, &listener.store().view()), "nothing has changed");
    listener.on_scheduler_event(&job_end(1));
    let after = listener.store().view();
    let job = |id| (&before.current().unwrap().jobs[&JobId(id)], &after.current().unwrap().jobs[&JobId(id)]);
    assert!(Arc::ptr_eq(job(0).0, job(0).1));
    assert!(!Arc::ptr_eq(job(1).0, job(1).1));
}

#[test]
fn readers_share_a_view_for_the_live_update_period() {
    let mut listener =
        AppStatusListener::new(StatusSettings::default().live_update_period(Duration::from_hours(1)));
    listener.on_scheduler_event(&job_start(0, &[]));
    let first = listener.store().view();
    listener.on_scheduler_event(&job_start(1, &[]));
    assert!(Arc::ptr_eq(&first, &listener.store().view()));
}

/// Job 1, with one stage, has a group and tags; job 0 has none, and is over.
fn two_jobs() -> AppStatusListener {
    let mut listener = AppStatusListener::new(at_once());
    let etl = [("spark.jobGroup.id", "etl"), ("spark.job.tags", "nightly,big")];
    let events = [
        job_start(0, &[]),
        job_start_with(1, &[stage(0, 0, 2)], &etl),
        submitted(stage(0, 0, 2)),
        task_start(0, 0),
        task_end(0, 0),
        task_start(0, 1),
        job_end(0),
    ];
    for event in &events {
        listener.on_scheduler_event(event);
    }
    listener
}

#[test]
fn the_tracker_finds_jobs_by_group_and_by_tag() {
    let tracker = StatusTracker::new(two_jobs().store());
    assert_eq!(tracker.job_ids_for_group(Some("etl")), [JobId(1)]);
    assert_eq!(tracker.job_ids_for_group(None), [JobId(0)]);
    assert_eq!(tracker.job_ids_for_tag("big"), [JobId(1)]);
    assert!(tracker.job_ids_for_tag("bi").is_empty());
    let nothing_yet = StatusTracker::new(AppStatusListener::default().store());
    assert!(nothing_yet.active_job_ids().is_empty() && nothing_yet.job_ids_for_group(None).is_empty());
}

#[test]
fn the_tracker_tells_what_runs_and_how_far_it_is() {
    let mut listener = two_jobs();
    let tracker = StatusTracker::new(listener.store());
    assert_eq!(tracker.active_job_ids(), [JobId(1)]);
    assert_eq!(tracker.active_stage_ids(), [StageId(0)]);
    assert_eq!(*tracker.job_info(JobId(1)).unwrap().stage_ids, [StageId(0)]);
    let info = tracker.stage_info(StageId(0)).unwrap();
    assert_eq!(
        (info.num_tasks, info.num_completed_tasks, info.num_active_tasks, info.num_failed_tasks),
        (2, 1, 1, 0)
    );
    listener.on_scheduler_event(&completed(stage(0, 0, 2)));
    listener.on_scheduler_event(&submitted(stage(0, 1, 1)));
    assert_eq!(tracker.stage_info(StageId(0)).unwrap().current_attempt_id, StageAttemptId(1));
    assert_eq!(tracker.job_info(JobId(9)), None);
    assert_eq!(tracker.stage_info(StageId(9)), None);
}

#[test]
fn quantiles_are_values_that_occur_among_the_tasks_that_did_their_work() {
    let mut events = vec![submitted(stage(0, 0, 10))];
    events.extend((0..10).flat_map(|id| [task_start(0, id), task_end(0, id)]));
    events.push(task_start(0, 10));
    let view = told(&events).view();
    let stage = &view.current().unwrap().stages[&STAGE];
    let quantiles = stage.quantiles().unwrap();
    assert_eq!(quantiles.values.executor_run_time, [100.0, 102.0, 105.0, 107.0, 109.0]);
    assert_eq!(quantiles.values.duration, [1000.0, 1002.0, 1005.0, 1007.0, 1009.0]);
    let none = std::iter::empty();
    assert_eq!(TaskMetricDistributions::of(none, &[0.5]), None);
}
