//! Where events come from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use listener_bus::event_log::{EventLog, LogLines, Place};

/// A log of a small application that lost two executors.
const SAMPLE: &[u8] = include_bytes!("../data/executor-loss.gz");

const SAMPLE_NAME: &str = "the built-in log";

/// Where events come from.
#[derive(Clone, Debug)]
pub enum Log {
    /// The log that comes with the program.
    Sample,
    /// A log in a folder.
    Stored(EventLog),
}

/// Something with a name that events come from.
pub trait Source: fmt::Display {
    /// Where it is.
    fn path(&self) -> Option<&Path>;

    /// Where in it something stands, with no more of the file's name than is needed beside its own.
    fn place(&self, place: &Place) -> String {
        let Place { line, byte, .. } = place;
        match self.file_of(place) {
            Some(file) => format!("{file} line {line} at byte {byte}"),
            None => format!("line {line} at byte {byte}"),
        }
    }

    /// The file of a rolling log that something stands in; there is none where the log is one file.
    fn file_of(&self, place: &Place) -> Option<String> {
        let file = Path::new(&*place.file);
        let path = self.path().filter(|path| *path != file)?;
        let name = file.strip_prefix(path).ok().or_else(|| file.file_name().map(Path::new));
        Some(name.unwrap_or(file).display().to_string())
    }
}

impl Source for Log {
    fn path(&self) -> Option<&Path> {
        match self {
            Self::Sample => None,
            Self::Stored(log) => Some(log.path()),
        }
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample => f.write_str(SAMPLE_NAME),
            Self::Stored(log) => log.path().display().fmt(f),
        }
    }
}

impl Log {
    /// Its size as it is stored, in bytes; 0 where that cannot be known.
    pub fn size(&self) -> u64 {
        match self {
            Self::Sample => SAMPLE.len() as u64,
            Self::Stored(log) => log.size(),
        }
    }

    /// Its lines; `stored` follows how much of it as stored has been read.
    pub fn lines(&self, stored: Arc<AtomicU64>) -> LogLines {
        let lines = match self {
            Self::Sample => LogLines::of_reader(SAMPLE_NAME, SAMPLE),
            Self::Stored(log) => LogLines::new(log),
        };
        lines.count_stored(stored)
    }
}
