//! A word count with a page can be watched.

use std::fs;

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::program::Program;
use crate::word_count::program::{command, run};

/// A word count of a few words, with these options.
fn start(scratch: &TempDir, options: &[&str]) -> Program {
    let input = scratch.path().join("text");
    fs::write(&input, "one two two three three three").expect("there is room for a file");
    let mut command = command();
    command.arg(input).arg("--output").arg(scratch.path().join("counts")).args(options);
    Program::start("word-count", command.env("TMPDIR", scratch.path()))
}

fn scratch() -> TempDir {
    TempDir::new().expect("there is room for a folder")
}

#[test]
fn the_job_is_shown_while_it_runs() {
    let scratch = scratch();
    let mut program = start(&scratch, &["--tasks", "2", "--slots", "2", "--slow", "1:3600000"]);
    let applications = program.wait_until("applications", |told| told[0]["id"].is_string());
    let id = applications[0]["id"].as_str().expect("a text");
    let jobs =
        program.wait_until(&format!("applications/{id}/jobs"), |jobs| jobs[0]["numCompletedTasks"] == 1);
    assert_eq!((&jobs[0]["status"], &jobs[0]["numActiveTasks"]), (&"RUNNING".into(), &1.into()));
    assert!(program.is_running());
}

#[test]
fn the_page_stays_until_a_signal_and_the_words_are_counted() {
    let scratch = scratch();
    let mut program = start(&scratch, &["--tasks", "2", "--slots", "2"]);
    let stays = program.wait_for("page stays on http://");
    assert_eq!(stays, format!("{}/ until SIGTERM or SIGINT", program.address()));
    let applications = program.api("applications");
    assert_eq!(applications[0]["attempts"][0]["completed"], true, "{applications}");
    program.signal(Signal::SIGTERM);
    let ended = program.ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout[0].contains("three"), "{ended:?}");
}

#[test]
fn a_gang_that_waits_for_a_late_task_is_shown_with_who_is_missing() {
    let scratch = scratch();
    let options = ["--tasks", "3", "--slots", "3", "--barrier", "--late", "1:3600000"];
    let program = start(&scratch, &options);
    let rounds = |bus: &Value| bus["barriers"].as_array().map_or(0, Vec::len);
    let bus = program.wait_until("bus", |bus| rounds(bus) == 1 && bus["barriers"][0]["arrived"] == 2);
    assert_eq!(bus["barriers"][0]["missing"], serde_json::json!([1]), "{bus}");
}

#[test]
fn what_a_slow_listener_makes_the_queue_drop_is_shown_and_told() {
    let scratch = scratch();
    let mut program = start(
        &scratch,
        &["--tasks", "20", "--slots", "2", "--slow-listener", "20", "--shared-capacity", "1"],
    );
    let warning = program.wait_for("warning: the queue shared has dropped ");
    assert!(warning.ends_with(" events: what they told is missing in the report"), "{warning}");
    let dropped: u64 = warning.split(' ').next().and_then(|events| events.parse().ok()).expect(&warning);
    program.wait_until("bus", |told| {
        let queues = told["bus"]["queues"].as_array().expect("a list");
        queues.iter().any(|queue| queue["name"] == "shared" && queue["dropped"] == dropped)
    });
}

#[test]
fn a_page_needs_events_and_a_late_task_a_gang_that_has_it() {
    let scratch = scratch();
    let without_events = run(scratch.path(), ["--no-events", "--page", "127.0.0.1:0"]);
    assert_eq!(without_events.code, Some(2), "{without_events:?}");
    let late = run(scratch.path(), ["--tasks", "4", "--slots", "2", "--barrier", "--late", "2:1"]);
    assert_eq!(late.error(), "--late names task 2 of the gang, but the last one is 1");
    let no_gang = run(scratch.path(), ["--late", "0:1"]);
    assert!(no_gang.code == Some(2) && no_gang.stderr.contains("--barrier"), "{no_gang:?}");
}
