//! A log event by event.

mod options;
mod parse;
mod pool;

use std::fmt;
use std::io::Read;
use std::sync::Arc;

pub use self::options::{OnCorrupt, ReadOptions};
use self::parse::{Found, Parser};
use self::pool::Pool;
use super::error::ReadError;
use super::log_lines::{LogLines, Totals};
use super::report::{Outcome, ReadReport};
use super::{BadLine, Damage, EventLog, Place};
use crate::events::SchedulerEvent;

/// The most threads that parse ahead: more would only wait for the one that reads.
const MAX_AHEAD: usize = 63;

/// Reads a log event by event, in the order of the log.
///
/// ```
/// use listener_bus::event_log::{Entry, EventLogReader, Outcome, ReadOptions};
///
/// let log = br#"{"Event":"SparkListenerLogStart","Spark Version":"4.1.4"}"#;
/// let mut reader = EventLogReader::of_reader("events", &log[..], &ReadOptions::new())?;
/// while let Some(entry) = reader.read()? {
///     match entry {
///         Entry::Event(event) => assert_eq!(event.name(), "SparkListenerLogStart"),
///         Entry::Corrupt(line) => eprintln!("skipped {line}"),
///         Entry::Damaged(damage) => eprintln!("{damage}"),
///     }
/// }
/// assert_eq!(reader.finish().outcome, Outcome::Complete);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventLogReader {
    source: Source,
    on_corrupt: OnCorrupt,
    report: ReadReport,
    /// The line last read.
    last: Option<Place>,
    state: State,
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// The end of the log was reached.
    Over,
}

enum Source {
    /// Lines are parsed where they are read.
    Here(LogLines, Parser),
    /// Threads read and parse ahead.
    Ahead(Pool),
}

/// What comes next in a log.
#[derive(Debug)]
pub enum Entry {
    /// An event.
    Event(SchedulerEvent),
    /// A line that is not an event; reading goes on behind it.
    Corrupt(Arc<BadLine>),
    /// A file ends early, is damaged or is missing; reading goes on with the next.
    Damaged(Arc<Damage>),
}

impl EventLogReader {
    /// Reads `log`.
    ///
    /// # Errors
    ///
    /// When a thread is needed and cannot be started.
    pub fn open(log: &EventLog, options: &ReadOptions) -> Result<Self, ReadError> {
        Self::of_lines(LogLines::new(log), options)
    }

    /// Reads one file from `stored`, of any codec; see [`LogLines::of_reader`].
    ///
    /// # Errors
    ///
    /// When a thread is needed and cannot be started.
    pub fn of_reader(
        name: &str,
        stored: impl Read + Send + 'static,
        options: &ReadOptions,
    ) -> Result<Self, ReadError> {
        Self::of_lines(LogLines::of_reader(name, stored), options)
    }

    /// Reads the lines that `lines` has left; the limit of a line is that of `options` in the files it has not begun.
    ///
    /// # Errors
    ///
    /// When a thread is needed and cannot be started.
    pub fn of_lines(lines: LogLines, options: &ReadOptions) -> Result<Self, ReadError> {
        let ahead = options.threads.saturating_sub(1).min(MAX_AHEAD);
        if ahead == 0 || lines.is_following() {
            return Ok(Self::here(lines, options));
        }
        let pool = Pool::start(lines.max_line(options.max_line), &options.parser, ahead)?;
        Ok(Self::of_source(Source::Ahead(pool), options))
    }

    /// Reads and parses in the thread that asks.
    pub(super) fn here(lines: LogLines, options: &ReadOptions) -> Self {
        let lines = lines.max_line(options.max_line);
        Self::of_source(Source::Here(lines, options.parser.clone()), options)
    }

    fn of_source(source: Source, options: &ReadOptions) -> Self {
        Self {
            source,
            on_corrupt: options.on_corrupt,
            report: ReadReport::new(),
            last: None,
            state: State::Reading,
        }
    }

    /// Reads the next event, or whatever there is instead; there is none at the end of the log.
    ///
    /// # Errors
    ///
    /// When a file cannot be read for a reason that is not in its bytes or, if that was asked for, at a line that is not
    /// an event. Reading may go on with what follows; what could not be read is a damage in the counts, and the outcome
    /// is [`Outcome::Truncated`] at best.
    ///
    /// # Blocking
    ///
    /// As long as the file system does.
    pub fn read(&mut self) -> Result<Option<Entry>, ReadError> {
        loop {
            let found = self.source.read();
            self.report.count(self.source.totals());
            let found = found.inspect_err(|error| self.report.fail(error.place()))?;
            let Some(found) = found else {
                self.state = self.source.state_at_end();
                return Ok(None);
            };
            if let Some(entry) = self.take(found)? {
                return Ok(Some(entry));
            }
        }
    }

    /// The line last read.
    pub fn place(&self) -> Option<&Place> {
        self.last.as_ref()
    }

    /// What reading has come to so far.
    pub fn report(&self) -> &ReadReport {
        &self.report
    }

    /// What reading came to: [`Outcome::Stopped`], unless [`Self::read`] has told that the end is reached.
    pub fn finish(mut self) -> ReadReport {
        if self.state == State::Reading {
            self.report.outcome = Outcome::Stopped { after: self.last };
        }
        self.report
    }

    /// Notes what was found; a line that the filter kept out is nothing to return.
    fn take(&mut self, found: Found) -> Result<Option<Entry>, ReadError> {
        match found {
            Found::Event(place, event) => {
                self.last = Some(place);
                self.report.counts.events += 1;
                Ok(Some(Entry::Event(event)))
            }
            Found::Filtered(place) => {
                self.last = Some(place);
                self.report.counts.filtered += 1;
                Ok(None)
            }
            Found::Bad(bad) => self.skip(Arc::new(bad)).map(Some),
            Found::Damaged(damage) => {
                let damage = Arc::new(damage);
                self.report.damage(&damage);
                Ok(Some(Entry::Damaged(damage)))
            }
        }
    }

    fn skip(&mut self, line: Arc<BadLine>) -> Result<Entry, ReadError> {
        self.last = Some(line.place.clone());
        self.report.skip(&line);
        match self.on_corrupt {
            OnCorrupt::Skip => Ok(Entry::Corrupt(line)),
            OnCorrupt::Fail => Err(ReadError::Corrupt(line)),
        }
    }
}

impl Source {
    fn read(&mut self) -> Result<Option<Found>, ReadError> {
        match self {
            Self::Here(lines, parser) => parser.read(lines),
            Self::Ahead(pool) => pool.read(),
        }
    }

    /// Where nothing more comes because somebody asked to stop, or a thread has panicked, the end has not been reached; only
    /// a log that is followed hears of the former.
    fn state_at_end(&self) -> State {
        match self {
            Self::Here(lines, _) if lines.is_stopped() => State::Reading,
            Self::Ahead(pool) if !pool.is_over() => State::Reading,
            Self::Here(..) | Self::Ahead(_) => State::Over,
        }
    }

    fn totals(&self) -> Totals {
        match self {
            Self::Here(lines, _) => lines.totals(),
            Self::Ahead(pool) => pool.totals(),
        }
    }
}

impl fmt::Debug for EventLogReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLogReader")
            .field("last", &self.last)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
