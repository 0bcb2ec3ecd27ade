//! The reports of finished stages.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::read::GzDecoder;
use listener_bus::events::{
    SchedulerEvent, SchedulerListener, ShuffleReadMetrics, ShuffleWriteMetrics, StageAttemptId,
    StageCompleted, StageId, StageInfo, StageSubmitted, TaskEnd, TaskEndReason, TaskInfo, TaskMetrics,
};
use listener_bus::status::{StageOutcome, StageReport, StatsReportListener};
use listener_bus::{Gap, LiveListenerBus, SHARED};
use proptest::prelude::*;

const SOON: Duration = Duration::from_secs(20);

type Reports = Arc<Mutex<Vec<StageReport>>>;

/// A listener, and what it has reported.
fn reporter() -> (StatsReportListener, Reports) {
    let reports = Reports::default();
    let sink = Arc::clone(&reports);
    (StatsReportListener::with_sink(move |report| sink.lock().unwrap().push(report.clone())), reports)
}

fn taken(reports: &Reports) -> Vec<StageReport> {
    std::mem::take(&mut reports.lock().unwrap())
}

fn stage(id: i32, attempt: i32) -> StageInfo {
    StageInfo {
        stage_id: StageId(id),
        stage_attempt_id: StageAttemptId(attempt),
        stage_name: format!("count at {id}"),
        number_of_tasks: 4,
        submission_time: Some(1_000),
        completion_time: Some(3_500),
        ..StageInfo::default()
    }
}

fn submitted(id: i32, attempt: i32) -> SchedulerEvent {
    StageSubmitted { stage_info: stage(id, attempt), ..StageSubmitted::default() }.into()
}

fn completed(id: i32, attempt: i32) -> SchedulerEvent {
    StageCompleted { stage_info: stage(id, attempt), ..StageCompleted::default() }.into()
}

fn metrics(run_time: i64) -> TaskMetrics {
    TaskMetrics {
        executor_run_time: run_time,
        result_size: 2_048,
        shuffle_write_metrics: ShuffleWriteMetrics {
            shuffle_bytes_written: 3 << 20,
            ..ShuffleWriteMetrics::default()
        },
        shuffle_read_metrics: ShuffleReadMetrics {
            fetch_wait_time: run_time / 4,
            remote_bytes_read: 512,
            ..ShuffleReadMetrics::default()
        },
        ..TaskMetrics::default()
    }
}

/// A task that took twice its run time.
fn end(id: i32, attempt: i32, run_time: i64) -> TaskEnd {
    TaskEnd {
        stage_id: StageId(id),
        stage_attempt_id: StageAttemptId(attempt),
        task_info: TaskInfo { launch_time: 1_000, finish_time: 1_000 + 2 * run_time, ..TaskInfo::default() },
        task_metrics: Some(metrics(run_time)),
        ..TaskEnd::default()
    }
}

fn ended(id: i32, attempt: i32, run_time: i64) -> SchedulerEvent {
    end(id, attempt, run_time).into()
}

fn tell(listener: &mut StatsReportListener, events: impl IntoIterator<Item = SchedulerEvent>) {
    events.into_iter().for_each(|event| listener.on_scheduler_event(&event));
}

#[test]
fn a_finished_stage_is_reported_with_the_percentiles_of_its_tasks() {
    let (mut listener, reports) = reporter();
    tell(&mut listener, [submitted(1, 0)]);
    tell(&mut listener, (1..=100).map(|run_time| ended(1, 0, run_time * 100)));
    tell(&mut listener, [completed(1, 0)]);
    let [report] = taken(&reports).try_into().unwrap();
    assert_eq!((report.stage_id, report.stage_attempt_id), (StageId(1), StageAttemptId(0)));
    assert_eq!((report.measured_tasks, report.sampled_tasks, report.took), (100, 100, Some(2_500)));
    let figures = report.distributions.unwrap();
    assert_eq!(figures.executor_run_time.values, [100, 600, 1100, 2600, 5100, 7600, 9100, 9600, 10_000]);
    assert_eq!(figures.fetch_wait_time.median(), 1_275);
    assert_eq!((figures.shuffle_bytes_written.min(), figures.remote_bytes_read.max()), (3 << 20, 512));
    assert_eq!(figures.result_size.values, [2_048; 9]);
    let shares = figures.time_shares.unwrap();
    let [executor, fetch_wait, other] =
        [shares.executor, shares.fetch_wait, shares.other].map(|share| share.median());
    assert_eq!((executor, fetch_wait, other), (37.5, 12.5, 50.0));
}

