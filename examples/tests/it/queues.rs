use serde_json::Value;

use crate::support::{assert_conserved, dropped, number, queue, replay};

const EVENTS: u64 = 174;

fn replay_slowly(args: &[&str]) -> (Value, String) {
    let run = replay(["--json", "--slow-listener", "2"].iter().chain(args));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.errors(), [""; 0]);
    (run.json(), run.stderr)
}

#[test]
fn a_slow_listener_loses_nothing_by_default() {
    let (summary, stderr) = replay_slowly(&["--capacity", "1"]);
    assert_conserved(&summary, EVENTS);
    for name in ["appStatus", "executorManagement", "shared", "eventLog"] {
        assert_eq!(queue(&summary, name)["delivered"], EVENTS, "{summary}");
    }
    assert_eq!(stderr, "");
}

#[test]
fn a_lossy_policy_drops_and_says_so_and_every_event_is_accounted_for() {
    for (policy, reason) in [("drop-newest", "full"), ("drop-oldest", "evicted"), ("block:0", "timed_out")] {
        let (summary, stderr) = replay_slowly(&["--capacity", "1", "--overflow", policy]);
        assert_conserved(&summary, EVENTS);
        let slow = queue(&summary, "executorManagement");
        assert!(dropped(slow) > 0, "{policy}: {slow}");
        assert_eq!(dropped(slow), number(&slow["dropped"][reason]), "{policy}: {slow}");
        assert!(stderr.contains("queue=\"executorManagement\""), "a warning names the queue: {stderr}");
    }
}

#[test]
fn the_executor_count_is_told_of_every_gap_and_is_right_all_the_same() {
    let (summary, stderr) = replay_slowly(&["--capacity", "1", "--overflow", "drop-newest"]);
    let count = &summary["executor_count"];
    assert!(number(&count["gaps"]) > 0, "{count}");
    assert_eq!(number(&count["events_missed"]), dropped(queue(&summary, "executorManagement")));
    assert_eq!((number(&count["alive"]), number(&count["peak"])), (2, 2), "critical events are not dropped");
    assert!(stderr.contains("WARN the executor count is in doubt"), "{stderr}");
}

#[test]
fn a_slow_listener_can_be_put_on_another_queue() {
    let (summary, _) =
        replay_slowly(&["--capacity", "1", "--overflow", "drop-newest", "--slow-queue", "shared"]);
    assert!(dropped(queue(&summary, "shared")) > 0, "{summary}");
}

#[test]
fn a_stuck_listener_is_named_and_does_not_hold_the_replay_up_for_ever() {
    for policy in ["block:0.1", "drop-newest"] {
        let hour = "3600000";
        let args =
            ["--json", "--patience", "1", "--capacity", "5", "--slow-listener", hour, "--overflow", policy];
        let run = replay(args);
        assert_eq!(run.code, Some(1), "{run:?}");
        let errors = run.errors();
        assert!(errors.iter().all(|error| error.contains("executorManagement")), "{errors:?}");
        assert!(errors.iter().any(|error| error.contains("listener SlowListener")), "{errors:?}");
        let summary = run.json();
        assert_eq!(summary["executor_count"], Value::Null, "it never came back");
        assert_eq!(summary["event_log_lines"], queue(&summary, "eventLog")["delivered"]);
    }
}
