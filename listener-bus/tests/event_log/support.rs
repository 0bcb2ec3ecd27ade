//! Logs that Spark wrote, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use listener_bus::SchedulerEvent;
use listener_bus::event_log::{Entry, EventLog, EventLogReader, ReadOptions, ReadReport};
use serde::Deserialize;

/// What Python's JSON module counted in a log.
#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    pub(crate) events: u64,
    pub(crate) counts: BTreeMap<String, u64>,
}

/// A log that a real application wrote.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/event-logs").join(name)
}

/// All of them, with what is in each.
pub(crate) fn fixtures() -> BTreeMap<String, Expected> {
    serde_json::from_slice(&fs::read(fixture("counts.json")).unwrap()).unwrap()
}

/// What came out of a log.
#[derive(Debug)]
pub(crate) struct ReadBack {
    pub(crate) events: Vec<SchedulerEvent>,
    pub(crate) report: ReadReport,
}

impl ReadBack {
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for event in &self.events {
            *counts.entry(event.name().to_owned()).or_default() += 1;
        }
        counts
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.events.iter().map(SchedulerEvent::name).collect()
    }
}

/// Reads everything that `reader` has.
pub(crate) fn read_all(mut reader: EventLogReader) -> ReadBack {
    let mut events = Vec::new();
    while let Some(entry) = reader.read().unwrap() {
        if let Entry::Event(event) = entry {
            events.push(event);
        }
    }
    ReadBack { events, report: reader.finish() }
}

/// Reads the log at `path`.
pub(crate) fn read_log(path: impl Into<PathBuf>) -> ReadBack {
    read_log_with(path, &ReadOptions::new())
}

pub(crate) fn read_log_with(path: impl Into<PathBuf>, options: &ReadOptions) -> ReadBack {
    read_all(EventLogReader::open(&EventLog::open(path).unwrap(), options).unwrap())
}

/// Reads a log from memory.
pub(crate) fn read_bytes(name: &str, bytes: &[u8], options: &ReadOptions) -> ReadBack {
    read_all(EventLogReader::of_reader(name, std::io::Cursor::new(bytes.to_vec()), options).unwrap())
}

/// A reader that fails with `kind` where `data` ends.
pub(crate) struct Failing {
    pub(crate) data: std::io::Cursor<Vec<u8>>,
    pub(crate) kind: std::io::ErrorKind,
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.data.read(buffer)? {
            0 => Err(self.kind.into()),
            read => Ok(read),
        }
    }
}
