//! How long there has been no good connection, and how long to rest before the next try.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pause after a first try that failed; each one after is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How long one try to connect may take.
const TRY_WITHIN: Duration = Duration::from_secs(5);
const SHORTEST_TRY: Duration = Duration::from_millis(1);
const NO_ANSWER: &str = "the server did not answer in time";

/// It lasts until a connection has lived for a while: one that dies young changes nothing.
#[derive(Debug)]
pub(super) struct Trouble {
    since: Instant,
    /// Before the next try.
    pause: Duration,
    /// How long the next try may take.
    try_within: Duration,
    /// What the last try, or the last connection, ended with.
    pub(super) last: Arc<str>,
}

impl Trouble {
    /// It begins with a connection that has ended.
    pub(super) fn new(last: Arc<str>) -> Self {
        Self { since: Instant::now(), pause: Duration::ZERO, try_within: TRY_WITHIN, last }
    }

    /// There has been no connection yet.
    pub(super) fn at_first() -> Self {
        Self::new(NO_ANSWER.into())
    }

    /// There was a connection, which did no good.
    pub(super) fn goes_on(self, last: Arc<str>) -> Self {
        Self { last, ..self }
    }

    /// The server waits for its clients no longer than this.
    pub(super) fn hurry(&mut self, within: Duration) {
        // Several tries are to fit in, and one that hangs is not to use it up.
        self.try_within = (within / 3).clamp(SHORTEST_TRY, TRY_WITHIN);
    }

    /// Somebody needs a connection from now on.
    pub(super) fn begin_again(&mut self) {
        self.since = Instant::now();
    }

    pub(super) fn lasts(&self) -> Duration {
        self.since.elapsed()
    }

    /// How long to rest before the next try; `None` if it is not to be tried any more.
    pub(super) fn rest(&mut self, patience: Duration) -> Option<Duration> {
        let pause = self.pause;
        self.pause = (pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        let is_over = !pause.is_zero() && self.lasts().saturating_add(pause) >= patience;
        (!is_over).then(|| jitter(pause))
    }

    /// How long the next try may take.
    pub(super) fn try_within(&self, patience: Duration) -> Duration {
        self.try_within.min(patience.saturating_sub(self.lasts()))
    }

    /// A try has been given up after `within`: the next one may take longer, for a server may be slow. One that was cut
    /// short because patience had ended tells less than what ended before it.
    pub(super) fn hung(&mut self, within: Duration) {
        if within >= self.try_within {
            self.last = NO_ANSWER.into();
        }
        self.try_within = (self.try_within * 2).min(TRY_WITHIN);
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

    const PATIENCE: Duration = Duration::from_hours(1);

    #[test]
    fn a_first_try_is_made_at_once_and_the_pauses_grow() {
        let mut trouble = Trouble::new("".into());
        assert_eq!(trouble.rest(PATIENCE), Some(Duration::ZERO));
        let pauses: Vec<_> = (0..6).map(|_| trouble.rest(PATIENCE).unwrap()).collect();
        assert!(pauses.iter().zip(pauses.iter().skip(2)).all(|(one, later)| one <= later), "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause >= FIRST_PAUSE / 2), "{pauses:?}");
    }

    #[test]
    fn a_try_that_hangs_leaves_time_for_others_and_the_next_one_has_more() {
        let mut trouble = Trouble::new("".into());
        trouble.hurry(Duration::from_secs(3));
        assert_eq!(trouble.try_within(PATIENCE), Duration::from_secs(1));
        trouble.hung(Duration::from_secs(1));
        assert_eq!(trouble.try_within(PATIENCE), Duration::from_secs(2));
        trouble.hurry(Duration::MAX);
        assert_eq!(trouble.try_within(PATIENCE), TRY_WITHIN);
    }

    #[test]
    fn a_try_that_was_cut_short_does_not_hide_what_is_wrong() {
        let mut trouble = Trouble::new("too large".into());
        trouble.hung(TRY_WITHIN / 2);
        assert_eq!(&*trouble.last, "too large");
        trouble.hung(TRY_WITHIN);
        assert_eq!(&*trouble.last, NO_ANSWER);
    }

    #[test]
    fn patience_ends() {
        let mut trouble = Trouble::new("".into());
        assert!(trouble.rest(Duration::ZERO).is_some());
        assert_eq!(trouble.rest(Duration::ZERO), None);
    }
}
