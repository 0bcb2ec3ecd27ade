//! Ends of following that are not the end of the log.

use std::error::Error as _;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use listener_bus::event_log::{
    Cause, Entry, EventLogReader, FollowEnd, OpenLogError, Outcome, ReadError, ReadOptions,
};
use tempfile::TempDir;

use super::{END, Folder, Followed, append, line, lines, options};
use crate::support::{ReadBack, fixture, fixtures, read_all, read_log};

fn begun() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app-1.inprogress");
    append(&path, line(0));
    (folder, path)
}

#[test]
fn whoever_waits_for_the_rest_of_a_line_is_stopped_and_the_line_is_no_damage() {
    let (_folder, path) = begun();
    append(&path, &line(1)[..10]);
    let log = Followed::new(&path);
    log.expect([0]);
    log.stop.stop();
    let stop = log.stop.clone();
    let report = log.end().unwrap();
    let Outcome::Stopped { after: Some(place) } = &report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!((place.line, place.byte), (1, 0));
    assert_eq!((report.counts.damages, report.counts.corrupt), (0, 0));
    assert_eq!(stop.ended(), Some(FollowEnd::Stopped));
}

#[test]
fn whoever_waits_for_a_log_is_stopped() {
    let folder = Folder::absent();
    let log = Followed::new(&folder.path);
    log.stop.stop();
    let report = log.end().unwrap();
    assert_eq!((report.outcome, report.counts.files), (Outcome::Stopped { after: None }, 0));
}

#[test]
fn whoever_waits_is_woken_at_once_however_rarely_it_looks() {
    let (_folder, path) = begun();
    let log = Followed::with(&path, &options().poll(Duration::from_hours(1)));
    log.expect([0]);
    log.stop.stop();
    assert!(matches!(log.end().unwrap().outcome, Outcome::Stopped { .. }));
}

#[test]
fn the_last_handle_that_is_dropped_ends_following() {
    let (_folder, path) = begun();
    let log = Followed::with(&path, &options().poll(Duration::from_hours(1)));
    log.expect([0]);
    let Followed { end, stop, entries } = log;
    drop(stop.clone());
    assert!(end.is_empty());
    drop(stop);
    let report = end.recv_timeout(END).unwrap().unwrap();
    assert!(matches!(report.outcome, Outcome::Stopped { .. }));
    assert!(entries.is_empty());
}

#[test]
fn a_log_that_does_not_come_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let limit = options().appears_within(Duration::ZERO);
    let error = |path: PathBuf| match Followed::with(&path, &limit).end().unwrap_err() {
        ReadError::Open(error) => error,
        other => panic!("{other:?}"),
    };
    let absent = folder.path().join("app-1");
    match error(absent.clone()) {
        OpenLogError::Io { path, source } => {
            assert_eq!((path, source.kind()), (absent, io::ErrorKind::NotFound));
        }
        other => panic!("{other:?}"),
    }
    let rolling = folder.path().join("eventlog_v2_app-1");
    fs::create_dir(&rolling).unwrap();
    assert!(matches!(error(rolling.clone()), OpenLogError::NoStatus { .. }));
    File::create(rolling.join("appstatus_app-1.inprogress")).unwrap();
    assert!(matches!(error(rolling), OpenLogError::NoEvents { .. }));
}

#[test]
fn what_is_no_log_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = Followed::new(folder.path()).end().unwrap_err();
    assert!(matches!(error, ReadError::Open(OpenLogError::NotALog { .. })), "{error:?}");
    assert!(error.source().is_some());
}

#[test]
fn a_log_that_is_deleted_is_gone() {
    let (_folder, path) = begun();
    let log = Followed::new(&path);
    log.expect([0]);
    fs::remove_file(&path).unwrap();
    expect_gone(log, 2);
}

#[test]
fn a_log_that_another_takes_the_place_of_is_gone() {
    let (folder, path) = begun();
    let log = Followed::new(&path);
    log.expect([0]);
    let other = folder.path().join("other");
    append(&other, lines(5..9));
    fs::rename(&other, &path).unwrap();
    expect_gone(log, 2);
}

#[test]
fn a_folder_that_is_deleted_is_gone() {
    let folder = Folder::begun();
    append(&folder.events(1), line(0));
    let log = Followed::new(&folder.path);
    log.expect([0]);
    fs::remove_dir_all(&folder.path).unwrap();
    expect_gone(log, 2);
}

fn expect_gone(log: Followed, line: u64) {
    let Entry::Damaged(damage) = log.entry() else { panic!("the log is gone") };
    assert!(matches!(damage.cause, Cause::Gone));
    assert_eq!(damage.place.line, line);
    let stop = log.stop.clone();
    assert_eq!(log.end().unwrap().outcome, Outcome::Truncated { at: damage.place.clone() });
    assert_eq!(stop.ended(), Some(FollowEnd::Gone));
}

#[test]
fn a_log_that_shrinks_is_an_error() {
    let (_folder, path) = begun();
    append(&path, line(1));
    let log = Followed::new(&path);
    log.expect(0..2);
    File::options().write(true).open(&path).unwrap().set_len(5).unwrap();
    let stop = log.stop.clone();
    match log.end().unwrap_err() {
        ReadError::Shrunk { place, read, size } => {
            assert_eq!((place.line, read, size), (3, lines(0..2).len() as u64, 5));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stop.ended(), Some(FollowEnd::Failed));
}

#[test]
fn a_log_that_does_not_grow_for_so_long_ends_with_what_is_there() {
    let (_folder, path) = begun();
    let log = Followed::with(&path, &options().idle(Duration::from_millis(20)));
    log.expect([0]);
    let stop = log.stop.clone();
    assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
    assert_eq!(stop.ended(), Some(FollowEnd::Idle));
}

#[test]
fn the_line_that_a_killed_application_leaves_half_written_is_damage_once_the_log_is_idle() {
    let (_folder, path) = begun();
    append(&path, &line(1)[..10]);
    let log = Followed::with(&path, &options().idle(Duration::from_millis(20)));
    log.expect([0]);
    let Entry::Damaged(damage) = log.entry() else { panic!("the last line is cut") };
    assert!(matches!(damage.cause, Cause::Line(_)));
    assert!(matches!(log.end().unwrap().outcome, Outcome::Truncated { .. }));
}

#[test]
fn every_log_of_spark_is_followed_as_it_is_read() {
    for (name, expected) in fixtures() {
        let plain = read_log(fixture(&name));
        let options = options().idle(Duration::from_millis(50));
        let (reader, stop) = EventLogReader::follow(fixture(&name), &options, &ReadOptions::new());
        let ReadBack { events, report } = read_all(reader);
        assert_eq!(events.len() as u64, expected.events, "{name}");
        assert_eq!(report.outcome, plain.report.outcome, "{name}");
        assert_eq!(report.counts, plain.report.counts, "{name}");
        let is_live =
            plain.report.counts.damages > 0 || name.contains("inprogress") || name.contains("killed");
        let end = stop.ended().unwrap();
        assert!(end == FollowEnd::Completed || is_live || end == FollowEnd::Idle, "{name}: {end:?}");
    }
}
