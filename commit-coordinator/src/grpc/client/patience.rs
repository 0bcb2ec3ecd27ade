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
    /// No try goes on after this.
    ends: Option<Instant>,
    /// What the last try ended with.
    pub(super) last: Last,
}

/// What a try ended with that is worth another.
#[derive(Clone, Debug)]
pub(super) enum Last {
    /// The server cannot be reached, or not now.
    Broken(Arc<str>),
    /// The server lets another process have the name.
    NameTaken(Arc<str>),
}

impl Last {
    fn no_answer() -> Self {
        Self::Broken(NO_ANSWER.into())
    }
}

impl Patience {
    /// A call that the server answers at once.
    pub(super) fn new(lasts: Duration) -> Self {
        Self {
            since: Instant::now(),
            lasts,
            wait: Duration::ZERO,
            pause: Duration::ZERO,
            ends: None,
            last: Last::no_answer(),
        }
    }

    /// The server is asked to wait for so long; whatever it does, no try goes on after `ends`.
    pub(super) fn waiting(self, wait: Duration, ends: Option<Instant>) -> Self {
        Self { wait, ends, ..self }
    }

    /// The next call of the same matter, for which as much time is left as there is; the server is asked to wait for so long.
    pub(super) fn go_on(&mut self, wait: Duration) {
        (self.pause, self.wait) = (Duration::ZERO, wait);
    }

    pub(super) fn tried(&self) -> Duration {
        self.since.elapsed()
    }

    /// How long to rest before the next try; `None` if it is not to be tried any more.
    pub(super) fn rest(&mut self) -> Option<Duration> {
        let pause = self.pause;
        self.pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        let has_ended = self.ends.is_some_and(|ends| ends <= Instant::now());
        let is_over = !pause.is_zero() && (has_ended || self.tried().saturating_add(pause) >= self.lasts);
        (!is_over).then(|| jitter(pause))
    }

    /// How long the next try may take.
    pub(super) fn try_within(&self) -> Duration {
        let left = self.lasts.saturating_sub(self.tried());
        let within = TRY_WITHIN.min(left).max(FIRST_PAUSE).saturating_add(self.wait);
        let until_end = self.ends.map(|ends| ends.saturating_duration_since(Instant::now()));
        until_end.map_or(within, |end| within.min(end.max(FIRST_PAUSE)))
    }

    /// A try has been given up.
    pub(super) fn hung(&mut self) {
        self.last = Last::no_answer();
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
        let patience = Patience::new(Duration::from_hours(1)).waiting(Duration::from_secs(30), None);
        assert_eq!(patience.try_within(), Duration::from_secs(35));
    }

    #[test]
    fn no_try_goes_on_after_the_end() {
        let now = Instant::now();
        let wait = Duration::from_secs(30);
        let mut patience = Patience::new(Duration::from_hours(1)).waiting(wait, Some(now + wait));
        assert!(patience.try_within() <= wait);
        patience.ends = Some(now);
        assert_eq!(patience.try_within(), FIRST_PAUSE);
        assert_eq!(patience.rest(), Some(Duration::ZERO));
        assert_eq!(patience.rest(), None);
    }

    #[test]
    fn a_second_call_of_the_same_matter_is_made_at_once_and_has_no_time_of_its_own() {
        let mut patience = Patience::new(Duration::ZERO);
        assert_eq!(patience.rest(), Some(Duration::ZERO));
        patience.go_on(FIRST_PAUSE);
        assert_eq!(patience.rest(), Some(Duration::ZERO));
        assert_eq!(patience.try_within(), FIRST_PAUSE * 2);
        assert_eq!(patience.rest(), None);
    }
}
