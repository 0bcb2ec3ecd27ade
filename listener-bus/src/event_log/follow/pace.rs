//! Waiting for more, for so long.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Signal;
use crate::event_log::interruption::Interruption;

/// Waits between looks at something that may change, up to a limit without change.
pub(super) struct Pace {
    signal: Arc<Signal>,
    poll: Duration,
    limit: Option<Duration>,
    /// When the waiting began.
    since: Option<Instant>,
}

/// What waiting came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// It is time for another look.
    LookAgain,
    /// The limit is over.
    TooLong,
}

impl Pace {
    pub(super) fn new(signal: &Arc<Signal>, poll: Duration, limit: Option<Duration>) -> Self {
        Self { signal: Arc::clone(signal), poll, limit, since: None }
    }

    /// Lets the limit begin anew.
    pub(super) fn changed(&mut self) {
        self.since = None;
    }

    /// Fails when following has been stopped.
    pub(super) fn check(&self) -> io::Result<()> {
        match self.signal.ended() {
            Some(_) => Err(Interruption::Stopped.into()),
            None => Ok(()),
        }
    }

    pub(super) fn wait(&mut self) -> io::Result<Waited> {
        let waited = self.since.get_or_insert_with(Instant::now).elapsed();
        let left = self.limit.map_or(self.poll, |limit| limit.saturating_sub(waited));
        if left.is_zero() && self.limit.is_some() {
            return Ok(Waited::TooLong);
        }
        self.signal.pause(left.min(self.poll));
        self.check()?;
        Ok(Waited::LookAgain)
    }
}
