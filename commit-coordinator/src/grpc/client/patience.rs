//! How long a call is tried, and how long to rest before the next try.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pause after a first try that failed; each one after is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long one try may take, beside what the server is asked to wait.
const TRY_WITHIN: Duration = Duration::from_secs(5);
const NO_ANSWER: &str = "the server did not answer in time";

/// The tries of one call.
#[derive(Debug)]
pub(super) struct Patience {
    since: Instant,
    /// How long it is tried.
    lasts: Duration,
    /// How long the server is asked to wait.
    wait: Duration,
    /// Before the next try.
    pause: Duration,
    /// What the last try ended with.
    pub(super) last: Arc<str>,
}

impl Patience {
    /// A call that the server answers at once.
    pub(super) fn new(lasts: Duration) -> Self {
        Self {
            since: Instant::now(),
            lasts,
            wait: Duration::ZERO,
            pause: Duration::ZERO,
            last: NO_ANSWER.into(),
        }
    }

    /// The server is asked to wait for so long.
    pub(super) fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    pub(super) fn tried(&self) -> Duration {
        self.since.elapsed()
    }

    /// How long to rest before the next try; `None` if it is not to be tried any more.
    pub(super) fn rest(&mut self) -> Option<Duration> {
        let pause = self.pause;
        self.pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        let is_over = !pause.is_zero() && self.tried().saturating_add(pause) >= self.lasts;
        (!is_over).then(|| jitter(pause))
    }

    /// How long the next try may take.
    pub(super) fn try_within(&self) -> Duration {
        let left = self.lasts.saturating_sub(self.tried());
        TRY_WITHIN.min(left).max(FIRST_PAUSE).saturating_add(self.wait)
    }

    /// A try has been given up.
    pub(super) fn hung(&mut self) {
        self.last = NO_ANSWER.into();
    }
}

/// Between a half and the whole of it, so that clients that were cut off together do not come back together.
fn jitter(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(Instant::now());
    let share = u32::try_from(random % 1_000).unwrap_or_default();
    pause / 2 + pause / 2 * share / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_try_is_made_at_once_and_the_pauses_grow() {
        let mut patience = Patience::new(Duration::from_hours(1));
        assert_eq!(patience.rest(), Some(Duration::ZERO));
        let pauses: Vec<_> = (0..6).map(|_| patience.rest().unwrap()).collect();
        assert!(pauses.iter().zip(pauses.iter().skip(2)).all(|(one, later)| one <= later), "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause >= FIRST_PAUSE / 2), "{pauses:?}");
    }

    #[test]
    fn patience_ends_but_not_before_a_first_try() {
        let mut patience = Patience::new(Duration::ZERO);
        assert_eq!(patience.rest(), Some(Duration::ZERO));
        assert_eq!(patience.try_within(), FIRST_PAUSE);
        assert_eq!(patience.rest(), None);
    }

    #[test]
    fn a_try_lasts_as_long_as_the_server_is_asked_to_wait_and_a_little_more() {
        let patience = Patience::new(Duration::from_hours(1)).waiting(Duration::from_secs(30));
        assert_eq!(patience.try_within(), Duration::from_secs(35));
    }
}
