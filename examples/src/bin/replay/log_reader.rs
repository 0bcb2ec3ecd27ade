//! A log event by event.

use std::io::{self, BufRead};
use std::str;

use listener_bus::SchedulerEvent;
use listener_bus::events::EventError;
use thiserror::Error;

use crate::lines::{Content, Lines};

/// The longest line that is kept, in bytes: as Spark's replay.
const MAX_LINE: usize = 256 * 1024 * 1024;

/// Reads the events of a log.
pub(crate) struct LogReader<R> {
    lines: Lines<R>,
}

/// What a line turned out to be.
#[derive(Debug)]
pub(crate) enum Entry {
    Event(SchedulerEvent),
    /// Not an event; reading goes on behind it.
    Corrupt(BadLine),
    /// The last line, and its end is missing.
    Cut(BadLine),
}

/// A line that is not an event.
#[derive(Debug, Error)]
#[error("line {number} at byte {start}: {fault}")]
pub(crate) struct BadLine {
    number: u64,
    start: u64,
    fault: Fault,
}

/// Why a line is not an event.
#[derive(Debug, Error)]
enum Fault {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than {MAX_LINE} bytes")]
    TooLong,
    #[error("it is not UTF-8 at column {0}")]
    NotUtf8(usize),
    #[error("{0}: {why}", why = reason(.0))]
    NotAnEvent(EventError),
}

/// A log that cannot be read on.
#[derive(Debug, Error)]
#[error("reading stopped in line {number} at byte {at}{}", because(source))]
pub(crate) struct ReadError {
    number: u64,
    at: u64,
    /// Whether a part of a line is lost.
    pub(crate) is_inside_line: bool,
    source: io::Error,
}

impl<R: BufRead> LogReader<R> {
    pub(crate) fn new(log: R) -> Self {
        Self { lines: Lines::new(log, MAX_LINE) }
    }

    /// Reads the next line.
    pub(crate) fn read(&mut self) -> Result<Option<Entry>, ReadError> {
        let fault = match self.lines.read() {
            Ok(None) => return Ok(None),
            Ok(Some(content)) => match parse(&content) {
                Ok(event) => return Ok(Some(Entry::Event(event))),
                Err(fault) => fault,
            },
            Err(source) => return Err(self.failed(source)),
        };
        let is_cut = (fault.is_cut() || !self.lines.has_break()) && self.lines.is_at_end();
        let bad = BadLine { number: self.lines.number(), start: self.lines.start(), fault };
        Ok(Some(if is_cut { Entry::Cut(bad) } else { Entry::Corrupt(bad) }))
    }

    fn failed(&self, source: io::Error) -> ReadError {
        ReadError {
            number: self.lines.number(),
            at: self.lines.start() + self.lines.length(),
            is_inside_line: self.lines.length() > 0,
            source,
        }
    }
}

fn because(error: &io::Error) -> &'static str {
    let is_cut = error.kind() == io::ErrorKind::UnexpectedEof;
    if is_cut { ": the compressed stream is cut short" } else { "" }
}

fn parse(content: &Content<'_>) -> Result<SchedulerEvent, Fault> {
    match content {
        Content::TooLong => Err(Fault::TooLong),
        Content::Whole([]) => Err(Fault::Empty),
        Content::Whole(line) => {
            let line = str::from_utf8(line).map_err(|error| Fault::NotUtf8(error.valid_up_to() + 1))?;
            SchedulerEvent::from_json(line).map_err(Fault::NotAnEvent)
        }
    }
}

impl Fault {
    fn is_cut(&self) -> bool {
        matches!(self, Self::NotAnEvent(error) if error.is_truncated())
    }
}

/// What the JSON parser says, without its place: it always reads line 1, and the column is told already.
fn reason(error: &EventError) -> String {
    let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    why.rsplit_once(" at line ").map_or_else(|| why.clone(), |(why, _)| why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: &str = r#"{"Event":"SparkListenerApplicationEnd","Timestamp":7}"#;

    fn read_all(log: &[u8]) -> Vec<String> {
        let mut reader = LogReader::new(log);
        let mut all = Vec::new();
        while let Some(entry) = reader.read().expect("memory does not fail") {
            all.push(match entry {
                Entry::Event(event) => event.name().to_owned(),
                Entry::Corrupt(line) => format!("corrupt: {line}"),
                Entry::Cut(line) => format!("cut: {line}"),
            });
        }
        all
    }

    #[test]
    fn a_bad_line_is_told_with_its_number_its_place_and_its_event() {
        let log = format!("{END}\r\n\n{{}}\n{}\n\u{20}nonsense\n{END}", END.replace('7', "true"));
        let all = read_all(log.as_bytes());
        let start = "SparkListenerApplicationEnd";
        assert_eq!(all[0], start);
        assert_eq!(all[1], "corrupt: line 2 at byte 55: it is empty");
        assert!(
            all[2].starts_with("corrupt: line 3 at byte 56: a line does not name its event at column 2: "),
            "{}",
            all[2]
        );
        let field =
            "corrupt: line 4 at byte 59: cannot read the field `Timestamp` of SparkListenerApplicationEnd";
        assert!(all[3].starts_with(field), "{}", all[3]);
        assert!(all[4].starts_with("corrupt: line 5 at byte 116: an event is not valid JSON"), "{}", all[4]);
        assert_eq!(all[5], start, "the last line needs no line break");
    }

    #[test]
    fn a_log_cut_at_any_byte_of_its_last_line_is_told_from_a_corrupt_one() {
        let event = r#"{"Event":"SparkListenerApplicationEnd","Timestamp":7,"Über":"ü"}"#.as_bytes();
        for end in 1..event.len() {
            let log = [event, b"\n", &event[..end]].concat();
            let all = read_all(&log);
            assert_eq!(all.len(), 2);
            assert!(all[1].starts_with("cut: line 2 at byte 67"), "cut at {end}: {}", all[1]);
        }
    }

    #[test]
    fn a_short_line_in_the_middle_is_corrupt_and_a_short_last_line_is_cut_even_with_a_line_break() {
        let all = read_all(format!("{{\"Event\n{END}\n{{\"Event\n").as_bytes());
        assert!(all[0].starts_with("corrupt: line 1 at byte 0: an event is cut short"), "{}", all[0]);
        assert!(all[2].starts_with("cut: line 3"), "{}", all[2]);
    }

    #[test]
    fn a_line_that_is_not_utf_8_is_corrupt() {
        let all = read_all(&[b"{\"Event\":\"\xff\"}\n", END.as_bytes()].concat());
        assert_eq!(all[0], "corrupt: line 1 at byte 0: it is not UTF-8 at column 11");
        assert_eq!(all.len(), 2);
    }
}
