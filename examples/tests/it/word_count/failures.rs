//! What the report tells of failures, speculation, lost executors and commits.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::program::{Run, count, counts};

const TEXT: &str = "the cat and the dog and the mouse";

fn run(options: &str) -> Run {
    let scratch = TempDir::new().expect("there is room for a folder");
    let (input, output) = (scratch.path().join("text"), scratch.path().join("counts"));
    fs::write(&input, TEXT).expect("there is room for a file");
    let run = count(scratch.path(), &input, &output, options);
    if run.code == Some(0) {
        assert_eq!(counts(&output, 4).get("the"), Some(&3));
    } else {
        assert_nothing_is_left(&output);
    }
    run
}

fn assert_nothing_is_left(output: &Path) {
    assert!(!output.exists(), "{:?}", fs::read_dir(output).map(Iterator::collect::<Vec<_>>));
}

#[test]
fn attempts_that_fail_are_tried_again() {
    let run = run("--tasks 4 --slots 2 --fail 2:0,2:1");
    run.assert_success();
    for stage in ["map", "reduce"] {
        let told = format!("{stage}: 4 tasks, 6 attempts (0 speculative): 2 ExceptionFailure, 4 Success");
        run.assert_tells("Stages", &[&told]);
    }
    run.assert_tells(
        "Mishaps",
        &["attempt 1 at partition 2 of stage 1,", "ExceptionFailure", "as asked for"],
    );
}

#[test]
fn a_task_that_fails_four_times_fails_the_job_and_nothing_is_left_of_it() {
    let run = run("--tasks 4 --slots 2 --fail 2:0,2:1,2:2,2:3");
    let expected = "stage 0, map, has failed: attempt 3 at partition 2 of stage 0.0 has failed: \
        attempt 3 at partition 2 of stage 0.0 fails, as asked for";
    assert_eq!(run.error(), expected);
    run.assert_tells("Stages", &["map: 4 tasks", "4 ExceptionFailure"]);
    assert_eq!(run.lines("Output"), [""; 0]);
}

#[test]
fn of_a_slow_task_the_second_attempt_wins_and_the_first_is_killed_or_denied_its_commit() {
    let run = run("--tasks 4 --slots 2 --speculate --slow 1:600000");
    run.assert_success();
    run.assert_tells("Stages", &["map: 4 tasks, 5 attempts (1 speculative): 4 Success, 1 TaskKilled"]);
    run.assert_tells(
        "Stages",
        &["reduce: 4 tasks, 5 attempts (1 speculative): 4 Success, 1 TaskCommitDenied"],
    );
    run.assert_tells("Mishaps", &["attempt 0 at partition 1 of stage 0", "TaskKilled, another attempt"]);
    let denied =
        "attempt 0 at partition 1 of stage 1.0 may not commit: attempt 1 of stage attempt 0 has committed";
    run.assert_tells("Commits", &[denied]);
}

#[test]
fn a_commit_that_a_lost_executor_did_not_tell_of_is_not_repeated() {
    let run = run("--tasks 4 --slots 2 --kill-executor 1");
    run.assert_success();
    run.assert_tells("Mishaps", &["executor 1 was removed"]);
    run.assert_tells("Stages", &["reduce", "1 ExecutorLostFailure, 3 Success, 1 TaskCommitDenied"]);
    run.assert_tells("Commits", &["was lost with token 1: it was in doubt"]);
    run.assert_tells(
        "Commits",
        &["attempt 1", "attempt 0 of stage attempt 0 has committed the partition with token 1"],
    );
}

#[test]
fn every_executor_gets_a_task_and_can_be_lost_also_with_more_slots_than_tasks() {
    for slots in [4, 5, 7, 12] {
        for executor in 0..3 {
            let run = run(&format!("--tasks 4 --slots {slots} --kill-executor {executor}"));
            run.assert_success();
            run.assert_tells("Mishaps", &[&format!("on executor {executor}: ExecutorLostFailure")]);
        }
    }
}

#[test]
fn a_grant_that_a_lost_executor_did_not_use_goes_to_the_next_attempt() {
    let run = run("--tasks 4 --slots 1 --kill-executor 0 --fail 0:0");
    run.assert_success();
    run.assert_tells("Stages", &["reduce: 4 tasks, 5 attempts", "1 ExecutorLostFailure, 4 Success"]);
    run.assert_tells(
        "Commits",
        &["attempt 0 at partition 0 of stage 1.0 was lost with token 1: it was in doubt"],
    );
}

#[test]
fn every_queue_has_delivered_every_event() {
    let run = run("--tasks 4 --slots 2 --barrier --speculate --fail 0:0");
    run.assert_success();
    let queues = run.lines("Queue");
    assert_eq!(queues.len(), 2, "{queues:?}");
    for queue in queues {
        let numbers: Vec<_> = queue.split_whitespace().filter_map(|word| word.parse::<u64>().ok()).collect();
        assert!(
            matches!(numbers[..], [posted, delivered, 0] if posted == delivered && posted > 20),
            "{queue}"
        );
    }
}