#[test]
fn the_text_begins_as_sparks_and_has_units() {
    let (mut listener, reports) = reporter();
    tell(&mut listener, [submitted(1, 0), ended(1, 0, 100), ended(1, 0, 61_500), completed(1, 0)]);
    let text = taken(&reports)[0].to_string();
    let lines: Vec<_> = text.lines().collect();
    let head =
        "Finished stage: Stage(1, 0); Name: 'count at 1'; Status: succeeded; numTasks: 4; Took: 2500 msec";
    assert_eq!(lines[0], head);
    let words = |line: usize| lines[line].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(1), "2 tasks 0% 5% 10% 25% 50% 75% 90% 95% 100%");
    assert!(words(2).starts_with("run time 100 ms 100 ms") && words(2).ends_with("1.0 min"), "{text}");
    assert!(words(3).starts_with("shuffle bytes written 3.0 MiB"), "{text}");
    assert!(words(6).starts_with("result size 2.0 KiB"), "{text}");
    assert!(words(9).starts_with("other 50 %"), "{text}");
    assert_eq!(lines.len(), 10);
    assert!(
        lines[1..].iter().all(|line| line.chars().count() == lines[1].chars().count()),
        "not aligned: {text}"
    );
}

#[test]
fn a_report_is_json_with_its_figures() {
    let (mut listener, reports) = reporter();
    tell(&mut listener, [submitted(1, 0), ended(1, 0, 100), completed(1, 0)]);
    let json = serde_json::to_value(&taken(&reports)[0]).unwrap();
    assert_eq!(json["stageId"], 1);
    assert_eq!(json["outcome"], "succeeded");
    assert_eq!(json["distributions"]["executorRunTime"], serde_json::json!([100_i64; 9].to_vec()));
    assert_eq!(json["distributions"]["timeShares"]["other"][4], 50.0);
}

#[test]
fn stages_that_run_at_once_are_kept_apart() {
    let (mut listener, reports) = reporter();
    tell(
        &mut listener,
        [submitted(1, 0), submitted(2, 0), ended(1, 0, 10), ended(2, 0, 900), ended(2, 0, 900)],
    );
    tell(&mut listener, [completed(1, 0), ended(2, 0, 900), completed(2, 0)]);
    let reports = taken(&reports);
    let greatest = |report: &StageReport| report.distributions.unwrap().executor_run_time.max();
    let found: Vec<_> = reports.iter().map(|report| (report.measured_tasks, greatest(report))).collect();
    assert_eq!(found, [(1, 10), (3, 900)]);
}

#[test]
fn attempts_of_a_stage_are_kept_apart() {
    let (mut listener, reports) = reporter();
    let failed = StageInfo { failure_reason: Some("fetch failed\n\tat x".to_owned()), ..stage(1, 0) };
    tell(&mut listener, [submitted(1, 0), ended(1, 0, 10)]);
    tell(&mut listener, [StageCompleted { stage_info: failed, ..StageCompleted::default() }.into()]);
    tell(&mut listener, [submitted(1, 1), ended(1, 0, 10), ended(1, 1, 20), completed(1, 1)]);
    let reports = taken(&reports);
    assert_eq!(reports[0].outcome, StageOutcome::Failed("fetch failed\n\tat x".to_owned()));
    assert!(reports[0].to_string().contains("Status: failed(fetch failed); "), "{}", reports[0]);
    assert_eq!(reports[1].measured_tasks, 1);
    assert_eq!(reports[1].distributions.unwrap().executor_run_time.min(), 20);
}

#[test]
fn a_task_that_ends_after_its_stage_is_left_out() {
    let (mut listener, reports) = reporter();
    tell(&mut listener, [submitted(1, 0), completed(1, 0), ended(1, 0, 10), ended(1, 0, 10)]);
    tell(&mut listener, [submitted(2, 0), ended(2, 0, 5), completed(2, 0)]);
    let reports = taken(&reports);
    assert_eq!((reports[0].measured_tasks, reports[0].distributions), (0, None));
    assert!(reports[0].to_string().ends_with("no task was measured"));
    assert_eq!(reports[1].measured_tasks, 1);
    assert!(format!("{listener:?}").contains("live: []"), "{listener:?}");
}

