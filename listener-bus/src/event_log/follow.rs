//! Reads a log while its application writes it.

mod home;
mod pace;
mod segments;
mod signal;
mod tail;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use self::segments::FollowedSegments;
pub(super) use self::signal::Signal;
pub use self::signal::{FollowEnd, FollowStop};
use super::{EventLogReader, LogLines, ReadOptions};

/// How a log is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowOptions {
    poll: Duration,
    appears_within: Duration,
    idle: Option<Duration>,
}

impl FollowOptions {
    /// Follows until the log is complete or somebody asks to stop.
    pub fn new() -> Self {
        Self { poll: Duration::from_millis(250), appears_within: Duration::from_mins(1), idle: None }
    }

    /// Sets how long to wait between looks at files that have not grown, at least a millisecond. Defaults to 250 ms.
    #[must_use]
    pub fn poll(mut self, every: Duration) -> Self {
        self.poll = every.max(Duration::from_millis(1));
        self
    }

    /// Sets how long to wait for a log that is not there yet. Defaults to one minute; zero means that it has to be there.
    #[must_use]
    pub fn appears_within(mut self, limit: Duration) -> Self {
        self.appears_within = limit;
        self
    }

    /// Sets after how long without growth a log counts as given up, as that of an application that was killed: it ends
    /// with what is there. Defaults to never.
    #[must_use]
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = Some(limit);
        self
    }
}

impl Default for FollowOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl LogLines {
    /// Reads the lines of the log at `path` as its application writes them; see [`EventLogReader::follow`].
    pub fn following(path: impl Into<PathBuf>, options: &FollowOptions) -> (Self, FollowStop) {
        let signal = Arc::new(Signal::default());
        let segments = FollowedSegments::new(path.into(), options, Arc::clone(&signal));
        (Self::of_segments(segments).stopped_by(Arc::clone(&signal)), FollowStop::new(signal))
    }
}

impl EventLogReader {
    /// Reads the log at `path` as its application writes it: each event once, as soon as it is in the file, across the
    /// files of a rolling log and until the last rename.
    ///
    /// `path` is that of a file, with `.inprogress` or without, or of the folder of a rolling log; nothing needs to be
    /// there yet. [`Self::read`] waits where there is no event, for one, for the end of the log, or for the stop. The
    /// end is reached when the log is complete, has not grown for longer than [`FollowOptions::idle`] allows, or is
    /// gone, which is a [`Damage`](super::Damage). A last line that is cut short is waited for, and is damage only once
    /// the log is at its end. Reading ends with [`Outcome::Stopped`](super::Outcome::Stopped) when it is stopped, or when the
    /// last [`FollowStop`] is dropped; [`FollowStop::ended`] tells which of these it was.
    ///
    /// A file is looked at again and again, which works on every file system; that it shrinks is
    /// [`ReadError::Shrunk`](super::ReadError::Shrunk). If files of a rolling log are compacted before they are read,
    /// they are reported as missing. [`ReadOptions::threads`] says nothing here: one thread reads and parses.
    pub fn follow(
        path: impl Into<PathBuf>,
        options: &FollowOptions,
        read: &ReadOptions,
    ) -> (Self, FollowStop) {
        let (lines, stop) = LogLines::following(path, options);
        (Self::here(lines, read), stop)
    }
}
