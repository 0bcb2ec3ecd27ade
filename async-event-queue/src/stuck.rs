//! Which listener has been inside one call for long.

use std::time::{Duration, Instant};

use crate::progress::Position;

/// Follows one dispatch thread by looking at it now and then; it takes `now` as an argument and reads no clock.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    seen: Option<(Position, Instant)>,
}

/// A call that has gone on since before `since`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stuck {
    pub(crate) position: Position,
    pub(crate) since: Instant,
}

impl Watch {
    /// The call that was going on at the previous look as well, with the time of the first look that saw it.
    pub(crate) fn look(&mut self, position: Option<Position>, now: Instant) -> Option<Stuck> {
        let Some(position) = position else {
            self.seen = None;
            return None;
        };
        match self.seen {
            Some((seen, since)) if seen == position => Some(Stuck { position, since }),
            Some(_) | None => {
                self.seen = Some((position, now));
                None
            }
        }
    }
}

/// A listener that has been inside one call for long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StuckListener {
    /// The listener's name.
    pub listener: String,
    /// How long it has been inside at the least; the call began before anybody looked.
    pub for_at_least: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Progress;

    #[test]
    fn only_the_same_call_seen_twice_is_stuck() {
        let progress = Progress::new();
        let mut watch = Watch::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(watch.look(progress.position(), at(0)).is_none());
        progress.begin_event();
        progress.enter(7);
        assert!(watch.look(progress.position(), at(1)).is_none());
        let stuck = watch.look(progress.position(), at(5)).expect("the same call");
        assert_eq!((stuck.position.listener, stuck.since), (7, at(1)));
        progress.finish_event();
        progress.begin_event();
        assert!(
            watch.look(progress.position(), at(9)).is_none(),
            "the next event of the same listener is another call"
        );
        progress.finish_event();
        assert!(watch.look(progress.position(), at(10)).is_none(), "between two events");
        progress.enter_apart(7);
        assert!(watch.look(progress.position(), at(11)).is_none(), "being closed is another call");
        assert!(watch.look(progress.position(), at(12)).is_some());
        progress.leave_apart();
        assert!(watch.look(progress.position(), at(13)).is_none());
    }
}
