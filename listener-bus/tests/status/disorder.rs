//! Events that come late, twice, out of order, or about what nobody has told of.

use listener_bus::events::{
    Bare, ExecutorLostFailure, JobId, SchedulerEvent, StageAttemptId, StageId, TaskEndReason, TaskId,
};
use listener_bus::status::{
    AppStatusListener, ExecutorSummary, JobData, JobStatus, StageStatus, TaskRow, TaskStatus,
};
use listener_bus::{Gap, SchedulerListener};
use proptest::prelude::*;
use std::collections::BTreeSet;

use crate::support::events::{
    application_end, application_start, completed, executor_added, executor_removed, job_end, job_start,
    log_start, stage, submitted, task_end, task_end_for, task_start,
};
use crate::support::{at_once, events_of, told};

const STAGE: (StageId, StageAttemptId) = (StageId(0), StageAttemptId(0));

#[test]
fn a_task_that_ends_after_its_stage_and_its_job_still_counts() {
    let events = [
        job_start(0, &[stage(0, 0, 2)]),
        submitted(stage(0, 0, 2)),
        task_start(0, 0),
        task_start(0, 1),
        task_end(0, 0),
        completed(stage(0, 0, 2)),
        job_end(0),
        task_end(0, 1),
    ];
    let view = told(&events).view();
    let application = view.current().unwrap();
    let stage = application.stages[&STAGE].data();
    assert_eq!(
        (stage.num_complete_tasks, stage.num_active_tasks, stage.metrics.executor_run_time),
        (2, 0, 201)
    );
    let job = &application.jobs[&JobId(0)];
    assert_eq!((job.num_completed_tasks, job.num_active_tasks, job.status), (2, 0, JobStatus::Succeeded));
}

#[test]
fn an_attempt_that_is_resubmitted_failed_after_it_had_done_its_work() {
    let events = [
        job_start(0, &[stage(0, 0, 1)]),
        submitted(stage(0, 0, 1)),
        task_start(0, 0),
        task_end(0, 0),
        task_end_for(0, 0, TaskEndReason::Resubmitted(Bare::default())),
        task_start(0, 1),
    ];
    let view = told(&events).view();
    let stage = &view.current().unwrap().stages[&STAGE];
    let data = stage.data();
    assert_eq!((data.num_complete_tasks, data.num_failed_tasks, data.num_active_tasks), (1, 1, 1));
    assert_eq!(stage.task(TaskId(0)).unwrap().status, TaskStatus::Success);
    assert_eq!(data.metrics.executor_run_time, 100, "it cost what it cost once");
}

#[test]
fn ends_of_what_nobody_has_told_of_are_counted_and_harm_nothing() {
    let view = told(&[job_end(7), completed(stage(9, 0, 1)), task_end(8, 3)]).view();
    let application = view.current().unwrap();
    assert_eq!(application.unknown_ids, 3);
    assert!(application.jobs.is_empty() && application.stages.is_empty());
}

#[test]
fn a_task_of_an_unknown_stage_shows_the_stage() {
    let view = told(&[task_start(5, 0)]).view();
    let stage = view.current().unwrap().stages[&(StageId(5), StageAttemptId(0))].data();
    assert_eq!((stage.status, &*stage.name, stage.num_active_tasks), (StageStatus::Active, "unknown", 1));
}

#[test]
fn what_is_told_twice_counts_once() {
    let once = [
        executor_added("1"),
        job_start(0, &[stage(0, 0, 1)]),
        submitted(stage(0, 0, 1)),
        task_start(0, 0),
        task_end(0, 0),
        completed(stage(0, 0, 1)),
        job_end(0),
        executor_removed("1", 7000),
    ];
    let twice = once.iter().flat_map(|event| [event.clone(), event.clone()]).collect::<Vec<_>>();
    let shown = |events: &[SchedulerEvent]| {
        let view = told(events).view();
        let application = view.current().unwrap();
        let stage = &application.stages[&STAGE];
        let data = (
            JobData::clone(&application.jobs[&JobId(0)]),
            stage.data().clone(),
            ExecutorSummary::clone(&application.executors["1"]),
        );
        (data, stage.task_count())
    };
    assert_eq!(shown(&twice), shown(&once));
}

