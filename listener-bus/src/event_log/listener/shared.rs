//! What the listener and the thread that flushes share.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::flusher::Next;
use super::session::Session;

/// What the listener and the thread that flushes share.
pub(super) struct Shared {
    /// Held while an event is written: the thread that flushes waits for it, and nobody else but the listener.
    session: Mutex<Session>,
    /// Something is unflushed that was not, or the log is over.
    changed: Condvar,
}

impl Shared {
    pub(super) fn new(session: Session) -> Self {
        Self { session: Mutex::new(session), changed: Condvar::new() }
    }

    /// Does something with the session, and wakes the thread that flushes if it has something new to wait for.
    pub(super) fn with(&self, act: impl FnOnce(&mut Session)) {
        let mut session = self.lock();
        let before = session.unflushed_since;
        act(&mut session);
        if session.writer.is_none() || (before.is_none() && session.unflushed_since.is_some()) {
            self.changed.notify_all();
        }
    }

    /// Flushes what has been unflushed for `time`, until the log is over.
    pub(super) fn flush_in_time(&self, time: Duration) {
        let mut session = self.lock();
        while session.writer.is_some() {
            session = match Next::of(session.unflushed_since, Instant::now(), time) {
                Next::Flush => {
                    session.flush();
                    session
                }
                Next::Wait => self.changed.wait(session).unwrap_or_else(PoisonError::into_inner),
                Next::WaitFor(left) => {
                    let waited = self.changed.wait_timeout(session, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
