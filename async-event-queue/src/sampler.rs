//! Which events are timed.

use std::time::{Duration, Instant};

/// Samples that come faster than this are thinned out.
const TOO_OFTEN: Duration = if cfg!(loom) { Duration::ZERO } else { Duration::from_millis(1) };
/// Samples that come slower than this are taken more often.
const TOO_RARE: Duration = Duration::from_millis(10);
/// At least one event in so many is timed.
const LONGEST_STRIDE: u64 = 1024;

/// Chooses the events whose listeners are timed: all of them while they come or are handled slowly, one in up to
/// 1024 while they come fast, so that the clock is read a few hundred to a few thousand times a second.
#[derive(Debug)]
pub(crate) struct Sampler {
    stride: u64,
    since_last: u64,
    last: Option<Instant>,
}

impl Sampler {
    pub(crate) fn new() -> Self {
        Self { stride: 1, since_last: 0, last: None }
    }

    /// How many events come before the next one that is to be timed.
    #[inline]
    pub(crate) fn until_due(&self) -> u64 {
        self.stride.saturating_sub(self.since_last + 1)
    }

    /// Counts events that were not timed.
    #[inline]
    pub(crate) fn pass(&mut self, events: u64) {
        self.since_last += events;
    }

    /// Notes that the due event began at `now`; answers for how many events the sample stands.
    pub(crate) fn take(&mut self, now: Instant) -> u64 {
        if let Some(last) = self.last.replace(now) {
            let apart = now.saturating_duration_since(last);
            if apart < TOO_OFTEN {
                self.stride = (self.stride * 2).min(LONGEST_STRIDE);
            } else if apart > TOO_RARE {
                self.stride = (self.stride / 2).max(1);
            }
        }
        std::mem::take(&mut self.since_last) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events `apart`; answers the number of samples and of the events they stand for.
    fn run(events: u64, apart: Duration) -> (u64, u64) {
        let mut sampler = Sampler::new();
        let mut now = Instant::now();
        let (mut taken, mut stood_for) = (0, 0);
        for _ in 0..events {
            now += apart;
            if sampler.until_due() == 0 {
                taken += 1;
                stood_for += sampler.take(now);
            } else {
                sampler.pass(1);
            }
        }
        (taken, stood_for)
    }

    #[test]
    fn every_slow_event_is_timed() {
        assert_eq!(run(1_000, Duration::from_millis(20)), (1_000, 1_000));
    }

    #[test]
    fn fast_events_are_timed_about_once_a_millisecond_and_none_is_forgotten() {
        let (samples, stood_for) = run(1_000_000, Duration::from_micros(10));
        assert!((5_000..20_000).contains(&samples), "{samples} samples in ten seconds");
        assert!(stood_for > 1_000_000 - LONGEST_STRIDE, "samples stand for {stood_for}");
    }
}