#[test]
fn an_end_that_comes_before_its_beginning_leaves_nothing_that_runs() {
    let events = [
        executor_removed("1", 7000),
        job_end(0),
        executor_added("1"),
        job_start(0, &[stage(0, 0, 1)]),
        task_end(0, 0),
        completed(stage(0, 0, 1)),
        submitted(stage(0, 0, 1)),
        task_start(0, 0),
    ];
    let view = told(&events).view();
    let application = view.current().unwrap();
    assert!(!application.executors["1"].is_active);
    let job = &application.jobs[&JobId(0)];
    assert_eq!((job.status, job.num_active_stages, job.num_active_tasks), (JobStatus::Succeeded, 0, 0));
    let stage = &application.stages[&STAGE];
    assert!(stage.data().status != StageStatus::Active && stage.data().num_active_tasks == 0);
    assert!(stage.tasks().all(|task| task.status == TaskStatus::Success));
}

#[test]
fn a_task_that_starts_before_its_stage_is_submitted_counts_the_stage_once() {
    let events = [
        job_start(0, &[stage(0, 0, 1)]),
        task_start(0, 0),
        submitted(stage(0, 0, 1)),
        task_end(0, 0),
        completed(stage(0, 0, 1)),
    ];
    let view = told(&events).view();
    let job = &view.current().unwrap().jobs[&JobId(0)];
    assert_eq!((job.num_active_stages, job.num_completed_stages), (0, 1));
}

#[test]
fn a_task_end_that_names_another_stage_changes_no_row_of_it() {
    let events = [
        submitted(stage(0, 0, 2)),
        submitted(stage(1, 0, 2)),
        task_start(0, 0),
        task_start(1, 1),
        task_end(1, 0),
    ];
    let view = told(&events).view();
    let application = view.current().unwrap();
    assert_eq!(application.stages[&STAGE].task(TaskId(0)).unwrap().status, TaskStatus::Running);
    let other = &application.stages[&(StageId(1), StageAttemptId(0))];
    assert_eq!(other.task(TaskId(1)).unwrap().status, TaskStatus::Running);
    assert_eq!(other.data().num_active_tasks, 1);
}

#[test]
fn an_end_without_a_finish_time_is_an_end() {
    let mut end = task_end(0, 0);
    if let SchedulerEvent::TaskEnd(end) = &mut end {
        end.task_info.finish_time = 0;
    }
    let view = told(&[submitted(stage(0, 0, 1)), task_start(0, 0), end]).view();
    assert_eq!(view.current().unwrap().stages[&STAGE].task(TaskId(0)).unwrap().status, TaskStatus::Success);
}

#[test]
fn a_stage_that_did_its_work_for_another_job_keeps_its_figures_when_it_is_skipped() {
    let done = || listener_bus::events::StageInfo { completion_time: Some(5000), ..stage(0, 0, 2) };
    let events = [
        job_start(0, &[stage(0, 0, 2)]),
        submitted(stage(0, 0, 2)),
        task_start(0, 0),
        task_end(0, 0),
        completed(stage(0, 0, 2)),
        job_start(1, &[done(), stage(1, 0, 1)]),
        submitted(stage(1, 0, 1)),
        completed(stage(1, 0, 1)),
        job_end(1),
    ];
    let view = told(&events).view();
    let application = view.current().unwrap();
    let stage = application.stages[&STAGE].data();
    assert_eq!((stage.status, stage.num_complete_tasks), (StageStatus::Complete, 1));
    let job = &application.jobs[&JobId(1)];
    assert_eq!((job.num_skipped_stages, job.num_skipped_tasks, job.num_tasks), (1, 2, 1));
}

