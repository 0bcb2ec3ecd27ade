//! Reads logs and posts what they hold.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use listener_bus::{DropReason, Posted, SchedulerEvent};

use crate::event_time::time_of;
use crate::four_queues::FourQueues;
use crate::log::Log;
use crate::log_reader::{BadLine, Entry, LogReader};
use crate::pace::Pace;
use crate::pause::pause;
use crate::progress::Progress;

/// The corrupt lines of a log that are warned of one by one; the others are only counted.
const WARNINGS: u64 = 10;

/// What a line that is not an event leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnCorrupt {
    Skip,
    Stop,
}

/// Replays one log after another.
pub(crate) struct Replay<'a> {
    queues: &'a FourQueues,
    on_corrupt: OnCorrupt,
    pace: Pace,
    progress: &'a mut Progress,
    began: Instant,
    read: Read,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) events: u64,
    pub(crate) events_by_type: BTreeMap<String, u64>,
    pub(crate) lines_skipped: u64,
    pub(crate) errors: Vec<anyhow::Error>,
}

/// The corrupt lines of one log.
#[derive(Debug, Default)]
struct Skipped {
    lines: u64,
    first: Option<BadLine>,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(
        queues: &'a FourQueues,
        on_corrupt: OnCorrupt,
        pace: Pace,
        progress: &'a mut Progress,
    ) -> Self {
        Self { queues, on_corrupt, pace, progress, began: Instant::now(), read: Read::default() }
    }

    /// Replays the logs in turn; what is wrong with one does not keep the next from being replayed.
    pub(crate) fn run(mut self, logs: &[Log]) -> Read {
        for log in logs {
            self.pace.begin_log();
            let mut skipped = Skipped::default();
            let end = self.replay(log, &mut skipped);
            self.read.errors.extend(skipped.into_error(log));
            match end {
                ControlFlow::Continue(result) => self.read.errors.extend(result.err()),
                ControlFlow::Break(error) => {
                    self.read.errors.push(error);
                    break;
                }
            }
        }
        self.read
    }

    /// Replays one log: an error that is continued with is about this log alone.
    fn replay(&mut self, log: &Log, skipped: &mut Skipped) -> ControlFlow<anyhow::Error, anyhow::Result<()>> {
        let mut reader = match log.open(self.progress.bar()) {
            Ok(opened) => LogReader::new(opened),
            Err(error) => return ControlFlow::Continue(Err(error)),
        };
        let mut is_empty = true;
        loop {
            match reader.read() {
                Ok(Some(Entry::Event(event))) => self.post(event)?,
                Ok(Some(Entry::Corrupt(line))) => self.skip(log, line, skipped)?,
                Ok(Some(Entry::Cut(line))) => {
                    self.read.lines_skipped += 1;
                    return ControlFlow::Continue(Err(anyhow!("{log}: the last line is cut short: {line}")));
                }
                Ok(None) if is_empty => return ControlFlow::Continue(Err(anyhow!("{log} is empty"))),
                Ok(None) => return ControlFlow::Continue(Ok(())),
                Err(error) => {
                    self.read.lines_skipped += u64::from(error.is_inside_line);
                    return ControlFlow::Continue(Err(error).with_context(|| format!("cannot read {log}")));
                }
            }
            is_empty = false;
        }
    }

    fn post(&mut self, event: SchedulerEvent) -> ControlFlow<anyhow::Error> {
        pause(self.pace.wait(time_of(&event), self.began.elapsed()));
        self.read.count(event.name());
        self.progress.event();
        match self.queues.post(event) {
            Posted::Dropped(DropReason::TimedOut) => self.check_for_stuck_listener(),
            Posted::Queued | Posted::Dropped(_) => ControlFlow::Continue(()),
        }
    }

    /// A full queue has kept the reader waiting in vain. If its listener does not come back, every further event
    /// would, too.
    fn check_for_stuck_listener(&self) -> ControlFlow<anyhow::Error> {
        match self.queues.stuck() {
            Some(stuck) => ControlFlow::Break(anyhow!("reading stopped: {stuck}")),
            None => ControlFlow::Continue(()),
        }
    }

    fn skip(&mut self, log: &Log, line: BadLine, skipped: &mut Skipped) -> ControlFlow<anyhow::Error> {
        self.read.lines_skipped += 1;
        if self.on_corrupt == OnCorrupt::Stop {
            return ControlFlow::Break(anyhow!("{log} has a corrupt line: {line}"));
        }
        skipped.add(log, line);
        ControlFlow::Continue(())
    }
}

impl Read {
    fn count(&mut self, name: &str) {
        self.events += 1;
        match self.events_by_type.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(self.events_by_type.insert(name.to_owned(), 1)),
        }
    }
}

impl Skipped {
    fn add(&mut self, log: &Log, line: BadLine) {
        self.lines += 1;
        if self.lines <= WARNINGS {
            tracing::warn!("skipped a corrupt line of {log}: {line}");
        }
        if self.lines == WARNINGS {
            tracing::warn!("further corrupt lines of {log} are counted only");
        }
        self.first.get_or_insert(line);
    }

    fn into_error(self, log: &Log) -> Option<anyhow::Error> {
        let first = self.first?;
        let lines = self.lines;
        let noun = if lines == 1 { "line" } else { "lines" };
        Some(anyhow!("{log} has {lines} corrupt {noun}, skipped; the first is {first}"))
    }
}
