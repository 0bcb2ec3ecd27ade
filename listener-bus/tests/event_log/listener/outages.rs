//! What becomes of a log whose folder goes away, on a real file system.

use std::fs;
use std::time::Duration;

use listener_bus::SchedulerListener;
use listener_bus::event_log::{EVENTS_LOST, EventLogSettings, EventLoggingListener, LogState};
use listener_bus::events::{JobStart, Properties};

use crate::support::read_log;
use crate::writer::{ROLLING, folder};

/// A job start of more than a mebibyte: two of them fill a file.
fn big(number: i32) -> listener_bus::SchedulerEvent {
    let properties = Properties::from([("padding".to_owned(), "x".repeat(1_200_000))]);
    JobStart {
        job_id: listener_bus::events::JobId(number),
        properties: Some(properties),
        ..JobStart::default()
    }
    .into()
}

#[test]
fn a_rolling_log_whose_folder_is_gone_begins_anew_once_it_can() {
    let folder = folder();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    let settings = EventLogSettings::new(&logs).layout(ROLLING).retry_after(Duration::ZERO);
    let mut listener = EventLoggingListener::start(&settings, "app-1", None).unwrap();
    let log = listener.handle();
    listener.on_scheduler_event(&big(0));
    fs::remove_dir_all(&logs).unwrap();
    listener.on_scheduler_event(&big(1));
    let report = log.report();
    assert_eq!((&report.state, report.outages), (&LogState::Failing, 1));
    assert_eq!(report.lost, 2, "the first one is gone with its folder");
    listener.on_scheduler_event(&big(2));
    assert_eq!(log.report().lost, 3);
    fs::create_dir(&logs).unwrap();
    listener.on_scheduler_event(&big(3));
    listener.on_scheduler_event(&big(4));
    let report = log.report();
    assert_eq!((&report.state, report.outages), (&LogState::Writing, 1));
    assert_eq!((report.written, report.lost), (2, 3));
    let written = listener.finish().unwrap();
    let read = read_log(&written.path);
    assert_eq!(
        read.names(),
        ["SparkListenerLogStart", EVENTS_LOST, "SparkListenerJobStart", "SparkListenerJobStart"]
    );
    assert!(read.events[1].to_json().ends_with(r#""Events":3,"Cause":"disk"}"#), "{:?}", read.events[1]);
    assert_eq!(read.events[2..], [big(3), big(4)]);
}
