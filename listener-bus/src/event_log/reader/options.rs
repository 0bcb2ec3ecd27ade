//! How a log is read.

use std::fmt;

use super::parse::Parser;
use crate::event_log::log_lines::DEFAULT_MAX_LINE;

/// How a log is read.
#[derive(Clone)]
pub struct ReadOptions {
    pub(super) on_corrupt: OnCorrupt,
    pub(super) max_line: usize,
    pub(super) threads: usize,
    pub(super) parser: Parser,
}

/// What a line in the middle of a log that is not an event leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnCorrupt {
    /// It is counted and reported, and reading goes on behind it.
    #[default]
    Skip,
    /// Reading fails.
    Fail,
}

impl ReadOptions {
    /// Reads every event in the thread that asks for it, and skips what is corrupt.
    pub fn new() -> Self {
        Self {
            on_corrupt: OnCorrupt::Skip,
            max_line: DEFAULT_MAX_LINE,
            threads: 1,
            parser: Parser::default(),
        }
    }

    /// Sets what a line in the middle of the log that is not an event, or is longer than is read, leads to. Defaults to
    /// skipping it. A file that ends early is no such line: what tells of it is the outcome.
    #[must_use]
    pub fn on_corrupt(mut self, on_corrupt: OnCorrupt) -> Self {
        self.on_corrupt = on_corrupt;
        self
    }

    /// Sets the longest line that is kept, as [`LogLines::max_line`](crate::event_log::LogLines::max_line) does.
    /// Defaults to 256 MiB.
    #[must_use]
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }

    /// Sets how many threads may work at once. Defaults to 1: the one that asks for events. With more, one reads and
    /// decompresses ahead and the others parse; the order of events stays that of the log. More than 64 are as good as 64,
    /// and a log that is followed is read by one.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Reads only the events whose names `filter` agrees to; the lines of others are counted and not parsed.
    #[must_use]
    pub fn filter(mut self, filter: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.parser = Parser::with_filter(filter);
        self
    }
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ReadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOptions")
            .field("on_corrupt", &self.on_corrupt)
            .field("max_line", &self.max_line)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}
