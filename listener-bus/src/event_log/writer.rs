//! A log that is written line by line.

mod disk;
mod ending;
mod error;
#[cfg(test)]
mod faulty;
mod files;
mod recovery;
mod rolling;
mod single;
mod storing;
mod stream;

use std::fmt;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) use self::disk::{Disk, LocalDisk};
#[cfg(test)]
pub(super) use self::faulty::{Fault, FaultyDisk};
use self::files::{Files, Place, failed};
use self::stream::{Coding, Stream, Tally};
use super::{EventLogSettings, LogName, Switch, SyncPolicy};

pub use self::ending::WrittenLog;
pub use self::error::{Doing, WriteError};
pub use self::files::Resumed;

/// Writes a log line by line, under the names and in the order of operations that Spark has.
///
/// ```
/// use listener_bus::event_log::{EventLogSettings, EventLogWriter, Flush, LogName};
///
/// let folder = tempfile::tempdir()?;
/// let settings = EventLogSettings::new(folder.path());
/// let mut writer = EventLogWriter::create(&settings, &LogName::new("app-1", None))?;
/// writer.write_line(br#"{"Event":"SparkListenerLogStart","Spark Version":"4.1.4"}"#, Flush::Now)?;
/// let written = writer.finish()?;
/// assert_eq!(written.path, folder.path().join("eventlog_v2_app-1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What was flushed can be read whatever becomes of the process. A log that is dropped before
/// [`EventLogWriter::finish`] is flushed and stays one in progress.
///
/// # After a failure
///
/// The file is cut back to the last line that is whole, and every line since is lost; [`EventLogWriter::lost`] counts
/// them. The writer refuses lines until [`EventLogWriter::resume`] succeeds.
#[must_use = "a log is in progress until it is finished"]
pub struct EventLogWriter {
    disk: Box<dyn Disk>,
    overwrite: Switch,
    sync: SyncPolicy,
    coding: Coding,
    max_unflushed: Option<NonZeroU64>,
    files: Files,
    stream: Stream,
    /// The last file that was left after a failure without what stands at its end.
    unsealed: Option<Stream>,
    /// The files that were left without being forced to the disk, though they are to be in the end.
    unsynced: Vec<PathBuf>,
    /// What is in the files before the current one.
    past: Tally,
    /// The lines that were given so far, whatever became of them.
    given: u64,
    lost: u64,
    /// The lines since the last flush.
    unflushed: u64,
    /// When the file was last found to be where it was made, and how long that is believed.
    found_at: Instant,
    believed_for: Duration,
    state: State,
}

/// How a writer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It takes lines.
    Healthy,
    /// It failed, and has to be resumed.
    Broken,
    /// So it did, and the file is not there any more.
    Gone,
    /// It is done; nothing is written any more.
    Finished,
}

/// Whether a line is stored at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flush {
    /// With the next one that is.
    Later,
    /// With all before it: it can be read from then on, even if the process is killed.
    Now,
}

/// What a line counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// One that was given.
    Line,
    /// The log start of a listener.
    LogStart,
    /// The mark of so many events that the queue has dropped.
    Dropped(u64),
    /// The mark of so many lines that could not be written.
    Lost(u64),
}

impl EventLogWriter {
    /// Begins the log `name`.
    ///
    /// # Errors
    ///
    /// When the settings are wrong, no file can have that name, the folder is not there, a log of that name is there
    /// and must not be replaced, or the file system fails. Of a log that is one file, only [`EventLogWriter::finish`]
    /// finds out that there is a complete one, as in Spark; but one in progress is never replaced unless overwriting
    /// is on.
    ///
    /// # Blocking
    ///
    /// As long as the file system does; this is true of every method.
    pub fn create(settings: &EventLogSettings, name: &LogName) -> Result<Self, WriteError> {
        Self::on_disk(Box::new(LocalDisk), settings, name)
    }

