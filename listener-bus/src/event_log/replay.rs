//! From a log to listeners.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::BadLine;
use super::error::ReadError;
use super::reader::{Entry, EventLogReader};
use super::report::ReadReport;
use crate::events::{SchedulerEvent, SchedulerListener};
use crate::{Listener, LiveListenerBus, Posted};

/// The skipped lines of a log that are logged one by one.
const WARNINGS: u64 = 10;

/// Replays logs into listeners in the thread that asks for it, or through a [`LiveListenerBus`].
///
/// ```
/// use listener_bus::event_log::{EventLogReader, Outcome, ReadOptions, ReplayListenerBus};
/// use listener_bus::{SchedulerEvent, SchedulerListener};
/// use listener_bus::events::LogStart;
///
/// #[derive(Default)]
/// struct Version(String);
///
/// impl SchedulerListener for Version {
///     fn on_log_start(&mut self, event: &LogStart) { self.0.clone_from(&event.spark_version); }
/// }
///
/// let log = br#"{"Event":"SparkListenerLogStart","Spark Version":"4.1.4"}"#;
/// let reader = EventLogReader::of_reader("events", &log[..], &ReadOptions::new())?;
/// let mut version = Version::default();
/// let mut bus = ReplayListenerBus::new();
/// bus.add_listener(&mut version);
/// assert_eq!(bus.replay(reader)?.read.outcome, Outcome::Complete);
/// drop(bus);
/// assert_eq!(version.0, "4.1.4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A listener that panics is logged and counted, and gets the next event all the same, as an exception in Spark's replay.
/// Listeners stay the caller's: they are not closed.
#[derive(Default)]
pub struct ReplayListenerBus<'l> {
    listeners: Vec<Direct<'l>>,
    stop: ReplayStop,
}

enum Direct<'l> {
    Scheduler(&'l mut dyn SchedulerListener),
    Event(&'l mut dyn Listener<SchedulerEvent>),
}

/// Ends a replay from wherever it is called, such as from one of its listeners.
#[derive(Clone, Debug, Default)]
pub struct ReplayStop(Arc<AtomicBool>);

impl ReplayStop {
    /// Lets the replay end before its next event.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was told to end.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a replay came to.
#[derive(Debug)]
#[must_use = "a log may be truncated, or have lines that are not events"]
#[non_exhaustive]
pub struct ReplayReport {
    /// What was read.
    pub read: ReadReport,
    /// How often a listener panicked; of a [`LiveListenerBus`], its own snapshot tells.
    pub panics: u64,
    /// Events that the [`LiveListenerBus`] dropped at least for one queue.
    pub dropped: u64,
}

/// A log that could not be replayed to its end.
#[derive(Debug, thiserror::Error)]
#[error("the replay ended {}", report.read.outcome)]
#[non_exhaustive]
pub struct ReplayError {
    /// What was replayed until then.
    pub report: Box<ReplayReport>,
    /// Why it ended.
    pub source: ReadError,
}

impl ReplayReport {
    fn unless(self, error: Option<ReadError>) -> Result<Self, ReplayError> {
        match error {
            Some(source) => Err(ReplayError { report: Box::new(self), source }),
            None => Ok(self),
        }
    }
}

impl<'l> ReplayListenerBus<'l> {
    /// A bus without listeners.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a listener with a method for each kind of event; listeners are told of an event in the order in which they
    /// were added.
    pub fn add_listener(&mut self, listener: &'l mut dyn SchedulerListener) {
        self.listeners.push(Direct::Scheduler(listener));
    }

    /// Adds a listener that takes every event alike, such as a closure.
    pub fn add_event_listener(&mut self, listener: &'l mut dyn Listener<SchedulerEvent>) {
        self.listeners.push(Direct::Event(listener));
    }

    /// What ends a replay before its time.
    pub fn stop_handle(&self) -> ReplayStop {
        self.stop.clone()
    }

    /// Replays what `reader` has left to the listeners, in this thread.
    ///
    /// # Errors
    ///
    /// Those of [`EventLogReader::read`], with what was replayed until then. To go on behind a file that cannot be read,
    /// use the reader itself.
    pub fn replay(&mut self, reader: EventLogReader) -> Result<ReplayReport, ReplayError> {
        let mut panics = 0;
        let (read, error) = run(reader, &self.stop, |event| {
            panics += self.listeners.iter_mut().map(|listener| listener.tell(&event)).sum::<u64>();
        });
        ReplayReport { read, panics, dropped: 0 }.unless(error)
    }

    /// Replays what `reader` has left to `bus`, whose queues decide what becomes of events they have no room for; the
    /// listeners of this bus get nothing.
    ///
    /// # Errors
    ///
    /// As [`Self::replay`].
    ///
    /// # Blocking
    ///
    /// As [`LiveListenerBus::post`] does.
    pub fn replay_through(
        &self,
        bus: &LiveListenerBus<SchedulerEvent>,
        reader: EventLogReader,
    ) -> Result<ReplayReport, ReplayError> {
        let mut dropped = 0;
        let (read, error) = run(reader, &self.stop, |event| {
            dropped += u64::from(matches!(bus.post(event), Posted::Dropped(_)));
        });
        ReplayReport { read, panics: 0, dropped }.unless(error)
    }
}

/// Hands over one event after another, until the end, an error, or until it is stopped.
fn run(
    mut reader: EventLogReader,
    stop: &ReplayStop,
    mut hand_over: impl FnMut(SchedulerEvent),
) -> (ReadReport, Option<ReadError>) {
    while !stop.is_stopped() {
        match reader.read() {
            Ok(Some(Entry::Event(event))) => hand_over(event),
            Ok(Some(Entry::Corrupt(line))) => warn_of(&line, reader.report()),
            Ok(Some(Entry::Damaged(damage))) => tracing::warn!("{damage}"),
            Ok(None) => break,
            Err(error) => return (reader.finish(), Some(error)),
        }
    }
    (reader.finish(), None)
}

/// Logs the first few lines that are skipped.
fn warn_of(line: &BadLine, report: &ReadReport) {
    let skipped = report.counts.corrupt + report.counts.too_long;
    if skipped <= WARNINGS {
        tracing::warn!("skipped a line: {line}");
    }
    if skipped == WARNINGS {
        tracing::warn!("further lines that are skipped are counted only");
    }
}

impl Direct<'_> {
    /// Tells the listener of an event, and gives the number of panics.
    fn tell(&mut self, event: &SchedulerEvent) -> u64 {
        let told = catch_unwind(AssertUnwindSafe(|| match self {
            Self::Scheduler(listener) => listener.on_scheduler_event(event),
            Self::Event(listener) => listener.on_event(event),
        }));
        if told.is_err() {
            let listener = match self {
                Self::Scheduler(listener) => listener.name(),
                Self::Event(listener) => listener.name(),
            };
            tracing::error!(%listener, event = event.name(), "a listener of a replay panicked");
        }
        u64::from(told.is_err())
    }
}

impl fmt::Debug for ReplayListenerBus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayListenerBus")
            .field("listeners", &self.listeners.len())
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}
