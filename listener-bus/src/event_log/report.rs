//! What reading a log came to.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::bad_line::Fault;
use super::log_lines::Totals;
use super::{BadLine, Place};

/// Of bad lines and of damages, the first so many are kept; all are counted.
const KEPT: usize = 100;

/// What reading a log came to.
#[derive(Debug)]
#[must_use = "a log may be truncated, or have lines that are not events"]
#[non_exhaustive]
pub struct ReadReport {
    /// How it ended.
    pub outcome: Outcome,
    /// What was read.
    pub counts: Counts,
    /// The first hundred lines that were skipped because they are not events.
    pub bad_lines: Vec<Arc<BadLine>>,
    /// The first hundred places where a file ends early, is damaged, or is missing.
    pub damages: Vec<Arc<Damage>>,
}

/// How reading a log ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Outcome {
    /// At the end. What was not an event is in the counts.
    Complete,
    /// At the end, and something is missing: a file ends in the middle of a line or of its compressed stream, is
    /// damaged, or is not there. All events outside the damage were read.
    Truncated {
        /// The first place where something is missing.
        at: Place,
    },
    /// Before the end: somebody asked to stop, or gave reading up after an error.
    Stopped {
        /// The last line that was read, if there was one.
        after: Option<Place>,
    },
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Files begun.
    pub files: u64,
    /// Lines, whatever is in them.
    pub lines: u64,
    /// Uncompressed bytes, line ends included.
    pub bytes: u64,
    /// Lines that are events.
    pub events: u64,
    /// Lines that the filter of names kept out; they were not looked at any further.
    pub filtered: u64,
    /// Lines that are not events and were skipped, but for those that are too long.
    pub corrupt: u64,
    /// Lines beyond the limit, which were skipped.
    pub too_long: u64,
    /// Places where a file ends early, is damaged, is missing or cannot be read.
    pub damages: u64,
}

/// A place where a file ends early, is damaged or is missing.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {cause}")]
#[non_exhaustive]
pub struct Damage {
    /// How far reading came.
    pub place: Place,
    /// What is wrong.
    #[source]
    pub cause: Cause,
}

/// What is wrong where a file is damaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The last line is cut short.
    #[error("the last line is cut short: {0}")]
    Line(#[source] Fault),
    /// The compressed stream ends in the middle, or is damaged from here on.
    #[error("{}", of_stream(.0))]
    Stream(#[source] io::Error),
    /// The file is not there, although a later one is.
    #[error("the file is missing")]
    Missing,
    /// The file was deleted while it was followed.
    #[error("the file is gone")]
    Gone,
}

fn of_stream(error: &io::Error) -> &'static str {
    let is_cut = error.kind() == io::ErrorKind::UnexpectedEof;
    if is_cut { "the compressed stream is cut short" } else { "the compressed stream is damaged" }
}

impl ReadReport {
    pub(super) fn new() -> Self {
        Self {
            outcome: Outcome::Complete,
            counts: Counts::default(),
            bad_lines: Vec::new(),
            damages: Vec::new(),
        }
    }

    /// Whether the end was reached, and every line was an event or kept out by the filter.
    pub fn is_intact(&self) -> bool {
        self.outcome == Outcome::Complete && self.counts.corrupt == 0 && self.counts.too_long == 0
    }

    pub(super) fn count(&mut self, totals: Totals) {
        let Totals { files, lines, bytes } = totals;
        self.counts = Counts { files, lines, bytes, ..self.counts };
    }

    /// Notes that something could not be read at all, which the caller has been told.
    pub(super) fn fail(&mut self, place: Option<&Place>) {
        let Some(place) = place else { return };
        self.counts.damages += 1;
        if self.outcome == Outcome::Complete {
            self.outcome = Outcome::Truncated { at: place.clone() };
        }
    }

    pub(super) fn skip(&mut self, line: &Arc<BadLine>) {
        match line.fault {
            Fault::TooLong { .. } => self.counts.too_long += 1,
            Fault::Empty | Fault::NotUtf8 { .. } | Fault::NotAnEvent(_) => self.counts.corrupt += 1,
        }
        if self.bad_lines.len() < KEPT {
            self.bad_lines.push(Arc::clone(line));
        }
    }

    pub(super) fn damage(&mut self, damage: &Arc<Damage>) {
        self.counts.damages += 1;
        if self.outcome == Outcome::Complete {
            self.outcome = Outcome::Truncated { at: damage.place.clone() };
        }
        if self.damages.len() < KEPT {
            self.damages.push(Arc::clone(damage));
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("complete"),
            Self::Truncated { at } => write!(f, "truncated: {at}"),
            Self::Stopped { after: Some(place) } => write!(f, "stopped after {place}"),
            Self::Stopped { after: None } => f.write_str("stopped before the first line"),
        }
    }
}
