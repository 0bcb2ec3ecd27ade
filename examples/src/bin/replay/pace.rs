//! When to post the next event.

use std::time::Duration;

use crate::args::PaceArgs;

/// When to post the next event. It reads no clock: `now` is the time since the replay began.
#[derive(Debug)]
pub(crate) enum Pace {
    /// At once.
    Unbounded,
    /// Evenly.
    Rate { per_second: f64, posted: u64 },
    /// As in the log, `factor` times as fast.
    Speed { factor: f64, clock: Option<LogClock> },
}

/// How the time of a log maps to that of the replay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogClock {
    /// When the log's first timed event was posted.
    began: Duration,
    /// Its time in the log, in milliseconds.
    first: i64,
    /// The latest time in the log so far, in milliseconds.
    latest: i64,
}

impl Pace {
    pub(crate) fn new(args: &PaceArgs) -> Self {
        match (args.rate, args.speed) {
            (Some(per_second), _) => Self::Rate { per_second, posted: 0 },
            (None, Some(factor)) => Self::Speed { factor, clock: None },
            (None, None) => Self::Unbounded,
        }
    }

    /// Forgets the time of the previous log: years may lie between two logs.
    pub(crate) fn begin_log(&mut self) {
        match self {
            Self::Speed { clock, .. } => *clock = None,
            Self::Unbounded | Self::Rate { .. } => {}
        }
    }

    /// How long to wait before an event of this time, in milliseconds, is posted. One without a time, or with an
    /// earlier one than those before it, follows them at once.
    pub(crate) fn wait(&mut self, time: Option<i64>, now: Duration) -> Duration {
        let due = match self {
            Self::Unbounded => return Duration::ZERO,
            Self::Rate { per_second, posted } => {
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 events")]
                let due = seconds(*posted as f64 / *per_second);
                *posted += 1;
                due
            }
            Self::Speed { factor, clock } => match (clock.as_mut(), time) {
                (Some(clock), time) => clock.due(time, *factor),
                (None, Some(first)) => {
                    *clock = Some(LogClock { began: now, first, latest: first });
                    now
                }
                (None, None) => now,
            },
        };
        due.saturating_sub(now)
    }
}

impl LogClock {
    fn due(&mut self, time: Option<i64>, factor: f64) -> Duration {
        self.latest = time.unwrap_or(self.latest).max(self.latest);
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 milliseconds")]
        let passed = (self.latest - self.first) as f64 / 1000.0;
        self.began.saturating_add(seconds(passed / factor))
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn a_rate_spaces_events_evenly_and_makes_up_for_lost_time() {
        let mut pace = Pace::new(&PaceArgs { rate: Some(100.0), speed: None });
        assert_eq!(pace.wait(None, Duration::ZERO), Duration::ZERO);
        assert_eq!(pace.wait(Some(5), Duration::ZERO), 10 * MILLI);
        assert_eq!(pace.wait(None, 15 * MILLI), 5 * MILLI);
        assert_eq!(pace.wait(None, 90 * MILLI), Duration::ZERO);
        assert_eq!(pace.wait(None, 30 * MILLI), 10 * MILLI);
    }

    #[test]
    fn a_speed_follows_the_times_of_the_log() {
        let mut pace = Pace::new(&PaceArgs { rate: None, speed: Some(2.0) });
        let now = 7 * MILLI;
        assert_eq!(pace.wait(None, now), Duration::ZERO, "before any time is known");
        assert_eq!(pace.wait(Some(1_000_000), now), Duration::ZERO, "the first time is now");
        assert_eq!(pace.wait(Some(1_000_500), now), 250 * MILLI);
        assert_eq!(pace.wait(None, 100 * MILLI), 157 * MILLI, "with the one before it");
        assert_eq!(pace.wait(Some(999_000), 300 * MILLI), Duration::ZERO, "time never goes back");
        assert_eq!(pace.wait(Some(1_000_600), 257 * MILLI), 50 * MILLI);
    }

    #[test]
    fn each_log_has_a_time_of_its_own() {
        let mut pace = Pace::new(&PaceArgs { rate: None, speed: Some(1.0) });
        assert_eq!(pace.wait(Some(1_000), Duration::ZERO), Duration::ZERO);
        pace.begin_log();
        assert_eq!(pace.wait(Some(9_000_000), MILLI), Duration::ZERO);
        assert_eq!(pace.wait(Some(9_000_010), MILLI), 10 * MILLI);
    }

    #[test]
    fn no_pace_never_waits_and_a_tiny_one_does_not_overflow() {
        let mut pace = Pace::new(&PaceArgs { rate: None, speed: None });
        assert_eq!(pace.wait(Some(5), Duration::ZERO), Duration::ZERO);
        let mut pace = Pace::new(&PaceArgs { rate: Some(1e-300), speed: None });
        assert_eq!(pace.wait(None, Duration::ZERO), Duration::ZERO);
        assert_eq!(pace.wait(None, Duration::ZERO), Duration::MAX);
    }
}
