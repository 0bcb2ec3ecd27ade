//! A log of several files.

use std::fs::{self, File};

use listener_bus::event_log::{Cause, Entry, FollowEnd, Outcome};

use super::{Folder, Followed, append, line, lines};

#[test]
fn each_event_comes_once_across_the_files_and_the_marker_tells_the_end() {
    let folder = Folder::begun();
    let log = Followed::new(&folder.path);
    for index in 1..=12 {
        let number = i32::try_from(index).unwrap() * 10;
        append(&folder.events(index), line(number));
        log.expect([number]);
        append(&folder.events(index), line(number + 1));
        log.expect([number + 1]);
        // Not taken before the next file begins.
        append(&folder.events(index), line(number + 2));
        File::create(folder.events(index + 1)).unwrap();
        log.expect([number + 2]);
    }
    append(&folder.events(13), line(999));
    folder.complete();
    log.expect([999]);
    let stop = log.stop.clone();
    let report = log.end().unwrap();
    assert_eq!((report.outcome, report.counts.files), (Outcome::Complete, 13));
    assert_eq!(stop.ended(), Some(FollowEnd::Completed));
}

#[test]
fn several_files_that_come_between_two_looks_are_read_in_order() {
    for _ in 0..20 {
        let folder = Folder::begun();
        let log = Followed::new(&folder.path);
        append(&folder.events(1), line(1));
        log.expect([1]);
        for index in 2..=11 {
            append(&folder.events(index), lines([i32::try_from(index).unwrap()]));
        }
        folder.complete();
        log.expect(2..=11);
        assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
    }
}

#[test]
fn a_folder_that_comes_step_by_step_is_waited_for() {
    let folder = Folder::absent();
    let log = Followed::new(&folder.path);
    fs::create_dir(&folder.path).unwrap();
    File::create(folder.path.join("appstatus_app-1.inprogress")).unwrap();
    append(&folder.events(1), line(1));
    log.expect([1]);
    folder.complete();
    assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
}

#[test]
fn files_that_were_read_may_be_compacted() {
    let folder = Folder::begun();
    let log = Followed::new(&folder.path);
    append(&folder.events(1), line(1));
    append(&folder.events(2), line(2));
    append(&folder.events(3), line(3));
    log.expect(1..=3);
    append(&folder.path.join("events_2_app-1.compact"), line(2));
    fs::remove_file(folder.events(1)).unwrap();
    fs::remove_file(folder.events(2)).unwrap();
    append(&folder.events(3), line(30));
    append(&folder.events(4), line(4));
    log.expect([30, 4]);
    folder.complete();
    assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
}

#[test]
fn following_begins_with_the_last_compacted_file() {
    let folder = Folder::begun();
    append(&folder.events(1), line(1));
    append(&folder.events(2), line(2));
    append(&folder.path.join("events_2_app-1.compact"), line(20));
    append(&folder.events(3), line(3));
    let log = Followed::new(&folder.path);
    log.expect([20, 3]);
    append(&folder.events(3), line(30));
    log.expect([30]);
    folder.complete();
    assert_eq!(log.end().unwrap().counts.files, 2);
}

#[test]
fn files_that_are_not_there_are_told_and_the_next_one_is_read() {
    let folder = Folder::begun();
    append(&folder.events(1), line(1));
    append(&folder.events(4), line(4));
    let log = Followed::new(&folder.path);
    log.expect([1]);
    let Entry::Damaged(damage) = log.entry() else { panic!("files 2 and 3 are missing") };
    assert!(matches!(damage.cause, Cause::Missing));
    assert!(damage.place.file.ends_with("events_2 to 3"), "{damage}");
    log.expect([4]);
    folder.complete();
    assert_eq!(log.end().unwrap().outcome, Outcome::Truncated { at: damage.place.clone() });
}

#[test]
fn a_damaged_file_does_not_spoil_those_that_come() {
    let folder = Folder::begun();
    append(&folder.events(1), [&b"\x28\xb5\x2f\xfd"[..], &[0xff; 64]].concat());
    let log = Followed::new(&folder.path);
    assert!(matches!(log.entry(), Entry::Damaged(damage) if matches!(damage.cause, Cause::Stream(_))));
    append(&folder.events(2), line(2));
    log.expect([2]);
    folder.complete();
    assert!(matches!(log.end().unwrap().outcome, Outcome::Truncated { .. }));
}
