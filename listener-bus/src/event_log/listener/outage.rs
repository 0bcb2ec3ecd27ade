//! A time in which the log cannot be written.

use std::time::{Duration, Instant};

/// How long a listener that fails says nothing after it has said so.
const QUIET: Duration = Duration::from_mins(1);

/// A time in which the log cannot be written.
#[derive(Debug)]
pub(super) struct Outage {
    /// The events that were lost before it.
    lost_before: u64,
    retry_at: Instant,
    told_at: Instant,
}

impl Outage {
    /// It begins.
    pub(super) fn new(lost_before: u64, now: Instant, retry_after: Duration) -> Self {
        Self { lost_before, retry_at: later(now, retry_after), told_at: now }
    }

    /// Whether it is time to try again.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.retry_at
    }

    /// Another try has failed. Tells whether it is time to say so.
    pub(super) fn failed_again(&mut self, now: Instant, retry_after: Duration) -> bool {
        self.retry_at = later(now, retry_after);
        let is_time = now.saturating_duration_since(self.told_at) >= QUIET;
        if is_time {
            self.told_at = now;
        }
        is_time
    }

    /// The events it has cost so far.
    pub(super) fn lost(&self, lost: u64) -> u64 {
        lost.saturating_sub(self.lost_before)
    }
}

/// A time that is too far away to be told never comes.
fn later(now: Instant, time: Duration) -> Instant {
    const FOR_EVER: Duration = Duration::from_hours(100 * 365 * 24);
    now.checked_add(time).or_else(|| now.checked_add(FOR_EVER)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_listener_waits_before_each_try_and_is_quiet_for_a_minute() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut outage = Outage::new(2, start, second);
        assert!(!outage.is_due(start));
        assert!(outage.is_due(start + second));
        assert!(!outage.failed_again(start + second, second));
        assert!(!outage.is_due(start + second));
        assert!(outage.failed_again(start + QUIET, second));
        assert!(!outage.failed_again(start + QUIET + second, second));
        assert_eq!(outage.lost(7), 5);
    }
}
