//! A log that is one file.

use std::fs;
use std::path::PathBuf;

use listener_bus::event_log::{Entry, FollowEnd, Outcome};
use tempfile::TempDir;

use super::{Followed, append, line, lines};

fn log() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let writing = folder.path().join("app-1.inprogress");
    let complete = folder.path().join("app-1");
    (folder, writing, complete)
}

#[test]
fn each_event_comes_once_as_soon_as_it_is_written_and_the_rename_is_the_end() {
    let (_folder, writing, complete) = log();
    append(&writing, lines(0..3));
    let log = Followed::new(&writing);
    log.expect(0..3);
    for number in 3..50 {
        append(&writing, line(number));
        log.expect([number]);
    }
    fs::rename(&writing, &complete).unwrap();
    let stop = log.stop.clone();
    let report = log.end().unwrap();
    assert_eq!(report.outcome, Outcome::Complete);
    assert_eq!((report.counts.files, report.counts.lines, report.counts.events), (1, 50, 50));
    assert_eq!(stop.ended(), Some(FollowEnd::Completed));
}

#[test]
fn what_is_written_right_before_the_rename_is_read() {
    for number in 0..50 {
        let (_folder, writing, complete) = log();
        append(&writing, line(0));
        let log = Followed::new(&writing);
        log.expect([0]);
        append(&writing, lines(1..=number));
        fs::rename(&writing, &complete).unwrap();
        log.expect(1..=number);
        assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
    }
}

#[test]
fn a_line_that_is_half_written_is_waited_for() {
    let (_folder, writing, complete) = log();
    append(&writing, line(0));
    let log = Followed::new(&writing);
    log.expect([0]);
    for number in 1..20 {
        for byte in line(number).bytes() {
            append(&writing, [byte]);
        }
        log.expect([number]);
    }
    fs::rename(&writing, &complete).unwrap();
    let report = log.end().unwrap();
    assert_eq!((report.outcome, report.counts.damages), (Outcome::Complete, 0));
}

#[test]
fn a_log_that_is_not_there_yet_is_waited_for_under_either_name() {
    for given in ["app-1", "app-1.inprogress"] {
        let (folder, writing, complete) = log();
        let log = Followed::new(&folder.path().join(given));
        append(&writing, line(0));
        log.expect([0]);
        append(&writing, line(1));
        fs::rename(&writing, &complete).unwrap();
        log.expect([1]);
        assert_eq!(log.end().unwrap().outcome, Outcome::Complete, "{given}");
    }
}

#[test]
fn a_log_that_has_been_renamed_already_is_found_under_the_name_it_had() {
    let (_folder, writing, complete) = log();
    append(&complete, lines(0..10));
    let log = Followed::new(&writing);
    log.expect(0..10);
    assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
}

#[test]
fn a_log_that_is_renamed_while_it_is_looked_for_is_found() {
    for _ in 0..50 {
        let (_folder, writing, complete) = log();
        let log = Followed::new(&writing);
        append(&writing, line(0));
        fs::rename(&writing, &complete).unwrap();
        log.expect([0]);
        assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
    }
}

#[test]
fn a_corrupt_line_is_told_before_there_is_another() {
    let (_folder, writing, complete) = log();
    append(&writing, "{\"Event\":17}\n");
    let log = Followed::new(&writing);
    assert!(matches!(log.entry(), Entry::Corrupt(_)));
    append(&writing, line(1));
    log.expect([1]);
    fs::rename(&writing, &complete).unwrap();
    assert_eq!(log.end().unwrap().counts.corrupt, 1);
}
