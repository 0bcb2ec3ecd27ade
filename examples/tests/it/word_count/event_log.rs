//! The event log that a run writes.

use std::collections::BTreeMap;
use std::fs;

use listener_bus::SchedulerEvent;
use listener_bus::event_log::{Entry, EventLog, EventLogReader, Outcome, Progress, ReadOptions};
use tempfile::TempDir;

use super::program::{counts, run};
use crate::support::on_a_small_disk;

#[test]
fn a_run_leaves_a_completed_log_of_all_its_tasks() {
    let scratch = TempDir::new().expect("there is room for a folder");
    let path = |name: &str| scratch.path().join(name);
    fs::write(path("text"), "one two two").expect("there is room for a file");
    fs::create_dir(path("logs")).expect("there is room for a folder");
    let args = [path("text"), "--output".into(), path("out"), "--event-log".into(), path("logs")];
    let options = ["--tasks", "3", "--slots", "2", "--fail", "1:0"].map(Into::into);
    let done = run(scratch.path(), args.into_iter().chain(options));
    assert_eq!(done.code, Some(0), "{done:?}");
    let logs = EventLog::in_folder(path("logs")).expect("it can be read");
    let [log] = &logs[..] else { panic!("one run leaves one log: {logs:?}") };
    assert!(done.stderr.contains(&format!("event log in {}", log.path().display())), "{done:?}");
    assert_eq!(log.progress(), Progress::Completed);
    let mut reader = EventLogReader::open(log, &ReadOptions::new()).expect("it can be read");
    let (mut counts, mut events) = (BTreeMap::new(), Vec::new());
    while let Some(entry) = reader.read().expect("it can be read") {
        let Entry::Event(event) = entry else { panic!("every line is an event: {entry:?}") };
        *counts.entry(event.name().to_owned()).or_insert(0) += 1;
        events.push(event);
    }
    assert_eq!(reader.finish().outcome, Outcome::Complete);
    let SchedulerEvent::ApplicationStart(start) = &events[1] else { panic!("{:?}", events[1]) };
    assert_eq!(start.app_id.as_deref(), Some(log.name().as_str()));
    assert_environment(&events[2], &log.name(), "--tasks 3 --slots 2 --fail 1:0");
    // Three tasks a stage, and a second attempt at one of each.
    let expected =
        [("LogStart", 1), ("ApplicationStart", 1), ("ApplicationEnd", 1), ("JobStart", 1), ("JobEnd", 1)];
    let expected = expected.into_iter().chain([("StageCompleted", 2), ("TaskStart", 8), ("TaskEnd", 8)]);
    for (name, count) in expected {
        assert_eq!(counts.get(&format!("SparkListener{name}")), Some(&count), "{name}: {counts:?}");
    }
}

/// Spark's History Server tells nothing of an environment unless the log has one.
fn assert_environment(event: &SchedulerEvent, app_id: &str, options: &str) {
    let environment = match event {
        SchedulerEvent::EnvironmentUpdate(environment) => Some(environment),
        _ => None,
    };
    let environment = environment.expect("it follows the start");
    let setting = |name: &str| environment.spark_properties[name].as_str();
    assert_eq!((setting("spark.app.name"), setting("spark.app.id")), ("word-count", app_id));
    assert!(setting("word-count.options").ends_with(options), "{environment:?}");
    assert_eq!(environment.jvm_information["Java Version"], "none");
}

#[test]
fn a_log_that_cannot_be_written_is_told_before_any_work() {
    let scratch = TempDir::new().expect("there is room for a folder");
    let path = |name: &str| scratch.path().join(name);
    fs::write(path("text"), "one two two").expect("there is room for a file");
    let done = run(
        scratch.path(),
        [path("text"), "--output".into(), path("out"), "--event-log".into(), path("gone")],
    );
    assert!(done.error().starts_with("cannot write an event log: "), "{done:?}");
    assert!(done.error().contains("gone"), "{done:?}");
    assert!(!path("out").exists());
}

#[test]
fn a_log_that_fails_is_told_and_the_words_are_counted() {
    let scratch = TempDir::new().expect("there is room for a folder");
    let path = |name: &str| scratch.path().join(name);
    fs::write(path("text"), "one two two").expect("there is room for a file");
    fs::create_dir(path("logs")).expect("there is room for a folder");
    // The options are in the log and in no other file, and of no use besides: no task has so many attempts.
    let fail: Vec<_> = (10_000..14_000).map(|attempt| format!("0:{attempt}")).collect();
    let output = on_a_small_disk(8, env!("CARGO_BIN_EXE_word-count"))
        .args([path("text"), "--output".into(), path("out"), "--event-log".into(), path("logs")])
        .args(["--tasks", "2", "--slots", "1", "--fail", &fail.join(",")])
        .output()
        .expect("it runs");
    let stderr = String::from_utf8(output.stderr).expect("it writes UTF-8");
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(counts(&path("out"), 2), [("one".to_owned(), 1), ("two".to_owned(), 2)].into());
    let warnings: Vec<_> =
        stderr.lines().filter_map(|line| line.strip_prefix("word-count: warning: the event log ")).collect();
    assert!(warnings.iter().any(|warning| warning.ends_with("could not be written")), "{stderr}");
    assert!(warnings.iter().any(|warning| warning.contains("File too large")), "{stderr}");
}
