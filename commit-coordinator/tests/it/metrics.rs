//! What operators see.

use commit_coordinator::{
    DenialReason, OutputCommitCoordinator, TaskAttempt, UnknownOutcome, metrics as names,
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::support::{
    SUCCESS, attempt, commit_denied, denied, executor_lost, failed, granted, never, with_stage_1,
};

type Series = (String, Vec<(String, String)>, DebugValue);

fn series(recorder: &metrics_util::debugging::Snapshotter) -> Vec<Series> {
    let all = recorder.snapshot().into_vec();
    let label = |label: &::metrics::Label| (label.key().to_owned(), label.value().to_owned());
    all.into_iter()
        .map(|(key, _, _, value)| {
            let key = key.key();
            (key.name().to_owned(), key.labels().map(label).collect(), value)
        })
        .collect()
}

fn value(all: &[Series], name: &str, label: Option<(&str, &str)>) -> u64 {
    let has = |labels: &[(String, String)]| {
        labels.contains(&("coordinator".to_owned(), "c".to_owned()))
            && label.is_none_or(|(key, value)| labels.contains(&(key.to_owned(), value.to_owned())))
    };
    let found: Vec<_> = all.iter().filter(|(found, labels, _)| found == name && has(labels)).collect();
    let [(_, _, value)] = found[..] else { panic!("{name} {label:?}: {found:?}") };
    match value {
        DebugValue::Counter(count) => *count,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small whole numbers")]
        DebugValue::Gauge(level) => level.into_inner() as u64,
        DebugValue::Histogram(_) => panic!("{name} is a histogram"),
    }
}

/// A coordinator whose recorder is looked at.
fn recorded() -> (OutputCommitCoordinator, metrics_util::debugging::Snapshotter) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let builder = OutputCommitCoordinator::builder().name("c").unknown_outcome(UnknownOutcome::Regrant);
    (::metrics::with_local_recorder(&recorder, || with_stage_1(builder)), snapshotter)
}

#[test]
fn every_series_is_there_from_the_start() {
    let (_coordinator, snapshotter) = recorded();
    let all = series(&snapshotter);
    for reason in DenialReason::ALL {
        assert_eq!(value(&all, names::DENIALS, Some(("reason", reason))), 0);
    }
    for outcome in ["committed", "failed", "unknown", "stage_ended"] {
        assert_eq!(value(&all, names::GRANT_OUTCOMES, Some(("outcome", outcome))), 0);
    }
    for metric in [names::GRANTS, names::REPEATED_REQUESTS, names::LEASES_EXPIRED, names::STAGES_ABORTED] {
        assert_eq!(value(&all, metric, None), 0);
    }
}

#[test]
fn at_the_end_the_metrics_say_what_happened() {
    let (coordinator, snapshotter) = recorded();
    granted(coordinator.can_commit(attempt(0)));
    granted(coordinator.can_commit(attempt(0)));
    denied(coordinator.can_commit(attempt(1)));
    coordinator.task_completed(attempt(1), &commit_denied());
    coordinator.task_completed(attempt(0), &failed());
    granted(coordinator.can_commit(attempt(2)));
    coordinator.task_completed(attempt(2), &executor_lost());
    granted(coordinator.can_commit(attempt(3)));
    coordinator.task_completed(attempt(2), &SUCCESS);
    coordinator.task_completed(attempt(3), &SUCCESS);
    granted(coordinator.can_commit(TaskAttempt::new(1, 0, 0, 0)));
    let expected = [
        (names::GRANTS, None, 4),
        (names::REPEATED_REQUESTS, None, 1),
        (names::DENIALS, Some(("reason", "held_by")), 1),
        (names::GRANT_OUTCOMES, Some(("outcome", "committed")), 1),
        (names::GRANT_OUTCOMES, Some(("outcome", "failed")), 1),
        (names::GRANT_OUTCOMES, Some(("outcome", "unknown")), 1),
        (names::SUPERSEDED_COMMITS, None, 1),
        (names::STAGES, None, 1),
        (names::GRANTS_HELD, None, 1),
        (names::OUTCOMES_UNKNOWN, None, 0),
    ];
    // The last word comes when the coordinator goes, on whatever thread that is. A snapshot takes counters back to zero.
    drop(coordinator);
    let (deadline, mut seen) = (never(), expected.map(|_| 0));
    while seen != expected.map(|(.., count)| count) {
        assert!(std::time::Instant::now() < deadline, "{seen:?}, not {expected:?}");
        let all = series(&snapshotter);
        for (seen, (metric, label, _)) in seen.iter_mut().zip(expected) {
            *seen = value(&all, metric, label).max(*seen);
        }
        std::thread::yield_now();
    }
}

#[test]
fn the_metrics_follow_while_the_coordinator_lives() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let coordinator = ::metrics::with_local_recorder(&recorder, || {
        with_stage_1(OutputCommitCoordinator::builder().name("c"))
    });
    let until = |name, level: u64| {
        let deadline = never();
        // A snapshot takes counters back to zero, gauges it leaves.
        while value(&series(&snapshotter), name, None) != level {
            assert!(std::time::Instant::now() < deadline, "{name}");
            std::thread::yield_now();
        }
    };
    until(names::STAGES, 1);
    granted(coordinator.can_commit(attempt(0)));
    until(names::GRANTS_HELD, 1);
    coordinator.task_completed(attempt(0), &executor_lost());
    until(names::OUTCOMES_UNKNOWN, 1);
    until(names::GRANTS_HELD, 0);
    coordinator.stage_end(1);
    until(names::STAGES, 0);
    until(names::OUTCOMES_UNKNOWN, 0);
}
