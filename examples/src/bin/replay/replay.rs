//! Reads logs and posts what they hold.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Error, anyhow};
use examples::event_time::time_of;
use examples::faults::{Skipped, of_damage, of_read_error};
use examples::log::{Log, Source as _};
use examples::pause::pause;
use examples::progress::Progress;
use listener_bus::event_log::{Entry, EventLogReader, ReadError, ReadOptions};
use listener_bus::{DropReason, Posted, SchedulerEvent};

use crate::four_queues::FourQueues;
use crate::pace::Pace;

/// What a line that is not an event leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnCorrupt {
    Skip,
    Stop,
}

/// How logs are replayed.
#[derive(Debug)]
pub(crate) struct Manner {
    pub(crate) on_corrupt: OnCorrupt,
    pub(crate) pace: Pace,
    pub(crate) threads: usize,
}

/// Replays one log after another.
pub(crate) struct Replay<'a> {
    queues: &'a FourQueues,
    manner: Manner,
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
    pub(crate) errors: Vec<Error>,
}

impl<'a> Replay<'a> {
    pub(crate) fn new(queues: &'a FourQueues, manner: Manner, progress: &'a mut Progress) -> Self {
        Self { queues, manner, progress, began: Instant::now(), read: Read::default() }
    }

    /// Replays the logs in turn; what is wrong with one does not keep the next from being replayed.
    pub(crate) fn run(mut self, logs: &[Log]) -> Read {
        for log in logs {
            self.manner.pace.begin_log();
            let mut skipped = Skipped::default();
            let end = self.replay(log, &mut skipped);
            self.read.lines_skipped += skipped.lines;
            self.read.errors.extend(skipped.into_error(log));
            if let ControlFlow::Break(error) = end {
                self.read.errors.push(error);
                break;
            }
        }
        self.read
    }

    /// Replays one log; an error that ends everything breaks, others are kept.
    fn replay(&mut self, log: &Log, skipped: &mut Skipped) -> ControlFlow<Error> {
        let options = ReadOptions::new().threads(self.manner.threads);
        let mut reader = match EventLogReader::of_lines(log.lines(self.progress.stored()), &options) {
            Ok(reader) => reader,
            Err(error) => return self.keep(of_read_error(log, error)),
        };
        let errors_before = self.read.errors.len();
        loop {
            match reader.read() {
                Ok(Some(entry)) => self.take(log, entry, skipped)?,
                Ok(None) => break,
                // Whoever parsed is gone, and everything behind with it.
                Err(error @ (ReadError::ThreadGone | ReadError::Spawn(_))) => {
                    return self.keep(of_read_error(log, error));
                }
                Err(error) => self.read.errors.push(of_read_error(log, error)),
            }
        }
        if reader.report().counts.lines == 0 && self.read.errors.len() == errors_before {
            self.read.errors.push(anyhow!("{log} is empty"));
        }
        skipped.lines = lines_skipped(&reader);
        ControlFlow::Continue(())
    }

    fn keep(&mut self, error: Error) -> ControlFlow<Error> {
        self.read.errors.push(error);
        ControlFlow::Continue(())
    }

    fn take(&mut self, log: &Log, entry: Entry, skipped: &mut Skipped) -> ControlFlow<Error> {
        match entry {
            Entry::Event(event) => self.post(event),
            Entry::Damaged(damage) => self.keep(of_damage(log, &damage)),
            Entry::Corrupt(line) if self.manner.on_corrupt == OnCorrupt::Stop => {
                skipped.lines += 1;
                let place = log.place(&line.place);
                ControlFlow::Break(anyhow!("{log} has a corrupt line: {place}: {}", line.fault))
            }
            Entry::Corrupt(line) => {
                skipped.add(log, &line.place, &line.fault);
                ControlFlow::Continue(())
            }
        }
    }

    fn post(&mut self, event: SchedulerEvent) -> ControlFlow<Error> {
        pause(self.manner.pace.wait(time_of(&event), self.began.elapsed()));
        self.read.count(event.name());
        self.progress.event();
        match self.queues.post(event) {
            Posted::Dropped(DropReason::TimedOut) => self.check_for_stuck_listener(),
            Posted::Queued | Posted::Dropped(_) => ControlFlow::Continue(()),
        }
    }

    /// A full queue has kept the reader waiting in vain. If its listener does not come back, every further event
    /// would, too.
    fn check_for_stuck_listener(&self) -> ControlFlow<Error> {
        match self.queues.stuck() {
            Some(stuck) => ControlFlow::Break(anyhow!("reading stopped: {stuck}")),
            None => ControlFlow::Continue(()),
        }
    }
}

/// The lines of a log that was read to its end and that were no events: corrupt ones, and those that are cut.
fn lines_skipped(reader: &EventLogReader) -> u64 {
    let counts = reader.report().counts;
    counts.lines.saturating_sub(counts.events)
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
