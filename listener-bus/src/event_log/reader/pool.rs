//! Threads that read and parse ahead, and give what they found in the order of the log.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use crossbeam::channel::{Receiver, Sender, bounded};

use super::parse::{Found, Parser};
use crate::event_log::error::ReadError;
use crate::event_log::lines::Follow;
use crate::event_log::log_line::{LogLine, RawLine};
use crate::event_log::log_lines::{LogLines, Totals};
use crate::event_log::{BadLine, Damage};

/// The text that is parsed at a time, in bytes; one line may be longer.
const BATCH: usize = 256 * 1024;
/// The batches that may wait for each thread that parses.
const AHEAD: usize = 2;

/// Threads that read and parse ahead; they end when it is dropped.
pub(super) struct Pool {
    /// The batches in the order of the log, each when it is parsed.
    batches: Receiver<Next>,
    found: VecDeque<Found>,
    end: Option<ReadError>,
    state: State,
    /// Of the batches that have been taken.
    totals: Totals,
}

/// What comes next in a log.
enum Next {
    Batch(Receiver<Parsed>),
    /// Nothing: the log is at its end.
    End,
}

/// What the threads are doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// The end of the log was reached.
    Over,
    /// One of them has panicked, which is to be told.
    Gone,
    /// That has been told: nothing more comes.
    Broken,
}

/// Lines of one file, and what follows them.
struct Batch {
    file: Arc<str>,
    text: Vec<u8>,
    lines: Vec<Line>,
    /// What follows the last line.
    follow: Follow,
    then: Option<Then>,
    totals: Totals,
}

/// A line in the text of its batch.
struct Line {
    end: usize,
    number: u64,
    start: u64,
    has_break: bool,
}

/// What follows the lines of a batch, if it is not more lines.
enum Then {
    Bad(BadLine),
    Damaged(Damage),
    Failed(ReadError),
}

struct Parsed {
    found: VecDeque<Found>,
    end: Option<ReadError>,
    totals: Totals,
}

struct Job {
    batch: Batch,
    parsed: Sender<Parsed>,
}

impl Pool {
    /// Starts one thread that reads, and `parsers` that parse.
    pub(super) fn start(lines: LogLines, parser: &Parser, parsers: usize) -> Result<Self, ReadError> {
        let (order, batches) = bounded(parsers.saturating_mul(AHEAD));
        let (jobs, work) = bounded(parsers);
        for index in 0..parsers {
            let (parser, work) = (parser.clone(), work.clone());
            spawn(format!("event-log-parse-{index}"), move || parse_all(&parser, &work))?;
        }
        spawn("event-log-read".to_owned(), move || read_all(lines, &order, &jobs))?;
        let (found, state, totals) = (VecDeque::new(), State::Reading, Totals::default());
        Ok(Self { batches, found, end: None, state, totals })
    }

    pub(super) fn read(&mut self) -> Result<Option<Found>, ReadError> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(Some(found));
            }
            if let Some(error) = self.end.take() {
                return Err(error);
            }
            match self.state {
                State::Reading => self.state = self.next_batch(),
                State::Over | State::Broken => return Ok(None),
                State::Gone => {
                    self.state = State::Broken;
                    return Err(ReadError::ThreadGone);
                }
            }
        }
    }

    fn next_batch(&mut self) -> State {
        match self.batches.recv() {
            Ok(Next::End) => State::Over,
            Ok(Next::Batch(batch)) => match batch.recv() {
                Ok(Parsed { found, end, totals }) => {
                    (self.found, self.end, self.totals) = (found, end, totals);
                    State::Reading
                }
                Err(_) => State::Gone,
            },
            Err(_) => State::Gone,
        }
    }

    /// Whether the end of the log was reached.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<(), ReadError> {
    thread::Builder::new().name(name).spawn(run).map(drop).map_err(ReadError::Spawn)
}

/// Reads to the end, or until nobody asks any more.
fn read_all(mut lines: LogLines, order: &Sender<Next>, jobs: &Sender<Job>) {
    while let Some(batch) = Batch::read(&mut lines) {
        let (parsed, result) = bounded(1);
        if order.send(Next::Batch(result)).is_err() || jobs.send(Job { batch, parsed }).is_err() {
            return;
        }
    }
    order.send(Next::End).ok();
}

fn parse_all(parser: &Parser, work: &Receiver<Job>) {
    for job in work {
        let Job { batch, parsed } = job;
        // If nobody asks for it any more, reading has ended as well.
        drop(parsed.send(batch.parse(parser)));
    }
}

impl Batch {
    /// Reads lines until the batch is full, the file at its end, or something else is met.
    fn read(lines: &mut LogLines) -> Option<Self> {
        let mut batch = Self {
            file: "".into(),
            text: Vec::new(),
            lines: Vec::new(),
            follow: Follow::More,
            then: None,
            totals: Totals::default(),
        };
        while batch.text.len() < BATCH && batch.follow == Follow::More && batch.then.is_none() {
            match lines.read() {
                Ok(Some(LogLine::Text(line))) => {
                    batch.push(&line);
                    batch.follow = lines.follow();
                }
                Ok(Some(LogLine::Bad(bad))) => batch.then = Some(Then::Bad(bad)),
                Ok(Some(LogLine::Damaged(damage))) => batch.then = Some(Then::Damaged(damage)),
                Ok(None) => break,
                Err(error) => batch.then = Some(Then::Failed(error)),
            }
        }
        batch.totals = lines.totals();
        (!batch.lines.is_empty() || batch.then.is_some()).then_some(batch)
    }

    fn push(&mut self, line: &RawLine<'_>) {
        if !Arc::ptr_eq(&self.file, line.file) {
            self.file = Arc::clone(line.file);
        }
        self.text.extend_from_slice(line.bytes);
        let RawLine { number, start, has_break, .. } = *line;
        self.lines.push(Line { end: self.text.len(), number, start, has_break });
    }

    fn parse(self, parser: &Parser) -> Parsed {
        let mut found = VecDeque::with_capacity(self.lines.len() + 1);
        let mut from = 0;
        let last = self.lines.len().saturating_sub(1);
        for (index, line) in self.lines.iter().enumerate() {
            let bytes = &self.text[from..line.end];
            from = line.end;
            let Line { number, start, has_break, .. } = *line;
            let parsed = parser.parse(&RawLine { bytes, file: &self.file, number, start, has_break });
            let follow = if index == last { self.follow } else { Follow::More };
            found.push_back(parsed.unwrap_or_else(|unread| unread.into_found(follow)));
        }
        let end = match self.then {
            Some(Then::Failed(error)) => Some(error),
            Some(Then::Bad(bad)) => {
                found.push_back(Found::Bad(bad));
                None
            }
            Some(Then::Damaged(damage)) => {
                found.push_back(Found::Damaged(damage));
                None
            }
            None => None,
        };
        Parsed { found, end, totals: self.totals }
    }
}
