//! The event log that a run writes.

use std::collections::BTreeMap;
use std::fs;

use listener_bus::SchedulerEvent;
use listener_bus::event_log::{Entry, EventLog, EventLogReader, Outcome, Progress, ReadOptions};
use tempfile::TempDir;

use super::program::run;

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
    let mut counts = BTreeMap::new();
    let mut app_id = None;
    while let Some(entry) = reader.read().expect("it can be read") {
        let Entry::Event(event) = entry else { panic!("every line is an event: {entry:?}") };
        *counts.entry(event.name().to_owned()).or_insert(0) += 1;
        if let SchedulerEvent::ApplicationStart(start) = event {
            app_id = start.app_id;
        }
    }
    assert_eq!(reader.finish().outcome, Outcome::Complete);
    assert_eq!(app_id.as_deref(), Some(log.name().as_str()));
    // Three tasks a stage, and a second attempt at one of each.
    let expected =
        [("LogStart", 1), ("ApplicationStart", 1), ("ApplicationEnd", 1), ("JobStart", 1), ("JobEnd", 1)];
    let expected = expected.into_iter().chain([("StageCompleted", 2), ("TaskStart", 8), ("TaskEnd", 8)]);
    for (name, count) in expected {
        assert_eq!(counts.get(&format!("SparkListener{name}")), Some(&count), "{name}: {counts:?}");
    }
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