#[test]
fn tasks_without_metrics_and_lost_outputs_are_not_counted() {
    let (mut listener, reports) = reporter();
    let unmeasured = TaskEnd { task_metrics: None, ..end(1, 0, 10) };
    let lost = SchedulerEvent::from_json(
        r#"{"Event":"SparkListenerTaskEnd","Stage ID":1,"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":{"Reason":"Resubmitted"},"Task Info":{"Task ID":0,"Index":0,"Launch Time":1,"Executor ID":"1","Host":"h","Locality":"ANY","Getting Result Time":0,"Finish Time":2,"Failed":false}}"#,
    );
    let SchedulerEvent::TaskEnd(mut lost) = lost.unwrap() else { unreachable!("it is a task end") };
    assert!(matches!(lost.task_end_reason, TaskEndReason::Resubmitted(_)));
    lost.task_metrics = Some(metrics(77));
    tell(&mut listener, [submitted(1, 0), unmeasured.into(), SchedulerEvent::TaskEnd(lost), ended(1, 0, 9)]);
    tell(&mut listener, [completed(1, 0)]);
    assert_eq!(taken(&reports)[0].measured_tasks, 1);
}

#[test]
fn dropped_events_are_told_in_the_reports_of_the_stages_that_ran() {
    let (mut listener, reports) = reporter();
    tell(&mut listener, [submitted(1, 0)]);
    listener.on_gap(&Gap { first: 5, last: 9 });
    tell(&mut listener, [submitted(2, 0)]);
    listener.on_gap(&Gap { first: 20, last: 20 });
    tell(
        &mut listener,
        [completed(1, 0), completed(2, 0), submitted(3, 0), completed(3, 0), completed(4, 0)],
    );
    let reports = taken(&reports);
    let dropped: Vec<_> = reports.iter().map(|report| report.dropped_events).collect();
    assert_eq!(dropped, [6, 1, 0, 6]);
    assert!(reports[0].to_string().ends_with("6 events were dropped: the figures may miss tasks"));
    assert!(reports[1].to_string().ends_with("1 event was dropped: the figures may miss a task"));
}

#[test]
fn beyond_its_samples_a_report_is_close_and_its_extremes_exact() {
    let (listener, reports) = reporter();
    let mut listener = listener.samples(NonZeroUsize::new(1_000).unwrap());
    tell(&mut listener, [submitted(1, 0)]);
    // Rising, so that a sample of the first or the last would be far off.
    tell(&mut listener, (0..50_000).map(|run_time| ended(1, 0, run_time)));
    tell(&mut listener, [completed(1, 0)]);
    let report = taken(&reports).remove(0);
    assert_eq!((report.measured_tasks, report.sampled_tasks), (50_000, 1_000));
    let times = report.distributions.unwrap().executor_run_time;
    assert_eq!((times.min(), times.max()), (0, 49_999));
    // Five standard errors of the median's rank: the random numbers are the same each time.
    assert!((times.median() - 25_000).abs() < 4_000, "{times:?}");
}

#[test]
fn stages_whose_end_is_lost_do_not_pile_up() {
    let (mut listener, reports) = reporter();
    for id in 0..2_000 {
        tell(&mut listener, [submitted(id, 0), ended(id, 0, 10)]);
    }
    assert_eq!(format!("{listener:?}").matches("StageId(").count(), 256);
    tell(&mut listener, [completed(1_999, 0), completed(0, 0)]);
    let measured: Vec<_> = taken(&reports).iter().map(|report| report.measured_tasks).collect();
    assert_eq!(measured, [1, 0]);
}

#[test]
fn odd_figures_make_a_report_all_the_same() {
    let (mut listener, reports) = reporter();
    let mut odd = end(1, 0, 10);
    odd.task_metrics = Some(metrics(i64::MAX));
    odd.task_info.finish_time = i64::MIN;
    tell(&mut listener, [submitted(1, 0), odd.into(), ended(1, 0, -5), completed(1, 0)]);
    let report = taken(&reports).remove(0);
    assert_eq!(report.distributions.unwrap().time_shares, None);
    assert!(report.to_string().contains("-5 ms"), "{report}");
}

