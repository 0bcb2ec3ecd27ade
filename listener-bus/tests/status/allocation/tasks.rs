//! Which tasks run and which wait, and who reads it.

use std::time::Duration;

use listener_bus::events::SchedulerEvent;
use listener_bus::status::{AllocationSettings, ExecutorAllocationListener, allocation_metrics};
use listener_bus::{EXECUTOR_MANAGEMENT, LiveListenerBus};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::world::{
    added, failed, killed, removed, resubmitted, speculative, speculative_start, submitted, succeeded,
    task_start, unzipped,
};
use super::{allocation, tasks, tell, told};

#[test]
fn a_task_runs_and_is_done() {
    let mut allocation = told([added("1", 1), submitted(1, 0, 3, 10_000)]);
    assert_eq!(tasks(&mut allocation, 10_000), (0, 3));
    tell(&mut allocation, [task_start((1, 0), 0, 0, "1", 10_001)]);
    assert_eq!(tasks(&mut allocation, 10_001), (1, 2));
    tell(&mut allocation, [succeeded((1, 0), 0, 0, "1", 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (0, 2));
}

#[test]
fn failed_and_killed_tasks_wait_again() {
    let mut allocation = told([added("1", 1), submitted(1, 0, 2, 10_000)]);
    tell(&mut allocation, [task_start((1, 0), 0, 0, "1", 10_001), task_start((1, 0), 1, 1, "1", 10_001)]);
    assert_eq!(tasks(&mut allocation, 10_001), (2, 0));
    tell(&mut allocation, [failed((1, 0), 0, 0, "1", 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (1, 1));
    assert_eq!(allocation.at(10_002).add_at, Some(11_002));
    tell(&mut allocation, [killed((1, 0), 1, 1, "1", 10_003)]);
    assert_eq!(tasks(&mut allocation, 10_003), (0, 2));
}

#[test]
fn a_task_whose_output_is_lost_waits_again() {
    let mut allocation = told([added("1", 1), submitted(1, 0, 1, 10_000)]);
    tell(&mut allocation, [task_start((1, 0), 0, 0, "1", 10_001), succeeded((1, 0), 0, 0, "1", 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (0, 0));
    tell(&mut allocation, [resubmitted((1, 0), 0, 0, "1", 10_003)]);
    assert_eq!(tasks(&mut allocation, 10_003), (0, 1));
    tell(&mut allocation, [resubmitted((1, 0), 0, 0, "1", 10_004)]);
    assert_eq!(tasks(&mut allocation, 10_004), (0, 1));
}

#[test]
fn second_copies_wait_and_run_besides_the_first() {
    let mut allocation = allocation(AllocationSettings::new().executor_cores(4));
    tell(&mut allocation, [added("1", 1), submitted(1, 0, 1, 10_000), task_start((1, 0), 0, 0, "1", 10_001)]);
    assert_eq!(allocation.at(10_001).needed, 1);
    tell(&mut allocation, [speculative(1, 0)]);
    let snapshot = allocation.at(10_002);
    // Not on the same executor.
    assert_eq!((snapshot.pending_speculative_tasks, snapshot.needed), (1, 2));
    tell(&mut allocation, [speculative_start((1, 0), 0, 1, "2", 10_003)]);
    let snapshot = allocation.at(10_003);
    assert_eq!((snapshot.pending_speculative_tasks, snapshot.running_tasks), (0, 2));
    tell(&mut allocation, [succeeded((1, 0), 0, 1, "2", 10_004)]);
    assert_eq!(tasks(&mut allocation, 10_004), (1, 0));
    tell(&mut allocation, [killed((1, 0), 0, 0, "1", 10_005)]);
    assert_eq!(tasks(&mut allocation, 10_005), (0, 0));
}

#[test]
fn a_second_copy_is_not_waited_for_once_the_first_is_done() {
    let mut allocation =
        told([submitted(1, 0, 2, 10_000), task_start((1, 0), 0, 0, "1", 10_001), speculative(1, 0)]);
    assert_eq!(allocation.at(10_001).pending_speculative_tasks, 1);
    tell(&mut allocation, [succeeded((1, 0), 0, 0, "1", 10_002), task_start((1, 0), 1, 1, "1", 10_003)]);
    assert_eq!(allocation.at(10_003).pending_speculative_tasks, 0);
}

#[test]
fn an_executor_that_goes_takes_its_tasks_along() {
    let mut allocation = told([added("1", 1), added("2", 1), submitted(1, 0, 3, 10_000)]);
    tell(&mut allocation, [task_start((1, 0), 0, 0, "1", 10_001), task_start((1, 0), 1, 1, "2", 10_001)]);
    tell(&mut allocation, [removed("1", 10_002)]);
    assert_eq!(tasks(&mut allocation, 10_002), (1, 2));
    // The end of its task is told afterwards, and a start that was on its way.
    tell(&mut allocation, [failed((1, 0), 0, 0, "1", 10_003), task_start((1, 0), 2, 2, "1", 10_003)]);
    assert_eq!(tasks(&mut allocation, 10_003), (1, 2));
    assert_eq!(allocation.at(10_003).executors, 1);
}

#[test]
fn a_handle_reads_what_its_listener_computes_and_sets_the_gauges() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let listener = ExecutorAllocationListener::new(AllocationSettings::new()).unwrap();
    let listener = metrics::with_local_recorder(&recorder, || listener.gauges("a bus"));
    let handle = listener.handle();
    let bus = LiveListenerBus::scheduler().build().unwrap();
    bus.add_to_queue(EXECUTOR_MANAGEMENT, listener).unwrap();
    bus.start().unwrap();
    for event in [added("1", 1), submitted(1, 0, 4, 10_000), task_start((1, 0), 0, 0, "2", 10_001)] {
        bus.post(event);
    }
    bus.wait_until_empty(Duration::from_secs(20)).unwrap();
    let snapshot = handle.clone().snapshot(11_000);
    assert_eq!((snapshot.target, snapshot.running_tasks, snapshot.pending_tasks), (3, 1, 3));
    let series = snapshotter.snapshot().into_vec().into_iter();
    let mut gauges: Vec<_> = series
        .map(|(key, _, _, value)| {
            let labels: Vec<_> = key.key().labels().map(|label| (label.key(), label.value())).collect();
            assert_eq!(labels, [("bus", "a bus")]);
            (key.key().name().to_owned(), value)
        })
        .collect();
    gauges.sort_by(|(one, _), (other, _)| one.cmp(other));
    let gauge = |name: &str, value: f64| (name.to_owned(), DebugValue::Gauge(value.into()));
    let expected = [
        gauge(allocation_metrics::EXECUTORS, 2.0),
        gauge(allocation_metrics::IDLE, 1.0),
        gauge(allocation_metrics::PENDING, 3.0),
        gauge(allocation_metrics::RUNNING, 1.0),
        gauge(allocation_metrics::TARGET, 3.0),
    ];
    assert_eq!(gauges, expected);
}

#[test]
fn a_real_log_ends_with_nothing_running_and_nothing_waiting() {
    let mut allocation = allocation(AllocationSettings::new());
    let (mut now, mut most_running, mut most_needed) = (0, 0, 0);
    for line in unzipped(include_bytes!("../../data/event-logs/local-1795229489076.gz")).lines() {
        let event = SchedulerEvent::from_json(line).unwrap();
        if let SchedulerEvent::ApplicationEnd(end) = &event {
            let snapshot = allocation.at(end.timestamp);
            assert_eq!((snapshot.running_tasks, snapshot.pending_tasks, snapshot.live_stages), (0, 0, 0));
            assert_eq!((snapshot.executors, snapshot.idle.len(), snapshot.target), (1, 1, 0));
        }
        if let SchedulerEvent::TaskStart(start) = &event {
            now = start.task_info.launch_time;
        }
        allocation.apply(&event);
        let snapshot = allocation.at(now);
        most_running = most_running.max(snapshot.running_tasks);
        most_needed = most_needed.max(snapshot.needed);
    }
    assert!(most_running > 1 && most_needed >= most_running, "{most_running} {most_needed}");
}
