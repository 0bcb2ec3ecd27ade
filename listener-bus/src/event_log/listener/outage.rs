//! A time in which the log cannot be written.

use std::time::{Duration, Instant};

/// How long a listener that fails says nothing after it has said so.
const QUIET: Duration = Duration::from_mins(1);
/// The longest that it waits between two tries, unless it is told to wait longer.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// A time in which the log cannot be written.
#[derive(Debug)]
pub(super) struct Outage {
    /// The events that were lost before it.
    lost_before: u64,
    retry_at: Instant,
    /// Whether anybody was told of it.
    pub(super) is_told: bool,
}

/// How often a listener that fails tries again, and how often it says so; it remembers earlier outages.
#[derive(Debug)]
pub(super) struct Patience {
    retry_after: Duration,
    wait: Duration,
    told_at: Option<Instant>,
    /// When the last outage ended.
    well_since: Option<Instant>,
}

impl Outage {
    /// It begins.
    pub(super) fn new(lost_before: u64, now: Instant, patience: &mut Patience) -> Self {
        let retry_at = later(now, patience.begin(now));
        Self { lost_before, retry_at, is_told: patience.may_tell(now) }
    }

    /// Whether it is time to try again.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.retry_at
    }

    /// Another try has failed. Tells whether it is time to say so.
    pub(super) fn failed_again(&mut self, now: Instant, patience: &mut Patience) -> bool {
        self.retry_at = later(now, patience.grow());
        let is_time = patience.may_tell(now);
        self.is_told |= is_time;
        is_time
    }

    /// The events it has cost so far.
    pub(super) fn lost(&self, lost: u64) -> u64 {
        lost.saturating_sub(self.lost_before)
    }
}

impl Patience {
    pub(super) fn new(retry_after: Duration) -> Self {
        Self { retry_after, wait: retry_after, told_at: None, well_since: None }
    }

    /// An outage is over.
    pub(super) fn end(&mut self, now: Instant) {
        self.well_since = Some(now);
    }

    /// An outage begins: if things went well for no longer than the last wait, nothing was mended.
    fn begin(&mut self, now: Instant) -> Duration {
        let was_well = |since| now.saturating_duration_since(since) > self.wait;
        if self.well_since.is_none_or(was_well) {
            self.wait = self.retry_after;
            return self.wait;
        }
        self.grow()
    }

    fn grow(&mut self) -> Duration {
        self.wait = self.wait.saturating_mul(2).min(LONGEST_WAIT.max(self.retry_after));
        self.wait
    }

    fn may_tell(&mut self, now: Instant) -> bool {
        let is_quiet = |told_at| now.saturating_duration_since(told_at) < QUIET;
        let is_time = !self.told_at.is_some_and(is_quiet);
        if is_time {
            self.told_at = Some(now);
        }
        is_time
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

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_failing_listener_waits_longer_before_each_try_and_is_quiet_for_a_minute() {
        let start = Instant::now();
        let mut patience = Patience::new(SECOND);
        let mut outage = Outage::new(2, start, &mut patience);
        assert!(outage.is_told);
        assert!(!outage.is_due(start));
        assert!(outage.is_due(start + SECOND));
        assert!(!outage.failed_again(start + SECOND, &mut patience));
        assert!(!outage.is_due(start + 2 * SECOND));
        assert!(outage.is_due(start + 3 * SECOND));
        assert!(outage.failed_again(start + QUIET, &mut patience));
        assert!(!outage.failed_again(start + QUIET + SECOND, &mut patience));
        assert_eq!(outage.lost(7), 5);
    }

    #[test]
    fn a_failing_listener_waits_for_a_minute_at_the_most() {
        let start = Instant::now();
        let mut patience = Patience::new(SECOND);
        let mut outage = Outage::new(0, start, &mut patience);
        for _ in 0..100 {
            outage.failed_again(start, &mut patience);
        }
        assert!(!outage.is_due(start + Duration::from_secs(59)));
        assert!(outage.is_due(start + LONGEST_WAIT));
    }

    #[test]
    fn an_outage_soon_after_another_one_is_the_same_to_whoever_waits_and_listens() {
        let start = Instant::now();
        let mut patience = Patience::new(SECOND);
        assert!(Outage::new(0, start, &mut patience).is_told);
        patience.end(start + SECOND);
        let second = Outage::new(0, start + SECOND, &mut patience);
        assert!(!second.is_told);
        assert!(!second.is_due(start + 2 * SECOND));
        assert!(second.is_due(start + 3 * SECOND));
        patience.end(start + 3 * SECOND);
        let much_later = Outage::new(0, start + 2 * QUIET, &mut patience);
        assert!(much_later.is_told);
        assert!(much_later.is_due(start + 2 * QUIET + SECOND));
    }

    #[test]
    fn whoever_is_told_to_wait_longer_does() {
        let start = Instant::now();
        let mut patience = Patience::new(5 * LONGEST_WAIT);
        let mut outage = Outage::new(0, start, &mut patience);
        outage.failed_again(start, &mut patience);
        assert!(!outage.is_due(start + 4 * LONGEST_WAIT));
        assert!(outage.is_due(start + 5 * LONGEST_WAIT));
    }
}