#[test]
fn a_real_log_is_reported_stage_by_stage() {
    let mut log = String::new();
    GzDecoder::new(&include_bytes!("../data/event-logs/local-1795229489076.gz")[..])
        .read_to_string(&mut log)
        .unwrap();
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let (listener, reports) = reporter();
    bus.add_to_queue(SHARED, listener).unwrap();
    bus.start().unwrap();
    let (mut over, mut failures, mut in_time, mut late) = (BTreeSet::new(), 0, 0, 0);
    for line in log.lines() {
        let event = SchedulerEvent::from_json(line).unwrap();
        match &event {
            SchedulerEvent::StageCompleted(completed) => {
                failures += usize::from(completed.stage_info.failure_reason.is_some());
                assert!(over.insert(completed.stage_info.stage_id));
            }
            SchedulerEvent::TaskEnd(end) if over.contains(&end.stage_id) => late += 1,
            SchedulerEvent::TaskEnd(_) => in_time += 1,
            _ => {}
        }
        bus.post(event);
    }
    bus.wait_until_empty(SOON).unwrap();
    let reports = taken(&reports);
    assert_eq!((reports.len(), in_time, late), (25, 64, 2));
    assert_eq!(reports.iter().map(|report| report.measured_tasks).sum::<u64>(), in_time);
    assert!(reports.iter().all(|report| report.distributions.unwrap().executor_run_time.max() > 0));
    assert!(reports.iter().all(|report| report.dropped_events == 0));
    assert_eq!(reports.iter().filter(|report| report.outcome != StageOutcome::Succeeded).count(), failures);
    assert!(failures > 0);
}

fn odd() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![i64::MIN, -1, 0, 1, i64::MAX])
}

fn odd_id() -> impl Strategy<Value = i32> {
    prop::sample::select(vec![i32::MIN, -1, 0, 1, i32::MAX])
}

fn odd_stage() -> impl Strategy<Value = StageInfo> {
    let times = (prop::option::of(odd()), prop::option::of(odd()));
    (odd_id(), odd_id(), odd_id(), times).prop_map(|(id, attempt, number_of_tasks, times)| StageInfo {
        number_of_tasks,
        submission_time: times.0,
        completion_time: times.1,
        ..stage(id, attempt)
    })
}

fn odd_end() -> impl Strategy<Value = SchedulerEvent> {
    let figures = [odd(), odd(), odd(), odd(), odd(), odd(), odd()];
    (odd_id(), odd_id(), figures).prop_map(|(id, attempt, figures)| {
        let [launch_time, finish_time, run_time, result_size, written, waited, read] = figures;
        let mut task = end(id, attempt, 0);
        task.task_info = TaskInfo { launch_time, finish_time, ..task.task_info };
        let mut figures = TaskMetrics { executor_run_time: run_time, result_size, ..metrics(0) };
        figures.shuffle_write_metrics.shuffle_bytes_written = written;
        figures.shuffle_read_metrics.fetch_wait_time = waited;
        figures.shuffle_read_metrics.remote_bytes_read = read;
        TaskEnd { task_metrics: Some(figures), ..task }.into()
    })
}

fn odd_event() -> impl Strategy<Value = SchedulerEvent> {
    prop_oneof![
        odd_stage().prop_map(|stage_info| StageSubmitted { stage_info, ..StageSubmitted::default() }.into()),
        odd_stage().prop_map(|stage_info| StageCompleted { stage_info, ..StageCompleted::default() }.into()),
        odd_end(),
        (odd(), odd()).prop_map(|(launch_time, finish_time)| {
            let task_info = TaskInfo { launch_time, finish_time, ..TaskInfo::default() };
            TaskEnd { task_info, ..end(0, 0, 1) }.into()
        }),
    ]
}

proptest! {
    #[test]
    fn numbers_at_the_ends_of_their_range_make_reports_all_the_same(
        events in prop::collection::vec(odd_event(), 0..60)
    ) {
        let (listener, reports) = reporter();
        let mut listener = listener.samples(NonZeroUsize::new(2).unwrap());
        let first = || [submitted(0, 0), ended(0, 0, 1)];
        let over = events.iter().filter(|event| matches!(event, SchedulerEvent::StageCompleted(_))).count();
        tell(&mut listener, first().into_iter().chain(events).chain([completed(0, 0)]));
        let reports = taken(&reports);
        prop_assert_eq!(reports.len(), over + 1);
        for report in reports {
            prop_assert!(report.to_string().starts_with("Finished stage: "));
            prop_assert!(serde_json::to_value(&report).is_ok());
            if let Some(figures) = report.distributions {
                prop_assert!(figures.executor_run_time.values.is_sorted());
            }
        }
    }
}
