//! What a log tells of what it has lost.

use std::fs;
use std::time::Duration;

use super::outage_tests::{LAYOUTS, Logged, job, names, read, task};
use super::{EVENTS_LOST, EventLoggingListener, LogState};
use crate::Gap;
use crate::event_log::writer::{Fault, FaultyDisk, Weight};
use crate::event_log::{Codec, EventLogSettings, LogLayout, LogName, WriteError};
use crate::events::{SchedulerEvent, SchedulerListener};

/// What the marks in a log say is missing, by cause: dropped by the queue, lost on the disk.
fn marked(events: &[SchedulerEvent]) -> (u64, u64) {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Mark {
        events: u64,
        cause: String,
    }
    let mut sums = (0, 0);
    for event in events {
        let SchedulerEvent::Other(mark) = event else { continue };
        assert_eq!(mark.name(), EVENTS_LOST);
        let mark: Mark = mark.read().unwrap();
        match mark.cause.as_str() {
            "queue" => sums.0 += mark.events,
            _ => sums.1 += mark.events,
        }
    }
    sums
}

#[test]
fn what_the_queue_drops_while_the_log_cannot_be_written_is_marked_too() {
    for codec in Codec::WRITTEN {
        for layout in LAYOUTS {
            let mut logged = Logged::start(codec, layout);
            logged.tell(&job(1));
            // This mark waits to be flushed, and is cut back with what waits beside it.
            logged.listener.on_gap(&Gap { first: 1, last: 2 });
            logged.disk.set(|faults| faults.room = 10);
            logged.tell(&job(2));
            assert_eq!(logged.report().state, LogState::Failing);
            logged.listener.on_gap(&Gap { first: 10, last: 19 });
            logged.disk.set(|faults| faults.room = u64::MAX);
            logged.tell(&job(3));
            logged.listener.on_gap(&Gap { first: 30, last: 30 });
            logged.tell(&job(4));
            let report = logged.report();
            assert_eq!((report.gaps, report.dropped, report.lost), (3, 13, 1), "{codec} {layout:?}");
            assert_eq!(marked(&logged.finish()), (13, 1), "{codec} {layout:?}");
        }
    }
}

#[test]
fn a_log_whose_folder_is_made_anew_is_missed_with_the_next_flush_and_begins_again() {
    for codec in Codec::WRITTEN {
        for layout in LAYOUTS {
            let mut logged = Logged::start(codec, layout);
            logged.tell(&job(1));
            logged.listener.on_gap(&Gap { first: 1, last: 2 });
            logged.tell(&job(2));
            fs::remove_dir_all(logged.folder.path()).unwrap();
            fs::create_dir(logged.folder.path()).unwrap();
            logged.tell(&job(3));
            let report = logged.report();
            assert_eq!((report.state, report.lost, report.written), (LogState::Failing, 3, 0));
            assert!(matches!(report.last_error.as_deref(), Some(WriteError::Gone { .. })));
            logged.tell(&job(4));
            let report = logged.report();
            assert_eq!((report.state, report.lost, report.written), (LogState::Writing, 3, 1));
            let events = logged.finish();
            let expected = ["SparkListenerLogStart", EVENTS_LOST, EVENTS_LOST, "SparkListenerJobEnd"];
            assert_eq!(names(&events), expected, "{codec} {layout:?}");
            assert_eq!((marked(&events), &events[3]), ((2, 3), &job(4)), "{codec} {layout:?}");
        }
    }
}

#[test]
fn a_log_that_is_gone_at_the_end_says_so_in_a_new_one() {
    for layout in LAYOUTS {
        // It is not looked for before the end.
        let mut logged = Logged::with(|settings| settings.layout(layout).retry_after(Duration::MAX));
        logged.tell(&job(1));
        fs::remove_dir_all(logged.folder.path()).unwrap();
        fs::create_dir(logged.folder.path()).unwrap();
        logged.tell(&job(2));
        assert_eq!(logged.report().state, LogState::Writing);
        let log = logged.listener.handle();
        let events = logged.finish();
        assert_eq!(names(&events), ["SparkListenerLogStart", EVENTS_LOST], "{layout:?}");
        assert_eq!((marked(&events).1, log.report().lost, log.report().outages), (2, 2, 1), "{layout:?}");
    }
}

#[test]
fn a_file_of_another_that_has_taken_the_place_of_the_log_is_not_touched() {
    let mut logged = Logged::start(Codec::None, LogLayout::Single);
    logged.tell(&job(1));
    let path = logged.report().path;
    fs::rename(&path, logged.folder.path().join("moved")).unwrap();
    fs::write(&path, "of another").unwrap();
    logged.tell(&job(2));
    logged.tell(&job(3));
    let report = logged.report();
    assert_eq!((report.state, report.lost), (LogState::Failing, 3));
    assert_eq!(fs::read(&path).unwrap(), b"of another");
    assert!(fs::metadata(logged.folder.path().join("moved")).unwrap().len() > 0);
    logged.listener.finish().expect_err("another file is in the way");
}

