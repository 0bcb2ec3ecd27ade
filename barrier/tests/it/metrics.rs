//! What is counted.

use std::collections::BTreeMap;

use barrier::{AbortedBy, BarrierCoordinator};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::support::{barrier, gang, gang_of, gather, patient, stage, task};

fn recorded(name: &str) -> (BarrierCoordinator, Snapshotter) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let coordinator = metrics::with_local_recorder(&recorder, || patient().name(name).build().unwrap());
    (coordinator, snapshotter)
}

/// The series that have changed since the last call and by how much, as `name{label values}`.
fn series(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let series = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
        let value = match value {
            DebugValue::Counter(count) => f64::from(u32::try_from(count).unwrap()),
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(_) => panic!("there are no histograms"),
        };
        (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
    });
    series.filter(|(_, value)| *value != 0.0).collect()
}

fn expected<const N: usize>(series: [(&str, f64); N]) -> BTreeMap<String, f64> {
    series.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn gauges_follow_the_gangs_and_counters_the_rounds() {
    let (coordinator, snapshotter) = recorded("counted");
    let [mut a, mut b, mut c] = gang(&coordinator);
    let [mut alone] = gang_of(&coordinator, stage(1, 0));
    {
        let (first, second) = (barrier(&mut a).waits(), barrier(&mut b).waits());
        let mut again = coordinator.context(task(3, 0)).unwrap();
        let duplicate = barrier(&mut again).waits();
        let waiting = expected([
            ("barrier_live_stage_attempts{counted}", 2.0),
            ("barrier_waiting_tasks{counted}", 2.0),
            ("barrier_duplicate_requests_total{counted}", 1.0),
        ]);
        assert_eq!(series(&snapshotter), waiting);
        barrier(&mut c).ok();
        first.ok();
        second.ok();
        duplicate.ok();
    }
    alone.all_gather("it").unwrap();
    let met = expected([
        ("barrier_waiting_tasks{counted}", -2.0),
        ("barrier_rounds_completed_total{counted,BARRIER}", 1.0),
        ("barrier_rounds_completed_total{counted,ALL_GATHER}", 1.0),
    ]);
    assert_eq!(series(&snapshotter), met);
}

#[test]
fn failures_are_counted_by_reason_once_a_round() {
    let (coordinator, snapshotter) = recorded("failing");
    let [mut a, mut b, _c] = gang(&coordinator);
    {
        let (first, second) = (barrier(&mut a).waits(), barrier(&mut b).waits());
        assert!(coordinator.abort(stage(0, 0), AbortedBy::Driver, "enough"));
        first.fails();
        second.fails();
    }
    // Refused, since the gang is over; that is no second failure.
    barrier(&mut a).fails();
    let [mut one, mut two] = gang_of(&coordinator, stage(1, 0));
    {
        let first = barrier(&mut one).waits();
        gather(&mut two, "").fails();
        first.fails();
    }
    let [_idle] = gang_of(&coordinator, stage(2, 0));
    coordinator.clear(stage(2, 0));
    let counted = expected([
        ("barrier_rounds_failed_total{failing,aborted}", 1.0),
        ("barrier_rounds_failed_total{failing,mixed_kinds}", 1.0),
        ("barrier_refused_requests_total{failing,attempt_dead}", 1.0),
        ("barrier_stage_attempts_ended_total{failing,aborted}", 1.0),
        ("barrier_stage_attempts_ended_total{failing,mixed_kinds}", 1.0),
        ("barrier_stage_attempts_ended_total{failing,stage_completed}", 1.0),
    ]);
    assert_eq!(series(&snapshotter), counted);
    let counts = coordinator.snapshot().counts;
    assert_eq!(counts.failed, [("mixed_kinds", 1), ("aborted", 1)]);
    assert_eq!(counts.refused, [("attempt_dead", 1)]);
}

#[test]
fn a_task_that_leaves_waits_no_more() {
    let (coordinator, snapshotter) = recorded("leaving");
    let [mut a, _b] = gang(&coordinator);
    drop(barrier(&mut a).waits());
    assert_eq!(series(&snapshotter), expected([("barrier_live_stage_attempts{leaving}", 1.0)]));
}

#[test]
fn every_series_is_there_from_the_start() {
    let (_coordinator, snapshotter) = recorded("fresh");
    let names: Vec<_> =
        snapshotter.snapshot().into_vec().into_iter().map(|(key, ..)| key.key().name().to_owned()).collect();
    for name in [
        barrier::metrics::ROUNDS_FAILED,
        barrier::metrics::WAITING_TASKS,
        barrier::metrics::LONGEST_WAIT,
        barrier::metrics::DUPLICATE_REQUESTS,
    ] {
        assert!(names.iter().any(|there| there == name), "{name}");
    }
}
