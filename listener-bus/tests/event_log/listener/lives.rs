//! From the start of a log to its end.

use std::fs;
use std::time::Duration;

use listener_bus::event_log::{
    EVENTS_LOST, EventLog, EventLogSettings, EventLoggingListener, LogState, Progress, WriteError,
};
use listener_bus::events::{ApplicationEnd, ApplicationStart, JobStart, LogStart, TaskStart};
use listener_bus::{Gap, LiveListenerBus, SchedulerEvent, SchedulerListener};

use super::{Logged, names, plain};
use crate::support::read_log;
use crate::writer::{every_codec_and_layout, folder, names_in};

const DEADLINE: Duration = Duration::from_secs(20);

#[test]
fn a_log_of_each_codec_and_layout_has_its_start_and_every_event_of_the_bus() {
    let start = ApplicationStart {
        app_name: "größer".to_owned(),
        timestamp: i64::MAX,
        ..ApplicationStart::default()
    };
    let end = ApplicationEnd { timestamp: i64::MIN, ..ApplicationEnd::default() };
    for (codec, layout) in every_codec_and_layout() {
        let folder = folder();
        let settings = EventLogSettings::new(folder.path()).codec(codec).layout(layout);
        let listener = EventLoggingListener::start(&settings, "app-1", Some("2")).unwrap();
        let log = listener.handle();
        let bus = LiveListenerBus::scheduler().build().unwrap();
        bus.add_to_event_log_queue(listener).unwrap();
        bus.start().unwrap();
        bus.post(start.clone());
        bus.post(end.clone());
        assert!(bus.stop(DEADLINE).is_ok());
        let report = log.report();
        let LogState::Completed(written) = report.state else { panic!("{report:?}") };
        let read = read_log(&written.path);
        let version = LogStart { spark_version: "4.1.4".to_owned(), ..LogStart::default() };
        let expected: [SchedulerEvent; 3] = [version.into(), start.clone().into(), end.clone().into()];
        assert_eq!(read.events, expected, "{codec} {layout:?}");
        assert_eq!((report.written, report.lost, report.filtered, written.lines), (2, 0, 0, 2));
        assert_eq!((report.path, report.files), (written.path, written.files));
    }
}

#[test]
fn a_log_has_its_start_before_there_is_any_event() {
    let logged = Logged::start(|settings| settings.spark_version("3.5.9"));
    let start = LogStart { spark_version: "3.5.9".to_owned(), ..LogStart::default() };
    assert_eq!(logged.stored(), [start.into()]);
}

#[test]
fn a_log_start_from_the_bus_is_not_a_second_one() {
    let mut logged = Logged::start(|settings| settings);
    logged.tell(LogStart { spark_version: "2.4.8".to_owned(), ..LogStart::default() });
    assert_eq!(logged.listener.handle().report().filtered, 1);
    assert!(logged.finish().is_empty());
}

#[test]
fn a_listener_that_is_dropped_leaves_a_log_in_progress_with_every_event() {
    let mut logged = Logged::start(|settings| settings);
    logged.tell(TaskStart::default());
    let log = logged.listener.handle();
    drop(logged.listener);
    let report = log.report();
    assert_eq!(report.state, LogState::Incomplete);
    assert_eq!(EventLog::open(&report.path).unwrap().progress(), Progress::InProgress);
    assert_eq!(read_log(&report.path).events.len(), 2);
}

#[test]
fn a_listener_is_closed_once() {
    let mut logged = Logged::start(|settings| settings);
    logged.tell(ApplicationEnd::default());
    logged.listener.on_close();
    let completed = logged.listener.handle().report();
    logged.tell(JobStart::default());
    logged.listener.on_close();
    assert_eq!(logged.listener.handle().report().state, completed.state);
    assert_eq!(names(&logged.finish()), ["SparkListenerApplicationEnd"]);
}

#[test]
fn a_log_that_is_in_the_way_at_the_end_is_reported_and_nothing_is_lost() {
    let folder = folder();
    let settings = plain(folder.path());
    fs::write(folder.path().join("app-1"), "").unwrap();
    let mut listener = EventLoggingListener::start(&settings, "app-1", None).unwrap();
    listener.on_scheduler_event(&ApplicationEnd::default().into());
    let log = listener.handle();
    let error = listener.finish().expect_err("it is in the way");
    assert!(matches!(&*error, WriteError::AlreadyExists { path } if path.ends_with("app-1")), "{error:?}");
    assert_eq!(log.report().state, LogState::Incomplete);
    assert_eq!(names_in(folder.path()), ["app-1", "app-1.inprogress"]);
    assert_eq!(read_log(folder.path().join("app-1.inprogress")).events.len(), 2);
}

#[test]
fn a_log_that_cannot_begin_is_an_error() {
    let settings = EventLogSettings::new("there/is/no/such/folder");
    let error = EventLoggingListener::start(&settings, "app-1", None).expect_err("there is no folder");
    assert!(matches!(error, WriteError::NoFolder { .. }), "{error:?}");
}

#[test]
fn events_that_the_queue_dropped_are_marked_where_they_are_missing() {
    let mut logged = Logged::start(|settings| settings);
    logged.tell(ApplicationStart::default());
    logged.listener.on_gap(&Gap { first: 1, last: 9_000_000_000 });
    logged.tell(ApplicationEnd::default());
    let report = logged.listener.handle().report();
    assert_eq!((report.gaps, report.dropped, report.lost, report.written), (1, 9_000_000_000, 0, 2));
    let events = logged.finish();
    assert_eq!(names(&events), ["SparkListenerApplicationStart", EVENTS_LOST, "SparkListenerApplicationEnd"]);
    let mark = events[1].to_json();
    let expected = r#""Events":9000000000,"Cause":"queue","First":1,"Last":9000000000}"#;
    assert!(mark.ends_with(expected), "{mark}");
}

#[test]
fn what_is_unflushed_is_flushed_in_time_without_another_event() {
    let mut logged = Logged::start(|settings| settings.unflushed_time(Duration::from_millis(1)));
    for count in 2..5 {
        logged.tell(TaskStart::default());
        let deadline = std::time::Instant::now() + DEADLINE;
        while logged.stored().len() < count {
            assert!(std::time::Instant::now() < deadline, "event {count} is never flushed");
            std::thread::yield_now();
        }
    }
    assert_eq!(logged.finish().len(), 3);
}
