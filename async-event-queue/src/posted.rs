//! What became of a post.

use std::fmt;

/// What became of one posted event.
///
/// Safe to ignore: a drop is counted, logged, and told to the listeners behind the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// Every queue has taken the event, or it waits for the start.
    Queued,
    /// At least one queue has not taken it; the reason of the first such queue.
    Dropped(DropReason),
}

impl Posted {
    /// Whether no queue has dropped the event.
    pub fn is_queued(self) -> bool {
        self == Self::Queued
    }
}

/// Why an event did not reach the listeners of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DropReason {
    /// The queue was full when the event was posted ([`Overflow::DropNewest`](crate::Overflow::DropNewest)).
    Full,
    /// A newer event took its place, or none would give way to it ([`Overflow::DropOldest`](crate::Overflow::DropOldest)).
    Evicted,
    /// No place was free in time ([`Overflow::Block`](crate::Overflow::Block)).
    TimedOut,
    /// The queue was stopping or stopped, or had not delivered it by the deadline of the stop.
    Stopped,
    /// The buffer for events posted before the start was full, or the start never came.
    NotStarted,
    /// The queue's last listener had left.
    NoListener,
}

impl DropReason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 6] =
        [Self::Full, Self::Evicted, Self::TimedOut, Self::Stopped, Self::NotStarted, Self::NoListener];

    /// The value of the `reason` label in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Evicted => "evicted",
            Self::TimedOut => "timed_out",
            Self::Stopped => "stopped",
            Self::NotStarted => "not_started",
            Self::NoListener => "no_listener",
        }
    }

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Full => 0,
            Self::Evicted => 1,
            Self::TimedOut => 2,
            Self::Stopped => 3,
            Self::NotStarted => 4,
            Self::NoListener => 5,
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Dropped events by reason; it only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    counts: [u64; DropReason::ALL.len()],
}

impl Drops {
    /// Events dropped for `reason`.
    pub fn get(&self, reason: DropReason) -> u64 {
        self.counts[reason.index()]
    }

    /// Events dropped, whatever the reason.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The reasons for which anything was dropped, with the number of events.
    pub fn iter(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.into_iter().map(|reason| (reason, self.get(reason))).filter(|(_, count)| *count > 0)
    }

    pub(crate) fn add(&mut self, reason: DropReason, events: u64) {
        self.counts[reason.index()] += events;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_counter_and_label() {
        for (index, reason) in DropReason::ALL.into_iter().enumerate() {
            assert_eq!(reason.index(), index);
        }
        let labels: std::collections::BTreeSet<_> =
            DropReason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(labels.len(), DropReason::ALL.len());
    }
}
