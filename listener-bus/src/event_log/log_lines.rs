//! A log line by line, across its files.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::bad_line::Fault;
use super::codec::{Codec, Decoded, decode};
use super::error::ReadError;
use super::follow::{FollowEnd, Signal};
use super::interruption::Interruption;
use super::lines::{Advance, Follow, Lines};
use super::log_line::{LogLine, RawLine};
use super::report::Cause;
use super::segment::{Segment, Stored};
use super::stored::CountStored;
use super::{BadLine, Damage, EventLog, Place};

/// The longest line that is read, in bytes, unless told otherwise: as Spark's replay.
pub const DEFAULT_MAX_LINE: usize = 256 * 1024 * 1024;
/// What stands for a limit of 0 or beyond it: as Spark's replay.
const MAX_MAX_LINE: usize = 512 * 1024 * 1024;

/// Reads a log line by line, without looking at what is in the lines.
///
/// Memory is bounded by the longest line that is kept; all of the log's files are read one after another.
pub struct LogLines {
    waiting: Box<dyn Iterator<Item = Segment> + Send>,
    current: Option<Current>,
    max_line: usize,
    totals: Totals,
    stored: Arc<AtomicU64>,
    /// Of a log that is followed.
    signal: Option<Arc<Signal>>,
}

/// How much was read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    /// Files begun.
    pub(super) files: u64,
    /// Lines begun.
    pub(super) lines: u64,
    /// Uncompressed bytes, line ends included.
    pub(super) bytes: u64,
}

struct Current {
    name: Arc<str>,
    lines: Lines<Decoded>,
}

/// What [`LogLines`] came to.
enum Step {
    Line,
    TooLong,
    Damaged(Damage),
    End,
}

impl LogLines {
    /// Reads the lines of `log`.
    pub fn new(log: &EventLog) -> Self {
        Self::of_segments(log.segments())
    }

    /// Reads the lines of one file from `stored`, which is of any codec; `name` is what places are told with, and tells
    /// the codec where the first bytes do not.
    pub fn of_reader(name: &str, stored: impl Read + Send + 'static) -> Self {
        let stored: Stored = Box::new(io::BufReader::new(stored));
        Self::of_segments([Segment::new(name, move || Ok(stored))])
    }

    pub(super) fn of_segments(segments: impl IntoIterator<Item = Segment, IntoIter: Send + 'static>) -> Self {
        let waiting = Box::new(segments.into_iter());
        Self {
            waiting,
            current: None,
            max_line: DEFAULT_MAX_LINE,
            totals: Totals::default(),
            stored: Arc::default(),
            signal: None,
        }
    }

    pub(super) fn stopped_by(self, signal: Arc<Signal>) -> Self {
        Self { signal: Some(signal), ..self }
    }

    /// Whether somebody asked to stop, which only a log that is followed hears.
    pub(super) fn is_stopped(&self) -> bool {
        self.signal.as_ref().is_some_and(|signal| signal.ended() == Some(FollowEnd::Stopped))
    }

    /// Sets the longest line that is kept, in bytes, its end excluded; longer ones are passed over in bounded memory.
    /// Defaults to 256 MiB; 0, or more than 512 MiB, means 512 MiB. All of this as Spark's replay.
    #[must_use]
    pub fn max_line(mut self, bytes: usize) -> Self {
        self.max_line = if bytes == 0 { MAX_MAX_LINE } else { bytes.min(MAX_MAX_LINE) };
        self
    }

    /// Adds the bytes that are read, as they are stored, to `bytes`: beside the size of the log, they tell how far
    /// reading is.
    #[must_use]
    pub fn count_stored(mut self, bytes: Arc<AtomicU64>) -> Self {
        self.stored = bytes;
        self
    }

