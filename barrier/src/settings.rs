//! How long and how much a coordinator puts up with.

use std::time::{Duration, Instant};

/// How often the metrics are told how long rounds are waited for.
pub(crate) const TELL_WAITS_EVERY: Duration = Duration::from_secs(5);

/// How long a round may be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// For so long from its first arrival.
    AtMost(Duration),
    /// Until it ends by itself.
    Unlimited,
}

impl Patience {
    /// The moment a wait that began at `since` is over; `None` if never, or not within what the clock can tell.
    pub(crate) fn deadline(self, since: Instant) -> Option<Instant> {
        match self {
            Self::AtMost(timeout) => since.checked_add(timeout),
            Self::Unlimited => None,
        }
    }
}

/// How a coordinator is set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) timeout: Patience,
    pub(crate) idle_ttl: Duration,
    pub(crate) log_waiting_every: Duration,
    pub(crate) max_message_bytes: usize,
    pub(crate) max_round_bytes: usize,
    pub(crate) max_tasks: usize,
}

impl Settings {
    /// A setting that must not be zero and is.
    pub(crate) fn zero(&self) -> Option<&'static str> {
        let checks = [
            (self.timeout == Patience::AtMost(Duration::ZERO), "timeout"),
            (self.idle_ttl.is_zero(), "idle_ttl"),
            (self.log_waiting_every.is_zero(), "log_waiting_every"),
            (self.max_message_bytes == 0, "max_message_bytes"),
            (self.max_round_bytes == 0, "max_round_bytes"),
            (self.max_tasks == 0, "max_tasks"),
        ];
        checks.into_iter().find(|(is_zero, _)| *is_zero).map(|(_, setting)| setting)
    }

    /// When a round must be looked at for the first time, counted from its first arrival.
    pub(crate) fn first_look(&self) -> Duration {
        let tell = self.log_waiting_every.min(TELL_WAITS_EVERY);
        match self.timeout {
            Patience::AtMost(timeout) => timeout.min(tell),
            Patience::Unlimited => tell,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Patience::AtMost(Duration::from_mins(10)),
            idle_ttl: Duration::from_hours(1),
            log_waiting_every: Duration::from_mins(1),
            max_message_bytes: 4 << 20,
            max_round_bytes: 256 << 20,
            max_tasks: 65_536,
        }
    }
}