#[test]
fn what_happens_on_an_executor_that_has_gone_does_not_change_it() {
    let lost = TaskEndReason::from(ExecutorLostFailure {
        executor_id: "1".into(),
        ..ExecutorLostFailure::default()
    });
    let events = [
        executor_added("1"),
        job_start(0, &[stage(0, 0, 1)]),
        submitted(stage(0, 0, 1)),
        task_start(0, 0),
        executor_removed("1", 2500),
        task_end_for(0, 0, lost),
    ];
    let view = told(&events).view();
    let executor = &view.current().unwrap().executors["1"];
    assert_eq!((executor.is_active, executor.failed_tasks, executor.active_tasks), (false, 0, 1));
    assert_eq!(executor.remove_reason.as_deref(), Some("no more work"));
}

#[test]
fn one_application_after_the_other_is_kept_under_its_own_id() {
    let mut events = vec![log_start(), application_start("a", 100), job_start(0, &[]), application_end(200)];
    events.extend([log_start(), application_start("b", 300), job_start(0, &[]), job_start(1, &[])]);
    let view = told(&events).view();
    let ids: Vec<_> = view.applications.iter().map(|application| &*application.info.id).collect();
    assert_eq!(ids, ["b", "a"]);
    assert_eq!(view.application("a").unwrap().jobs.len(), 1);
    assert_eq!(view.application("a").unwrap().info.attempt().duration, 100);
    assert_eq!(view.current().unwrap().jobs.len(), 2);
    assert!(view.application("c").is_none());
}

#[test]
fn an_application_of_which_nothing_is_known_is_not_shown() {
    assert!(AppStatusListener::default().store().view().applications.is_empty());
}

/// What must be true whatever was told, in whatever order.
fn assert_sound(listener: &AppStatusListener) {
    let view = listener.store().view();
    for application in &view.applications {
        for stage in application.stages.values() {
            let data = stage.data();
            let runs = |task: &&TaskRow| matches!(task.status, TaskStatus::Running | TaskStatus::GetResult);
            let open = stage.tasks().filter(runs).count();
            let ids: BTreeSet<_> = stage.tasks().map(|task| task.task_id).collect();
            assert_eq!(ids.len(), stage.task_count(), "each attempt has one row");
            assert_eq!(usize::try_from(data.num_active_tasks).ok(), Some(open), "{data:?}");
            assert!(data.num_unknown_tasks >= 0, "{data:?}");
            assert!(data.num_completed_indices <= data.num_complete_tasks, "{data:?}");
        }
        for job in application.jobs.values() {
            assert!(job.num_active_tasks >= 0 && job.num_active_stages >= 0, "{job:?}");
        }
        for executor in application.executors.values() {
            assert!(executor.active_tasks >= 0, "{executor:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_real_application_in_any_order_and_with_any_gaps_leaves_counts_sound(
        swaps in prop::collection::vec((0..81_usize, 0..81_usize), 0..60),
        twice in prop::collection::btree_set(0..81_usize, 0..20),
        first in 0..40_usize,
        last in 40..80_usize,
    ) {
        let mut events = events_of("history-server/d_failures/local-1795229469166.gz");
        for (one, other) in swaps {
            events.swap(one, other);
        }
        let mut listener = AppStatusListener::new(at_once());
        for (place, event) in events.iter().enumerate() {
            if (first..last).contains(&place) && place % 3 == 0 {
                listener.on_gap(&Gap { first: place as u64, last: place as u64 });
                continue;
            }
            listener.on_scheduler_event(event);
            if twice.contains(&place) {
                listener.on_scheduler_event(event);
            }
        }
        assert_sound(&listener);
    }
}

#[test]
fn real_applications_leave_nothing_open() {
    for log in
        ["history-server/h_executor_loss/app-20261121032342-0000.gz", "event-logs/local-1795229489076.gz"]
    {
        let events: Vec<SchedulerEvent> = events_of(log);
        let view = told(&events).view();
        let application = view.current().unwrap();
        assert!(application.active_stages().next().is_none(), "{log}");
        assert!(
            application.stages.values().flat_map(|stage| stage.tasks()).all(|task| !task.status.is_open()),
            "{log}"
        );
    }
}
