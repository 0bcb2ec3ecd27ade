//! A line that is not an event.

use std::str;

use super::Place;
use crate::events::EventError;

/// A line that is not an event.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {fault}")]
#[non_exhaustive]
pub struct BadLine {
    /// Where it begins.
    pub place: Place,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Why a line is not an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There is nothing in it.
    #[error("the line is empty")]
    Empty,
    /// It is longer than is read.
    #[error("the line is longer than {limit} bytes")]
    TooLong {
        /// The most bytes a line may have, its end excluded.
        limit: usize,
    },
    /// It is not text.
    #[error("the line is not UTF-8 at column {column}")]
    NotUtf8 {
        /// The first byte that is wrong, from 1.
        column: usize,
    },
    /// It is text, but not an event.
    #[error("{0}: {why}", why = reason(.0))]
    NotAnEvent(#[source] EventError),
}

impl Fault {
    /// Whether the line is fine as far as it goes, but ends too early.
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::NotAnEvent(error) if error.is_truncated())
    }
}

/// Reads a line, without its end, as text.
pub(super) fn text_of(line: &[u8]) -> Result<&str, Fault> {
    if line.is_empty() {
        return Err(Fault::Empty);
    }
    str::from_utf8(line).map_err(|error| Fault::NotUtf8 { column: error.valid_up_to() + 1 })
}

/// What the JSON parser says, without its place: it always reads line 1, and the column is told already.
fn reason(error: &EventError) -> String {
    let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    why.rsplit_once(" at line ").map_or_else(|| why.clone(), |(why, _)| why.to_owned())
}
