//! Counts events, and tells what takes the space.

mod fields;
mod report;

use std::io::{self, Write};
use std::ops::ControlFlow;

use anyhow::Context as _;
use examples::log::{Log, Source as _};
use examples::logs::Logs;
use examples::progress::Progress;
use serde::Serialize;

use crate::args::StatsArgs;
use crate::telling::Telling;
use crate::walk::{Line, Walk};
use fields::{Field, Fields};
use report::Report;

/// Sums logs up; gives the number of errors, which have been told.
pub(crate) fn stats(args: &StatsArgs) -> anyhow::Result<u64> {
    let logs = Logs::at(&args.input.logs);
    let progress = Progress::on_stderr(logs.size());
    let mut walk = Walk { telling: Telling::start(&progress, &logs), progress };
    let mut stats = Collector::new(args.top);
    walk.progress.begin();
    for log in &logs.found {
        stats.logs += 1;
        stats.stored_bytes += log.size();
        let end = walk.events(log, |line| {
            stats.add(log, line);
            Ok(ControlFlow::Continue(()))
        });
        end.map(drop)?;
    }
    walk.progress.finish();
    write(&stats.finish(), args)?;
    Ok(walk.telling.errors())
}

fn write(stats: &Stats, args: &StatsArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = if args.json {
        serde_json::to_writer(&mut out, stats).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else if stats.logs == 0 {
        Ok(())
    } else {
        write!(out, "{}", Report { stats, top: args.top })
    };
    written.and_then(|()| out.flush()).context("cannot write to standard output")
}

/// What logs come to.
#[derive(Debug, Serialize)]
struct Stats {
    logs: u64,
    lines: u64,
    /// Of text, line ends included.
    bytes: u64,
    stored_bytes: u64,
    /// The earliest time of an event, in milliseconds since the Unix epoch.
    first_time: Option<i64>,
    last_time: Option<i64>,
    /// By bytes.
    events: Vec<EventStats>,
    /// By bytes.
    fields: Vec<Field>,
    longest_lines: Vec<LongLine>,
}

/// The events of one name.
#[derive(Debug, Serialize)]
struct EventStats {
    event: String,
    count: u64,
    bytes: u64,
    longest: u64,
}

/// A line that is longer than most.
#[derive(Debug, Serialize)]
struct LongLine {
    bytes: u64,
    event: String,
    log: String,
    file: Option<String>,
    line: u64,
    byte: u64,
}

/// Looks at one line after another, in bounded memory.
struct Collector {
    top: usize,
    logs: u64,
    lines: u64,
    bytes: u64,
    stored_bytes: u64,
    first_time: Option<i64>,
    last_time: Option<i64>,
    events: Vec<EventStats>,
    fields: Fields,
    longest: Vec<LongLine>,
}

impl Collector {
    fn new(top: usize) -> Self {
        Self {
            top,
            logs: 0,
            lines: 0,
            bytes: 0,
            stored_bytes: 0,
            first_time: None,
            last_time: None,
            events: Vec::new(),
            fields: Fields::default(),
            longest: Vec::new(),
        }
    }

    fn add(&mut self, log: &Log, line: &Line<'_>) {
        let bytes = line.raw.bytes().len() as u64 + 1;
        self.lines += 1;
        self.bytes += bytes;
        if let Some(time) = line.facts.time() {
            self.first_time = Some(self.first_time.map_or(time, |first| first.min(time)));
            self.last_time = self.last_time.max(Some(time));
        }
        self.count(&line.facts.name, bytes);
        self.fields.add(line.text);
        self.keep_if_long(log, line, bytes);
    }

    fn count(&mut self, event: &str, bytes: u64) {
        let index = self.events.iter().position(|known| known.event == event).unwrap_or_else(|| {
            self.events.push(EventStats { event: event.to_owned(), count: 0, bytes: 0, longest: 0 });
            self.events.len() - 1
        });
        let known = &mut self.events[index];
        known.count += 1;
        known.bytes += bytes;
        known.longest = known.longest.max(bytes);
    }

    fn keep_if_long(&mut self, log: &Log, line: &Line<'_>, bytes: u64) {
        let is_full = self.longest.len() >= self.top;
        if self.top == 0 || is_full && self.longest.last().is_some_and(|shortest| shortest.bytes >= bytes) {
            return;
        }
        let place = line.raw.place();
        let index = self.longest.partition_point(|longer| longer.bytes >= bytes);
        let event = line.facts.name.clone().into_owned();
        let (log, file) = (log.to_string(), log.file_of(&place));
        self.longest.insert(index, LongLine { bytes, event, log, file, line: place.line, byte: place.byte });
        self.longest.truncate(self.top);
    }

    fn finish(mut self) -> Stats {
        self.events.sort_by(|left, right| (right.bytes, &left.event).cmp(&(left.bytes, &right.event)));
        Stats {
            logs: self.logs,
            lines: self.lines,
            bytes: self.bytes,
            stored_bytes: self.stored_bytes,
            first_time: self.first_time,
            last_time: self.last_time,
            events: self.events,
            fields: self.fields.by_size(),
            longest_lines: self.longest,
        }
    }
}
