use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{CUT, Files, assert_conserved, log, number, replay, replay_json, stored, text};

/// What the logs hold, counted by other means.
fn table() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/counts.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the table is there")).expect("it is JSON")
}

fn assert_counts(summary: &Value, expected: &Value) {
    assert_eq!(summary["events_by_type"], expected["counts"]);
    assert_eq!(summary["tasks_by_end_reason"], expected["task_end_reasons"]);
    assert_eq!(summary["lines_skipped"], 0);
    assert_eq!(summary["event_log_lines"], expected["events"]);
    assert_conserved(summary, number(&expected["events"]));
}

#[test]
fn each_log_gives_exactly_the_counts_of_its_table_plain_or_compressed() {
    let (files, table) = (Files::new(), table());
    for (name, expected) in table.as_object().expect("an object") {
        let plain = files.write(name, text(name));
        for path in [log(name), plain] {
            let run = replay_json(&[&path]);
            assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
            assert_counts(&run.json(), expected);
        }
    }
}

#[test]
fn every_layout_and_codec_gives_the_counts_of_its_table() {
    let table = fs::read_to_string(stored("counts.json")).expect("the table is there");
    let table: Value = serde_json::from_str(&table).expect("it is JSON");
    for (name, expected) in table.as_object().expect("an object") {
        for threads in ["1", "3"] {
            let run =
                replay([Path::new("--json"), Path::new("--threads"), Path::new(threads), &stored(name)]);
            // One of them is cut.
            assert_eq!(run.errors().len(), usize::from(name == CUT), "{name}: {run:?}");
            let summary = run.json();
            assert_eq!(summary["events_by_type"], expected["counts"], "{name}");
            assert_conserved(&summary, number(&expected["events"]));
        }
    }
}

#[test]
fn a_folder_of_logs_is_replayed_in_the_order_of_their_names() {
    let run = replay_json(&[&stored("")]);
    assert_eq!(run.code, Some(1), "one is cut");
    assert_conserved(&run.json(), 27 + 50 + 49 + 379 + 4 * 93 + 27 + 1470);
}

#[test]
fn without_a_log_it_replays_the_one_it_comes_with() {
    let run = replay(["--json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let summary = run.json();
    assert_counts(&summary, &table()["executor-loss"]);
    assert_eq!(
        summary["application"],
        json!({
            "name": "h_executor_loss", "id": "app-20261121032342-0000", "spark_version": "4.1.4", "user": "spark",
            "started": 1_795_231_420_899_u64, "ended": 1_795_231_497_269_u64, "duration_ms": 76_370,
        })
    );
    assert_eq!(summary["jobs"], json!({"total": 6, "succeeded": 6, "failed": 0, "running": 0}));
    assert_eq!(summary["stages"], json!({"completed": 9, "failed": 1, "skipped": 0, "running": 0}));
    assert_eq!(summary["executors"], json!({"added": 4, "removed": 2, "peak": 2}));
    assert_eq!(summary["executor_count"]["alive"], 2);
    assert_eq!(summary["slowest_stages"][0]["seconds"], 17.039);
}

#[test]
fn the_summary_for_people_names_what_the_json_does() {
    let run = replay([""; 0]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    for line in [
        "Application     h_executor_loss (app-20261121032342-0000), run by spark",
        "Spark version   4.1.4",
        "Duration        1 min 16 s",
        "Jobs            6: 6 succeeded",
        "Stages          10: 9 completed, 1 failed",
        "Task ends       62: 52 Success, 4 FetchFailed, 4 ExecutorLostFailure, 2 Resubmitted",
        "Executors       4 added, 2 removed, at most 2 at once",
        "executorManagement          174          174            0",
    ] {
        assert!(run.stdout.lines().any(|found| found == line), "{line:?} is missing from\n{}", run.stdout);
    }
    assert!(!run.stdout.contains('\u{1b}'), "no colours and no bar without a terminal");
}

#[test]
fn jobs_and_stages_are_told_by_outcome() {
    let summary = replay_json(&[&log("d_failures")]).json();
    assert_eq!(summary["jobs"], json!({"total": 5, "succeeded": 2, "failed": 3, "running": 0}));
    assert_eq!(summary["stages"], json!({"completed": 2, "failed": 3, "skipped": 1, "running": 0}));
}

#[test]
fn stages_whose_output_was_there_already_are_skipped() {
    let summary = replay_json(&[&log("v248-a_wordcount")]).json();
    assert_eq!(summary["stages"], json!({"completed": 9, "failed": 0, "skipped": 5, "running": 0}));
}

#[test]
fn a_stage_attempt_that_is_reported_as_failed_twice_counts_once() {
    let summary = replay_json(&[&log("v359-c_barrier_retry")]).json();
    assert_eq!(summary["stages"], json!({"completed": 4, "failed": 3, "skipped": 0, "running": 0}));
}

#[test]
fn what_a_killed_driver_left_behind_is_still_running() {
    let files = Files::new();
    let until_killed: Vec<_> = text("d_failures").lines().take(40).map(str::to_owned).collect();
    let run = replay_json(&[&files.write("log.inprogress", until_killed.join("\n"))]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let summary = run.json();
    assert_eq!(summary["application"]["ended"], Value::Null);
    assert_eq!(summary["application"]["duration_ms"], Value::Null);
    assert_eq!(summary["jobs"], json!({"total": 2, "succeeded": 1, "failed": 0, "running": 1}));
    assert_eq!(summary["stages"], json!({"completed": 1, "failed": 0, "skipped": 0, "running": 1}));
}

#[test]
fn several_logs_are_replayed_in_turn_and_added_up() {
    let run = replay_json(&[&log("d_failures"), &log("executor-loss"), &log("d_failures")]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let summary = run.json();
    assert_conserved(&summary, 81 + 174 + 81);
    let applications = summary["applications"].as_array().expect("a list");
    let names: Vec<_> = applications.iter().map(|application| &application["name"]).collect();
    assert_eq!(names, ["d_failures", "h_executor_loss", "d_failures"]);
    assert_eq!(summary["application"], applications[2]);
    assert_eq!(summary["jobs"], json!({"total": 16, "succeeded": 10, "failed": 6, "running": 0}));
    assert_eq!(summary["stages"], json!({"completed": 13, "failed": 7, "skipped": 2, "running": 0}));
    assert_eq!(summary["executors"], json!({"added": 6, "removed": 2, "peak": 2}));
    assert_eq!(summary["executor_count"]["alive"], 1, "those of the last application");
}

#[test]
fn lines_may_end_with_cr_lf_and_the_last_one_with_nothing() {
    let files = Files::new();
    let text = text("v248-a_wordcount").replace('\n', "\r\n");
    let run = replay_json(&[&files.write("crlf", text.trim_end())]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_counts(&run.json(), &table()["v248-a_wordcount"]);
}

#[test]
fn a_log_of_several_gzip_members_is_read_to_its_end() {
    let files = Files::new();
    let text = text("d_failures");
    let (first, second) = text.split_at(text.len() / 2);
    let members = [crate::support::gzip(first.as_bytes()), crate::support::gzip(second.as_bytes())].concat();
    let run = replay_json(&[&files.write("log", members)]);
    assert_counts(&run.json(), &table()["d_failures"]);
}

#[test]
fn a_pace_changes_nothing_but_the_time() {
    for pace in [["--rate", "1e6"], ["--speed", "1e6"]] {
        let run = replay(["--json"].into_iter().chain(pace));
        assert_eq!(run.code, Some(0), "{run:?}");
        assert_counts(&run.json(), &table()["executor-loss"]);
    }
}
