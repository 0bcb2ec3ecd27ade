//! What was written, for people and for programs.

use std::fmt::{self, Display, Formatter};

use examples::log::Log;
use examples::units::{bytes, count, percent};
use serde::Serialize;

use super::copy::Copied;

/// All logs that were written.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) logs: Vec<Converted>,
}

/// A log that was written.
#[derive(Debug, Serialize)]
pub(super) struct Converted {
    from: String,
    to: String,
    files: u64,
    events: u64,
    /// Of text, line ends included.
    bytes: u64,
    stored_bytes: u64,
    stored_bytes_before: u64,
    dropped_events: u64,
    dropped_bytes: u64,
    /// What was wrong with it, and was told.
    errors: u64,
}

impl Converted {
    pub(super) fn new(log: &Log, copied: Copied, errors: u64) -> Self {
        let Copied { written, events, dropped } = copied;
        Self {
            from: log.to_string(),
            to: written.path.display().to_string(),
            files: written.files.len() as u64,
            events,
            bytes: written.text_bytes,
            stored_bytes: written.stored_bytes,
            stored_bytes_before: log.size(),
            dropped_events: dropped.events,
            dropped_bytes: dropped.bytes,
            errors,
        }
    }
}

/// What was written as text.
pub(super) struct Report<'a>(pub(super) &'a Summary);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for log in &self.0.logs {
            writeln!(f, "{} -> {}", log.from, log.to)?;
            let (events, files) = (count(log.events, "event"), count(log.files, "file"));
            let (before, now) = (bytes(log.stored_bytes_before), bytes(log.stored_bytes));
            writeln!(f, "  {events} in {files}; stored in {now}, before in {before}")?;
            if log.dropped_events > 0 {
                let share = percent(log.dropped_bytes, log.dropped_bytes + log.bytes);
                let (events, text) = (count(log.dropped_events, "task event"), bytes(log.dropped_bytes));
                writeln!(f, "  left out: {events}, {text} of text ({share})")?;
            }
        }
        Ok(())
    }
}
