//! What is told of lines and files that cannot be read.

use std::error::Error as _;

use anyhow::{Error, anyhow};
use listener_bus::event_log::{Cause, Damage, Fault, Place, ReadError};

use crate::log::Source;

/// The corrupt lines of a log that are warned of one by one; the others are only counted.
const WARNINGS: u64 = 10;

/// The lines of one log that were skipped.
#[derive(Debug, Default)]
pub struct Skipped {
    /// All of them, those that are cut included.
    pub lines: u64,
    corrupt: u64,
    first: Option<String>,
}

impl Skipped {
    /// Notes a corrupt line, and warns of it if there have not been many.
    pub fn add(&mut self, log: &dyn Source, place: &Place, fault: &Fault) {
        self.lines += 1;
        self.corrupt += 1;
        let line = format!("{}: {fault}", log.place(place));
        if self.corrupt <= WARNINGS {
            tracing::warn!("skipped a corrupt line of {log}: {line}");
        }
        if self.corrupt == WARNINGS {
            tracing::warn!("further corrupt lines of {log} are counted only");
        }
        self.first.get_or_insert(line);
    }

    /// What is told of all of them, if there were any.
    pub fn into_error(self, log: &dyn Source) -> Option<Error> {
        let first = self.first?;
        let lines = self.corrupt;
        let noun = if lines == 1 { "line" } else { "lines" };
        Some(anyhow!("{log} has {lines} corrupt {noun}, skipped; the first is {first}"))
    }
}

/// What is told of a last line that ends too early.
pub fn of_cut_line(log: &dyn Source, place: &Place, fault: &Fault) -> Error {
    anyhow!("{log}: the last line is cut short: {}: {fault}", log.place(place))
}

/// What is told where a file ends early, is damaged or is missing.
pub fn of_damage(log: &dyn Source, damage: &Damage) -> Error {
    let (place, cause) = (log.place(&damage.place), &damage.cause);
    match cause {
        Cause::Line(fault) => of_cut_line(log, &damage.place, fault),
        Cause::Stream(source) => anyhow!("cannot read {log}: reading stopped in {place}: {cause}: {source}"),
        Cause::Missing => anyhow!("cannot read {log}: {} is missing", damage.place.file),
        other => anyhow!("cannot read {log}: reading stopped in {place}: {other}"),
    }
}

/// What is told where a log cannot be read for a reason that is not in its bytes.
pub fn of_read_error(log: &dyn Source, error: ReadError) -> Error {
    match error {
        ReadError::Io { place, source } => {
            anyhow!("cannot read {log}: reading stopped in {}: {source}", log.place(&place))
        }
        error => match error.source() {
            Some(source) => anyhow!("cannot read {log}: {error}: {source}"),
            None => anyhow!("cannot read {log}: {error}"),
        },
    }
}
