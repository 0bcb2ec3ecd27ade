//! Logs that are written anew.

use listener_bus::event_log::{
    Codec, EventLog, EventLogReader, EventLogSettings, EventLoggingListener, LogLayout, Origin, ReadOptions,
    ReplayListenerBus,
};
use listener_bus::events::{JobStart, LogStart, TaskStart};
use listener_bus::{LiveListenerBus, SchedulerEvent, SchedulerListener};

use super::{names, plain};
use crate::support::{fixture, read_log};
use crate::writer::{ROLLING, every_codec_and_layout, folder};

const ORIGINAL: &str = "local-1795231932075.zstd";

#[test]
fn every_event_survives_into_each_codec_and_layout_with_the_first_line_of_the_log() {
    let original = read_log(fixture(ORIGINAL)).events;
    for (codec, layout) in every_codec_and_layout() {
        let folder = folder();
        let settings = EventLogSettings::new(folder.path())
            .codec(codec)
            .layout(layout)
            .origin(Origin::Log)
            .spark_version("0");
        let mut listener = EventLoggingListener::start(&settings, "app-1", None).unwrap();
        let reader = EventLogReader::open(&EventLog::open(fixture(ORIGINAL)).unwrap(), &ReadOptions::new());
        let mut bus = ReplayListenerBus::new();
        bus.add_listener(&mut listener);
        assert!(bus.replay(reader.unwrap()).unwrap().read.is_intact());
        drop(bus);
        let written = listener.finish().unwrap();
        assert_eq!(read_log(written.path).events, original, "{codec} {layout:?}");
    }
}

#[test]
fn a_log_goes_through_a_bus_and_stays_what_it_was() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).codec(Codec::Lz4).layout(ROLLING).origin(Origin::Log);
    let listener = EventLoggingListener::start(&settings, "app-1", None).unwrap();
    let log = listener.handle();
    let bus = LiveListenerBus::scheduler().build().unwrap();
    bus.add_to_event_log_queue(listener).unwrap();
    bus.start().unwrap();
    let original = read_log(fixture(ORIGINAL)).events;
    for event in &original {
        bus.post(event.clone());
    }
    assert!(bus.stop(std::time::Duration::from_secs(20)).is_ok());
    let report = log.report();
    assert_eq!(read_log(&report.path).events, original);
    assert_eq!((report.filtered, report.lost, report.written), (0, 0, original.len() as u64 - 1));
}

fn rewritten(events: &[SchedulerEvent]) -> Vec<SchedulerEvent> {
    let folder = folder();
    let settings = plain(folder.path()).layout(LogLayout::Single).origin(Origin::Log);
    let mut listener = EventLoggingListener::start(&settings, "app-1", None).unwrap();
    for event in events {
        listener.on_scheduler_event(event);
    }
    read_log(listener.finish().unwrap().path).events
}

#[test]
fn a_log_without_a_start_gets_one_and_a_second_one_is_left_out() {
    let start = |version: &str| LogStart { spark_version: version.to_owned(), ..LogStart::default() };
    let (job, task) = (JobStart::default().into(), TaskStart::default().into());
    assert_eq!(
        names(&rewritten(&[job, task])),
        ["SparkListenerLogStart", "SparkListenerJobStart", "SparkListenerTaskStart"]
    );
    let twice = [start("2.4.8").into(), start("3.5.9").into()];
    assert_eq!(rewritten(&twice), [start("2.4.8").into()]);
}
