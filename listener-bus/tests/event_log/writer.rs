//! Logs written line by line: names, files, and what is in the way.

mod lines;
mod obstacles;
mod rolling;

use std::fs;
use std::path::Path;

use listener_bus::event_log::{
    Codec, EventLogSettings, EventLogWriter, Flush, LogLayout, LogName, SyncPolicy, WrittenLog,
};
use tempfile::TempDir;

use crate::support::read_log;

pub(crate) const ROLLING: LogLayout = LogLayout::Rolling { max_file_size: 2 << 20 };
pub(crate) const LAYOUTS: [LogLayout; 2] = [LogLayout::Single, ROLLING];

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A line that is an event, and tells its number.
pub(crate) fn numbered(number: u64, padding: usize) -> String {
    format!(r#"{{"Event":"com.example.Numbered","number":{number},"padding":"{}"}}"#, "x".repeat(padding))
}

pub(crate) fn create(settings: &EventLogSettings, app: &str) -> EventLogWriter {
    EventLogWriter::create(settings, &LogName::new(app, None)).unwrap()
}

/// Writes a log of numbered lines.
pub(crate) fn write_numbered(settings: &EventLogSettings, lines: u64, padding: usize) -> WrittenLog {
    let mut writer = create(settings, "app-1");
    for number in 0..lines {
        writer.write_line(numbered(number, padding), Flush::Later).unwrap();
    }
    writer.finish().unwrap()
}

/// The numbers in a log of numbered lines.
pub(crate) fn numbers(log: &Path) -> Vec<u64> {
    let read = read_log(log);
    assert!(read.report.is_intact(), "{:?}", read.report);
    read.events.iter().map(number).collect()
}

pub(crate) fn number(event: &listener_bus::SchedulerEvent) -> u64 {
    #[derive(serde::Deserialize)]
    struct Numbered {
        number: u64,
    }
    let listener_bus::SchedulerEvent::Other(event) = event else { panic!("not numbered: {event:?}") };
    event.read::<Numbered>().unwrap().number
}

/// What is in a folder, in the order of the names.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

pub(crate) fn every_codec_and_layout() -> impl Iterator<Item = (Codec, LogLayout)> {
    Codec::WRITTEN.into_iter().flat_map(|codec| LAYOUTS.map(|layout| (codec, layout)))
}

#[test]
fn every_sync_policy_leaves_the_same_log() {
    for sync in [SyncPolicy::Never, SyncPolicy::OnFinish, SyncPolicy::OnRoll, SyncPolicy::OnFlush] {
        let folder = folder();
        let written =
            write_numbered(&EventLogSettings::new(folder.path()).sync(sync).layout(ROLLING), 3, 1 << 20);
        assert_eq!(numbers(&written.path), [0, 1, 2], "{sync:?}");
    }
}
