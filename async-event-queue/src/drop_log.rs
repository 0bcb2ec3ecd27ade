//! When to write a log line about dropped events, and what it says.

use std::time::{Duration, Instant};

/// At most one line in this time, as Spark's `AsyncEventQueue`.
const INTERVAL: Duration = Duration::from_mins(1);

/// What a log line reports: events dropped since the previous one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DropLine {
    pub(crate) since_last: u64,
    pub(crate) over: Duration,
}

/// Remembers what was last logged; it takes `now` as an argument and reads no clock.
///
/// The first drop is logged where it happens, at once; this sees to those that follow.
#[derive(Debug)]
pub(crate) struct DropLog {
    logged: u64,
    at: Instant,
}

impl DropLog {
    pub(crate) fn new(now: Instant) -> Self {
        Self { logged: 0, at: now }
    }

    /// The first drop has been logged on its own.
    pub(crate) fn note_first(&mut self, now: Instant) {
        self.logged = self.logged.max(1);
        self.at = now;
    }

    /// The line that is due when `total` events have been dropped.
    pub(crate) fn due(&mut self, total: u64, now: Instant) -> Option<DropLine> {
        (now.saturating_duration_since(self.at) >= INTERVAL).then(|| self.outstanding(total, now)).flatten()
    }

    /// The line for what no line has told of yet, however recent the last one is.
    pub(crate) fn outstanding(&mut self, total: u64, now: Instant) -> Option<DropLine> {
        let since_last = total.saturating_sub(self.logged);
        if since_last == 0 {
            return None;
        }
        let line = DropLine { since_last, over: now.saturating_duration_since(self.at) };
        self.logged = total;
        self.at = now;
        Some(line)
    }

    pub(crate) fn has_outstanding(&self, total: u64) -> bool {
        total > self.logged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_logged_once_a_minute_with_the_number_since_the_last_line() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut log = DropLog::new(start);
        assert_eq!(log.due(0, at(100)), None);
        log.note_first(at(101));
        assert_eq!(log.due(1, at(101)), None, "the first drop is logged where it happens");
        assert_eq!(log.due(500, at(130)), None);
        assert_eq!(log.due(700, at(161)), Some(DropLine { since_last: 699, over: Duration::from_mins(1) }));
        assert_eq!(log.due(700, at(300)), None, "nothing new");
        assert_eq!(log.due(701, at(301)), Some(DropLine { since_last: 1, over: Duration::from_secs(140) }));
        assert!(log.has_outstanding(705));
        assert_eq!(
            log.outstanding(705, at(302)),
            Some(DropLine { since_last: 4, over: Duration::from_secs(1) })
        );
        assert_eq!(log.outstanding(705, at(303)), None);
    }
}