    pub(super) fn on_disk(
        disk: Box<dyn Disk>,
        settings: &EventLogSettings,
        name: &LogName,
    ) -> Result<Self, WriteError> {
        settings.check()?;
        let place = Place { disk: &*disk, overwrite: settings.overwrite };
        let (files, sink) = Files::create(settings, name, &place)?;
        let coding = Coding {
            codec: settings.codec,
            level: settings.compression_level,
            buffer_size: settings.buffer_size,
        };
        let stream = Stream::open(sink, Tally::default(), coding).inspect_err(|_| place.undo(files.path()));
        let writer = Self {
            stream: stream.map_err(failed(Doing::Write, files.current()))?,
            overwrite: settings.overwrite,
            sync: settings.sync,
            coding,
            max_unflushed: settings.unflushed.events,
            disk,
            files,
            unsealed: None,
            unsynced: Vec::new(),
            past: Tally::default(),
            given: 0,
            lost: 0,
            unflushed: 0,
            found_at: Instant::now(),
            believed_for: settings.retry_after,
            state: State::Healthy,
        };
        match writer.sync_folders(SyncPolicy::OnRoll) {
            Ok(()) => Ok(writer),
            Err(error) => {
                writer.discard();
                Err(error)
            }
        }
    }

    /// Writes `line`, which has no line break in it.
    ///
    /// # Errors
    ///
    /// When the file system fails now, or failed before: this line and all since the last flush may be lost. When there
    /// is a line break in the line: only this line is.
    pub fn write_line(&mut self, line: impl AsRef<[u8]>, flush: Flush) -> Result<(), WriteError> {
        self.write(line.as_ref(), flush, Weight::Line)
    }

    pub(super) fn write(&mut self, line: &[u8], flush: Flush, weight: Weight) -> Result<(), WriteError> {
        let lines = u64::from(weight == Weight::Line);
        self.given += lines;
        if self.state != State::Healthy {
            self.lost += lines;
            return Err(WriteError::Broken { path: self.files.path().to_owned() });
        }
        if let Some(column) = memchr::memchr(b'\n', line) {
            self.lost += lines;
            return Err(WriteError::LineBreak { column });
        }
        let written = self.try_write(line, flush, weight);
        written.inspect_err(|_| self.break_off())
    }

    /// Stores every line so far, so that it can be read whatever becomes of the process.
    ///
    /// # Errors
    ///
    /// When the file system fails now, or failed before.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        if self.state != State::Healthy {
            return Err(WriteError::Broken { path: self.files.path().to_owned() });
        }
        self.try_flush().inspect_err(|_| self.break_off())
    }

    /// Completes the log: stores every line, and gives the log the name of a complete one.
    ///
    /// # Errors
    ///
    /// When the file system fails now or failed before, or when there is a complete log of that name that must not be
    /// replaced: the log stays one in progress.
    pub fn finish(mut self) -> Result<WrittenLog, WriteError> {
        self.complete()
    }

    /// How many of the lines that were given are not in the log, nor wait to be stored.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How many lines were given since the last flush.
    pub fn unflushed(&self) -> u64 {
        self.unflushed
    }

    /// The log: a file, by the name it has now, or the folder of a rolling log.
    pub fn path(&self) -> &Path {
        self.files.path()
    }

    /// The files of events so far, in order, by the names they have now.
    pub fn files(&self) -> Vec<PathBuf> {
        self.files.all()
    }

    /// How many lines were given, whatever became of them.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// What is in the log, or waits to be stored.
    pub(super) fn taken(&self) -> Tally {
        self.past.and(self.stream.taken())
    }

    pub(super) fn file_count(&self) -> usize {
        self.files.count()
    }
}

impl Drop for EventLogWriter {
    fn drop(&mut self) {
        if self.state == State::Healthy
            && let Err(error) = self.flush()
        {
            tracing::error!(%error, "a log that was given up could not be flushed");
        }
    }
}

impl fmt::Debug for EventLogWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLogWriter")
            .field("files", &self.files)
            .field("state", &self.state)
            .field("given", &self.given)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}
