//! How a log fares.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event_log::{EventLogWriter, WriteError, WrittenLog};

/// How a log fares, told without waiting for the disk; a cheap handle.
#[derive(Clone)]
pub struct EventLogHandle(Arc<Mutex<EventLogReport>>);

/// How a log fares.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EventLogReport {
    /// Whether it is written.
    pub state: LogState,
    /// The log: a file, by the name it has now, or the folder of a rolling log.
    pub path: PathBuf,
    /// Its files of events, in order.
    pub files: Vec<PathBuf>,
    /// Events written, flushed or not. A log start and the marks of gaps do not count.
    pub written: u64,
    /// Events that are not to be written.
    pub filtered: u64,
    /// Events that could not be written.
    pub lost: u64,
    /// Events written as no more than their ids.
    pub stubs: u64,
    /// How often the queue dropped events.
    pub gaps: u64,
    /// The events it dropped.
    pub dropped: u64,
    /// How often writing failed after it had gone well.
    pub outages: u64,
    /// What went wrong last.
    pub last_error: Option<Arc<WriteError>>,
}

/// Whether a log is written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogState {
    /// It is, and all goes well.
    Writing,
    /// It cannot be written now; events are lost until it can be again.
    Failing,
    /// It is complete.
    Completed(WrittenLog),
    /// It will not be completed: the listener was dropped, or completing failed.
    Incomplete,
}

impl EventLogHandle {
    pub(super) fn new(writer: &EventLogWriter) -> Self {
        Self(Arc::new(Mutex::new(EventLogReport {
            state: LogState::Writing,
            path: writer.path().to_owned(),
            files: writer.files(),
            written: 0,
            filtered: 0,
            lost: 0,
            stubs: 0,
            gaps: 0,
            dropped: 0,
            outages: 0,
            last_error: None,
        })))
    }

    /// How the log fares now.
    pub fn report(&self) -> EventLogReport {
        self.lock().clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, EventLogReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for EventLogHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventLogHandle").field(&*self.lock()).finish()
    }
}