    /// Reads the next line; there is none at the end of the last file.
    ///
    /// # Errors
    ///
    /// When a file cannot be opened or read for a reason that is not in its bytes, or is of an unknown codec. Reading may
    /// go on with the next file.
    ///
    /// # Blocking
    ///
    /// As long as the file system does.
    pub fn read(&mut self) -> Result<Option<LogLine<'_>>, ReadError> {
        match self.advance()? {
            Step::End => Ok(None),
            Step::Damaged(damage) => Ok(Some(LogLine::Damaged(damage))),
            Step::TooLong => Ok(self.current.as_ref().map(|current| {
                let fault = Fault::TooLong { limit: self.max_line };
                LogLine::Bad(BadLine { place: current.line_start(), fault })
            })),
            Step::Line => Ok(self.current.as_ref().map(|current| LogLine::Text(current.line()))),
        }
    }

    /// Goes to the next line, and to the next file where one ends.
    fn advance(&mut self) -> Result<Step, ReadError> {
        loop {
            let step = match &mut self.current {
                Some(current) => {
                    let advanced = current.lines.advance();
                    self.totals.add(current.lines.length());
                    self.after(advanced)?
                }
                None => match self.waiting.next() {
                    Some(segment) => self.open(segment)?.map(Step::Damaged),
                    None => Some(Step::End),
                },
            };
            if let Some(step) = step {
                return Ok(step);
            }
        }
    }

    /// What a line comes to; at the end of a file, nothing yet.
    fn after(&mut self, advanced: io::Result<Advance>) -> Result<Option<Step>, ReadError> {
        match advanced {
            Ok(Advance::Line) => Ok(Some(Step::Line)),
            Ok(Advance::TooLong) => Ok(Some(Step::TooLong)),
            Ok(Advance::End) => {
                self.current = None;
                Ok(None)
            }
            Err(source) => self.fail(source).map(|damage| damage.map(Step::Damaged)),
        }
    }

    /// Gives the current file up.
    fn fail(&mut self, source: io::Error) -> Result<Option<Damage>, ReadError> {
        let Some(current) = self.current.take() else { return Ok(None) };
        let place = current.place();
        let source = match source.downcast::<Interruption>() {
            Ok(interruption) => return interruption.at(place),
            Err(source) => source,
        };
        match source.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                Ok(Some(Damage { place, cause: Cause::Stream(source) }))
            }
            _ => Err(ReadError::Io { place, source }),
        }
    }

    /// What follows the line last read; where it cannot be told yet, more does.
    pub(super) fn follow(&mut self) -> Follow {
        match &mut self.current {
            Some(current) => current.lines.follow(),
            None => Follow::EndOfFile,
        }
    }

    /// How far reading has come, if a file has been begun and is not at its end.
    pub fn place(&self) -> Option<Place> {
        self.current.as_ref().map(Current::place)
    }

    pub(super) fn is_following(&self) -> bool {
        self.signal.is_some()
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    fn open(&mut self, segment: Segment) -> Result<Option<Damage>, ReadError> {
        let name = segment.name;
        let start = || Place { file: Arc::clone(&name), line: 1, byte: 0 };
        let decoded = match (segment.open)().and_then(|stored| start_of(stored)) {
            Ok((stored, first)) => {
                let codec =
                    Codec::of(&name, &first).map_err(|source| ReadError::Codec { place: start(), source })?;
                decode(codec, CountStored::new(stored, Arc::clone(&self.stored)))
            }
            Err(error) => Err(error),
        };
        match decoded {
            Ok(decoded) => {
                self.totals.files += 1;
                let lines = Lines::new(decoded, self.max_line);
                self.current = Some(Current { name, lines });
                Ok(None)
            }
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                Ok(Some(Damage { place: start(), cause: Cause::Missing }))
            }
            Err(source) => match source.downcast::<Interruption>() {
                Ok(interruption) => interruption.at(start()),
                Err(source) => Err(ReadError::Io { place: start(), source }),
            },
        }
    }
}

impl Totals {
    fn add(&mut self, length: u64) {
        self.lines += u64::from(length > 0);
        self.bytes += length;
    }
}

impl Current {
    fn line(&self) -> RawLine<'_> {
        RawLine {
            bytes: self.lines.text(),
            file: &self.name,
            number: self.lines.number(),
            start: self.lines.start(),
            has_break: self.lines.has_break(),
        }
    }

    fn line_start(&self) -> Place {
        Place { file: Arc::clone(&self.name), line: self.lines.number(), byte: self.lines.start() }
    }

    /// How far reading has come.
    fn place(&self) -> Place {
        Place { byte: self.lines.start() + self.lines.length(), ..self.line_start() }
    }
}

/// Looks at the first bytes without taking them.
fn start_of(mut stored: Stored) -> io::Result<(Stored, Vec<u8>)> {
    let mut start = Vec::new();
    stored.by_ref().take(MAGIC_LENGTH).read_to_end(&mut start)?;
    let stored: Stored = Box::new(io::Cursor::new(start.clone()).chain(stored));
    Ok((stored, start))
}

/// The first bytes by which a codec is told.
const MAGIC_LENGTH: u64 = 8;

impl fmt::Debug for LogLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLines").field("place", &self.place()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_a_line_is_that_of_spark() {
        let lines = || LogLines::of_reader("log", io::empty());
        assert_eq!(lines().max_line, 268_435_456);
        for (bytes, limit) in
            [(1, 1), (536_870_912, 536_870_912), (536_870_913, 536_870_912), (0, 536_870_912)]
        {
            assert_eq!(lines().max_line(bytes).max_line, limit);
        }
    }
}
