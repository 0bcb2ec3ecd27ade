//! Which events are written, which are flushed, and what of them.

use std::num::NonZeroU64;

use listener_bus::SchedulerEvent;
use listener_bus::event_log::{EVENT_STUB, Switch};
use listener_bus::events::{
    AccumulableInfo, AccumulatorId, AccumulatorValue, ApplicationEnd, BlockUpdated, EnvironmentUpdate,
    ExceptionFailure, ExecutorAdded, ExecutorId, ExecutorMetricsUpdate, JobEnd, JobId, JobStart,
    MiscellaneousProcessAdded, SpeculativeTaskSubmitted, StageCompleted, StageExecutorMetrics, StageInfo,
    StageSubmitted, TaskEnd, TaskEndReason, TaskGettingResult, TaskId, TaskInfo, TaskStart,
    UnschedulableTaskSetAdded, UnschedulableTaskSetRemoved,
};

use super::{Logged, names, other, written};

fn heartbeat(executor: &str) -> SchedulerEvent {
    let executor_id = ExecutorId::from(executor);
    ExecutorMetricsUpdate { executor_id, ..ExecutorMetricsUpdate::default() }.into()
}

#[test]
fn an_event_is_stored_at_once_unless_it_is_of_a_kind_that_may_wait() {
    let flushed: [SchedulerEvent; 8] = [
        JobStart::default().into(),
        JobEnd::default().into(),
        StageCompleted::default().into(),
        ExecutorAdded::default().into(),
        BlockUpdated::default().into(),
        ApplicationEnd::default().into(),
        MiscellaneousProcessAdded::default().into(),
        other(r#"{"Event":"com.example.Mine"}"#),
    ];
    let waiting: [SchedulerEvent; 6] = [
        TaskStart::default().into(),
        TaskEnd::default().into(),
        TaskGettingResult::default().into(),
        StageSubmitted::default().into(),
        EnvironmentUpdate::default().into(),
        heartbeat("driver"),
    ];
    for event in flushed {
        let mut logged = all_kinds();
        logged.tell(event.clone());
        assert_eq!(logged.stored().len(), 2, "{}", event.name());
    }
    for event in waiting {
        let mut logged = all_kinds();
        logged.tell(event.clone());
        assert_eq!(logged.stored().len(), 1, "{}", event.name());
        logged.tell(JobEnd::default());
        assert_eq!(logged.stored().len(), 3, "{}", event.name());
    }
}

fn all_kinds() -> Logged {
    Logged::start(|settings| settings.block_updates(Switch::On).stage_executor_metrics(Switch::On))
}

#[test]
fn at_most_so_many_events_wait_as_the_settings_allow() {
    let mut logged = Logged::start(|settings| settings.unflushed_events(NonZeroU64::new(2).unwrap()));
    let stored = (0..4).map(|_| {
        logged.tell(TaskStart::default());
        logged.stored().len()
    });
    assert_eq!(stored.collect::<Vec<_>>(), [1, 3, 3, 5]);
}

#[test]
fn events_that_spark_does_not_write_are_counted_and_left_out() {
    let events = || -> [SchedulerEvent; 10] {
        [
            SpeculativeTaskSubmitted::default().into(),
            UnschedulableTaskSetAdded::default().into(),
            UnschedulableTaskSetRemoved::default().into(),
            StageExecutorMetrics::default().into(),
            heartbeat("1"),
            heartbeat("driver"),
            BlockUpdated::default().into(),
            other(r#"{"Event":"org.apache.spark.ml.FitStart"}"#),
            other(r#"{"Event":"org.apache.spark.scheduler.dynalloc.ExecutorMonitor$ShuffleCleanedEvent"}"#),
            other(r#"{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd"}"#),
        ]
    };
    let mut logged = Logged::start(|settings| settings);
    logged.tell_all(events());
    let report = logged.listener.handle().report();
    assert_eq!((report.filtered, report.written), (9, 1));
    assert_eq!(names(&logged.finish()), ["org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd"]);

    let mut logged = all_kinds();
    logged.tell_all(events());
    let expected = ["SparkListenerExecutorMetricsUpdate", "SparkListenerBlockUpdated"];
    assert_eq!(names(&logged.finish())[..2], expected);
}

#[test]
fn excluded_events_are_those_of_exactly_that_name() {
    let excluded = ["SparkListenerTaskStart", "com.example.Noise", "SparkListenerJob"];
    let events = [
        TaskStart::default().into(),
        TaskEnd::default().into(),
        JobStart::default().into(),
        other(r#"{"Event":"com.example.Noise","loud":true}"#),
        other(r#"{"Event":"com.example.NoiseReport"}"#),
    ];
    let events = written(|settings| settings.excluded_events(excluded), events);
    assert_eq!(names(&events), ["SparkListenerTaskEnd", "SparkListenerJobStart", "com.example.NoiseReport"]);
}

#[test]
fn an_unknown_event_is_written_as_it_stands() {
    let json = r#"{"Event":"com.example.Mine", "number":12345678901234567890.50,"b":{"z":1,"a":2}}"#;
    let events = written(|settings| settings, [other(json)]);
    assert_eq!(events[0].to_json(), json);
}

fn accumulable(id: i64, name: &str) -> AccumulableInfo {
    let value = Some(AccumulatorValue::Integer(1));
    AccumulableInfo {
        id: AccumulatorId(id),
        name: Some(name.to_owned()),
        value,
        ..AccumulableInfo::default()
    }
}

/// One that repeats a metric, two that Spark never writes and a user's, in a wrong order.
fn accumulables() -> Vec<AccumulableInfo> {
    vec![
        accumulable(9, "internal.metrics.executorRunTime"),
        accumulable(3, "mine"),
        accumulable(5, "internal.metrics.updatedBlockStatuses"),
        accumulable(6, "internal.metrics.collectMetricsAccumulator"),
        accumulable(7, "internal.metrics.of.somebody.else"),
    ]
}

fn ids(list: &[AccumulableInfo]) -> Vec<i64> {
    list.iter().map(|info| info.id.0).collect()
}

fn stage() -> StageInfo {
    StageInfo { accumulables: accumulables(), ..StageInfo::default() }
}

fn task() -> TaskInfo {
    TaskInfo { accumulables: accumulables(), ..TaskInfo::default() }
}

#[test]
fn starts_are_written_without_accumulables() {
    let events = [
        StageSubmitted { stage_info: stage(), ..StageSubmitted::default() }.into(),
        TaskStart { task_info: task(), ..TaskStart::default() }.into(),
        TaskGettingResult { task_info: task(), ..TaskGettingResult::default() }.into(),
    ];
    let written = written(|settings| settings, events.clone());
    let expected: [SchedulerEvent; 3] =
        [StageSubmitted::default().into(), TaskStart::default().into(), TaskGettingResult::default().into()];
    assert_eq!(written, expected);
}

#[test]
fn other_accumulables_are_in_the_order_of_their_ids_without_those_that_spark_leaves_out() {
    for (repeated, expected) in [(Switch::On, vec![3, 7, 9]), (Switch::Off, vec![3, 7])] {
        let failure = ExceptionFailure { accumulator_updates: accumulables(), ..ExceptionFailure::default() };
        let task_end_reason = TaskEndReason::ExceptionFailure(Box::new(failure));
        let events = [
            JobStart { stage_infos: vec![stage()], ..JobStart::default() }.into(),
            StageCompleted { stage_info: stage(), ..StageCompleted::default() }.into(),
            TaskEnd { task_info: task(), task_end_reason, ..TaskEnd::default() }.into(),
        ];
        let events = written(|settings| settings.task_metrics_accumulables(repeated), events);
        let [
            SchedulerEvent::JobStart(job),
            SchedulerEvent::StageCompleted(stage),
            SchedulerEvent::TaskEnd(task),
        ] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!(ids(&job.stage_infos[0].accumulables), expected);
        assert_eq!(ids(&stage.stage_info.accumulables), expected);
        assert_eq!(ids(&task.task_info.accumulables), expected);
        let TaskEndReason::ExceptionFailure(failure) = &task.task_end_reason else { panic!("{task:?}") };
        assert_eq!(ids(&failure.accumulator_updates), [3, 7, 9]);
    }
}

#[test]
fn of_an_event_that_is_too_long_the_ids_are_written() {
    let mut logged = Logged::start(|settings| settings.max_line(2_000));
    let host = "h".repeat(2_000);
    let task_info = TaskInfo { task_id: TaskId(i64::MAX), host, ..TaskInfo::default() };
    logged.tell(TaskEnd { task_info, ..TaskEnd::default() });
    logged.tell(JobEnd { job_id: JobId(7), ..JobEnd::default() });
    let plan = "p".repeat(3_000);
    logged.tell(other(&format!(r#"{{"Event":"com.example.Sql","executionId":4,"plan":"{plan}"}}"#)));
    let report = logged.listener.handle().report();
    assert_eq!((report.stubs, report.written), (2, 3));
    let events = logged.finish();
    assert_eq!(names(&events), [EVENT_STUB, "SparkListenerJobEnd", EVENT_STUB]);
    let task = events[0].to_json();
    assert!(task.contains(r#""Original Event":"SparkListenerTaskEnd""#), "{task}");
    assert!(task.contains(r#""Task ID":9223372036854775807"#), "{task}");
    let sql = events[2].to_json();
    assert!(
        sql.contains(r#""Original Event":"com.example.Sql""#) && sql.contains(r#""executionId":4"#),
        "{sql}"
    );
    assert!(sql.len() < 300, "{sql}");
}
