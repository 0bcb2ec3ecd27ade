//! The peaks of each executor in a stage attempt.

use listener_bus::SchedulerEvent;
use listener_bus::event_log::Switch;
use listener_bus::events::{
    ApplicationEnd, ApplicationStart, ExecutorAdded, ExecutorId, ExecutorMetrics, ExecutorMetricsUpdate,
    ExecutorRemoved, StageAttemptId, StageCompleted, StageExecutorMetrics, StageId, StageInfo, StagePeaks,
    StageSubmitted, TaskEnd, TaskInfo,
};

use super::{names, written};

fn peaks(heap: i64, rss: i64) -> ExecutorMetrics {
    ExecutorMetrics { jvm_heap_memory: heap, process_tree_jvm_rss_memory: rss, ..ExecutorMetrics::default() }
}

fn attempt(stage: i32, attempt: i32) -> StageInfo {
    StageInfo { stage_id: StageId(stage), stage_attempt_id: StageAttemptId(attempt), ..StageInfo::default() }
}

fn submitted(stage: i32) -> SchedulerEvent {
    StageSubmitted { stage_info: attempt(stage, 0), ..StageSubmitted::default() }.into()
}

fn completed(stage: i32) -> SchedulerEvent {
    StageCompleted { stage_info: attempt(stage, 0), ..StageCompleted::default() }.into()
}

fn update(executor: &str, stages: &[i32], heap: i64, rss: i64) -> SchedulerEvent {
    let peaks = |&stage| StagePeaks {
        stage_id: StageId(stage),
        stage_attempt_id: StageAttemptId(stage.min(0)),
        executor_metrics: peaks(heap, rss),
        ..StagePeaks::default()
    };
    ExecutorMetricsUpdate {
        executor_id: ExecutorId::from(executor),
        executor_metrics_updated: stages.iter().map(peaks).collect(),
        ..ExecutorMetricsUpdate::default()
    }
    .into()
}

fn driver(heap: i64, rss: i64) -> SchedulerEvent {
    update("driver", &[-1], heap, rss)
}

fn task_end(executor: &str, stage: i32, heap: i64, rss: i64) -> SchedulerEvent {
    TaskEnd {
        stage_id: StageId(stage),
        task_info: TaskInfo { executor_id: ExecutorId::from(executor), ..TaskInfo::default() },
        task_executor_metrics: peaks(heap, rss),
        ..TaskEnd::default()
    }
    .into()
}

fn added(executor: &str) -> SchedulerEvent {
    ExecutorAdded { executor_id: ExecutorId::from(executor), ..ExecutorAdded::default() }.into()
}

fn removed(executor: &str) -> SchedulerEvent {
    ExecutorRemoved { executor_id: ExecutorId::from(executor), ..ExecutorRemoved::default() }.into()
}

/// Two executors and two stages; the first executor goes away in the middle of the second stage.
fn script() -> Vec<SchedulerEvent> {
    let mut events = vec![
        ApplicationStart::default().into(),
        added("1"),
        added("2"),
        submitted(0),
        update("1", &[0], 40, 5),
        update("2", &[0], 30, 9),
        update("1", &[0], 50, 4),
        update("2", &[0], 70, 8),
        driver(10, 1),
        update("1", &[0], 20, 3),
        update("2", &[0], 60, 2),
        task_end("1", 0, 45, 6),
        task_end("2", 0, 65, 7),
        submitted(1),
        update("1", &[0, 1], 48, 1),
        update("2", &[0, 1], 41, 2),
        driver(12, 3),
        task_end("1", 0, 11, 12),
        task_end("2", 0, 13, 1),
        completed(0),
    ];
    events.extend([
        update("1", &[1], 55, 2),
        update("2", &[1], 42, 3),
        update("1", &[1], 54, 4),
        update("2", &[1], 43, 5),
        driver(11, 9),
        update("2", &[1], 44, 6),
        task_end("1", 1, 5, 20),
        removed("1"),
        update("2", &[1], 39, 7),
        task_end("2", 1, 3, 4),
        completed(1),
        ApplicationEnd::default().into(),
    ]);
    events
}

fn stage_peaks(executor: &str, stage: i32, heap: i64, rss: i64) -> SchedulerEvent {
    StageExecutorMetrics {
        executor_id: ExecutorId::from(executor),
        stage_id: StageId(stage),
        executor_metrics: peaks(heap, rss),
        ..StageExecutorMetrics::default()
    }
    .into()
}

#[test]
fn peaks_stand_before_the_end_of_their_stage_for_every_executor_that_told_any() {
    let written = written(|settings| settings.stage_executor_metrics(Switch::On), script());
    let is_heartbeat = |event: &&SchedulerEvent| {
        let SchedulerEvent::ExecutorMetricsUpdate(update) = event else { return true };
        update.executor_id.as_str() == "driver"
    };
    let mut expected: Vec<_> = script().iter().filter(is_heartbeat).cloned().collect();
    let place = |events: &[SchedulerEvent], stage: i32| {
        events.iter().position(|event| *event == completed(stage)).expect("the stage ends")
    };
    let first = [stage_peaks("1", 0, 50, 12), stage_peaks("2", 0, 70, 9), stage_peaks("driver", 0, 12, 3)];
    let at = place(&expected, 0);
    expected.splice(at..at, first);
    let second = [stage_peaks("1", 1, 55, 20), stage_peaks("2", 1, 44, 7), stage_peaks("driver", 1, 12, 9)];
    let at = place(&expected, 1);
    expected.splice(at..at, second);
    assert_eq!(written, expected);
    assert_eq!(written.len() + 1, 25, "with the log start");
}

#[test]
fn without_being_asked_for_peaks_are_not_written() {
    let written = written(|settings| settings, script());
    assert!(!names(&written).contains(&StageExecutorMetrics::NAME));
    assert!(!names(&written).contains(&ExecutorMetricsUpdate::NAME));
}

#[test]
fn earlier_attempts_are_forgotten_and_later_ones_kept() {
    let of =
        |stage, number| StageSubmitted { stage_info: attempt(stage, number), ..StageSubmitted::default() };
    let end =
        |stage, number| StageCompleted { stage_info: attempt(stage, number), ..StageCompleted::default() };
    let events = [
        of(3, 0).into(),
        of(3, 1).into(),
        of(3, 2).into(),
        driver(7, 8),
        end(3, 1).into(),
        end(3, 0).into(),
        end(3, 2).into(),
    ];
    let written = written(|settings| settings.stage_executor_metrics(Switch::On), events);
    let peaks = |event: &SchedulerEvent| match event {
        SchedulerEvent::StageExecutorMetrics(peaks) => Some(peaks.stage_attempt_id.0),
        _ => None,
    };
    assert_eq!(written.iter().filter_map(peaks).collect::<Vec<_>>(), [1, 2]);
}
