//! How following ends, and what wakes whoever waits for more.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How following a log ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FollowEnd {
    /// Its application has closed the log, and all of it was read.
    Completed,
    /// The log has not grown for longer than [`FollowOptions::idle`](super::FollowOptions::idle) allows.
    Idle,
    /// The log was deleted.
    Gone,
    /// It cannot be read any further; an error or a damage tells why.
    Failed,
    /// Somebody asked to stop.
    Stopped,
}

/// Ends the following of a log from wherever it is called, whatever it waits for.
///
/// When the last one of a log is dropped, following ends as well.
#[derive(Clone, Debug)]
#[must_use = "following ends when it is dropped"]
pub struct FollowStop(Arc<StopOnDrop>);

#[derive(Debug)]
struct StopOnDrop(Arc<Signal>);

impl FollowStop {
    pub(super) fn new(signal: Arc<Signal>) -> Self {
        Self(Arc::new(StopOnDrop(signal)))
    }

    /// Lets reading end before it looks at the file again; events that have been read ahead are still handed over.
    pub fn stop(&self) {
        self.0.0.end(FollowEnd::Stopped);
    }

    /// How following ended; nothing while it goes on.
    pub fn ended(&self) -> Option<FollowEnd> {
        self.0.0.ended()
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.end(FollowEnd::Stopped);
    }
}

/// Whether following has ended, shared by the one who follows and those who may stop it.
#[derive(Debug, Default)]
pub(in crate::event_log) struct Signal {
    ended: Mutex<Option<FollowEnd>>,
    changed: Condvar,
}

impl Signal {
    /// Ends the following, unless it has ended before.
    pub(super) fn end(&self, how: FollowEnd) {
        self.lock().get_or_insert(how);
        self.changed.notify_all();
    }

    pub(in crate::event_log) fn ended(&self) -> Option<FollowEnd> {
        *self.lock()
    }

    /// Waits for `time`, or until following ends.
    pub(super) fn pause(&self, time: Duration) {
        let waited = self.changed.wait_timeout_while(self.lock(), time, |ended| ended.is_none());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, Option<FollowEnd>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
