//! The thread that sees to it that no event waits too long to be flushed.

use std::io;
use std::sync::Arc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::shared::Shared;

/// The thread that sees to it that no event waits too long to be flushed.
///
/// It sleeps while nothing is unflushed, and ends with the listener.
pub(super) struct Flusher;

impl Flusher {
    pub(super) fn start(shared: &Arc<Shared>, time: Duration) -> io::Result<()> {
        let shared = Arc::clone(shared);
        let run = move || shared.flush_in_time(time);
        Builder::new().name("event-log-flusher".to_owned()).spawn(run).map(drop)
    }
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing, until something is unflushed.
    Wait,
    /// Nothing, for this long.
    WaitFor(Duration),
    /// Flush.
    Flush,
}

impl Next {
    /// What is to be done `now` if something is unflushed `since` then and may be so for `time`.
    pub(super) fn of(since: Option<Instant>, now: Instant, time: Duration) -> Self {
        let Some(since) = since else { return Self::Wait };
        match time.checked_sub(now.saturating_duration_since(since)) {
            None | Some(Duration::ZERO) => Self::Flush,
            Some(left) => Self::WaitFor(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unflushed_is_flushed_once_its_time_is_over() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        assert_eq!(Next::of(None, start, second), Next::Wait);
        assert_eq!(Next::of(Some(start), start, second), Next::WaitFor(second));
        assert_eq!(Next::of(Some(start), start + second, second), Next::Flush);
        assert_eq!(Next::of(Some(start), start + 2 * second, second), Next::Flush);
    }
}