#[test]
fn a_rolling_log_that_loses_its_last_file_keeps_the_earlier_ones() {
    let mut logged = Logged::start(Codec::Zstd, LAYOUTS[1]);
    for number in 0..400 {
        logged.tell(&task(number));
    }
    logged.tell(&job(1));
    let report = logged.report();
    assert!(report.files.len() > 1, "{report:?}");
    let last = report.files.last().unwrap();
    let in_last = read(last).len() as u64;
    fs::remove_file(last).unwrap();
    logged.tell(&job(2));
    logged.tell(&job(3));
    let after = logged.report();
    assert_eq!((after.state, after.lost), (LogState::Writing, in_last + 1));
    assert_eq!(after.files, report.files, "the number is used again");
    let events = logged.finish();
    assert_eq!(names(&events).iter().filter(|name| **name == "SparkListenerLogStart").count(), 1);
    assert_eq!((marked(&events).1, events.last()), (in_last + 1, Some(&job(3))));
}

#[test]
fn a_disk_with_room_for_marks_only_gets_them_all_in_one_file() {
    for codec in Codec::WRITTEN {
        let mut logged = Logged::start(codec, LAYOUTS[1]);
        logged.tell(&job(0));
        for number in 1..=50 {
            // Each mark fits, and the event behind it does not.
            logged.disk.set(|faults| faults.room = 0);
            logged.tell(&task(number));
            logged.tell(&job(1));
            logged.disk.set(|faults| faults.room = 400);
            logged.tell(&task(number));
        }
        logged.disk.set(|faults| faults.room = u64::MAX);
        logged.tell(&job(2));
        let report = logged.report();
        assert_eq!(report.files.len(), 2, "{codec}: {:?}", report.files);
        let events = logged.finish();
        assert!(names(&events).iter().filter(|name| **name == EVENTS_LOST).count() > 25, "{codec}");
        assert_eq!(marked(&events), (0, report.lost), "{codec}");
    }
}

#[test]
fn a_folder_that_is_made_anew_and_a_file_that_cannot_be_still_begin_the_log_anew() {
    let mut logged = Logged::start(Codec::Zstd, LAYOUTS[1]);
    logged.tell(&job(1));
    let folder = logged.report().path;
    fs::remove_dir_all(&folder).unwrap();
    logged.disk.set(|faults| faults.on_create_file = Fault::Denied);
    logged.tell(&job(2));
    logged.tell(&job(3));
    fs::create_dir_all(&folder).unwrap();
    logged.tell(&job(4));
    logged.disk.set(|faults| faults.on_create_file = Fault::None);
    logged.tell(&job(5));
    let events = logged.finish();
    assert_eq!(names(&events), ["SparkListenerLogStart", EVENTS_LOST, "SparkListenerJobEnd"]);
    assert_eq!((marked(&events).1, &events[2]), (4, &job(5)));
}

#[test]
fn a_log_that_cannot_begin_leaves_nothing_behind() {
    for layout in LAYOUTS {
        let folder = tempfile::tempdir().unwrap();
        let settings = EventLogSettings::new(folder.path()).layout(layout);
        let name = LogName::new("app-1", None);
        let disk = FaultyDisk::new();
        let start = || EventLoggingListener::on_disk(Box::new(disk.clone()), &settings, &name);
        disk.set(|faults| faults.room = 0);
        let error = start().expect_err("there is no room");
        assert!(matches!(error, WriteError::Io { .. }), "{error:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{layout:?}");
        disk.set(|faults| faults.room = u64::MAX);
        drop(start().unwrap());
    }
}

#[test]
fn an_event_of_two_lines_is_no_outage() {
    let mut logged = Logged::start(Codec::None, LogLayout::Single);
    logged.tell(&job(1));
    logged.listener.shared.with(|session| {
        let writer = session.writer.as_mut().unwrap();
        let error = writer.write(b"two\nlines", crate::event_log::Flush::Now, Weight::Line).unwrap_err();
        session.fail(error);
    });
    let report = logged.report();
    assert_eq!((report.state, report.outages), (LogState::Writing, 0));
    assert!(matches!(report.last_error.as_deref(), Some(WriteError::LineBreak { .. })));
    logged.tell(&job(2));
    assert_eq!(logged.finish()[1..], [job(1), job(2)]);
}
