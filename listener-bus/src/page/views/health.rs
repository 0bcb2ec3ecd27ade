//! The answer to "is the bus keeping up?".

use super::format::float_of;
use crate::page::bus_view::{BusLife, BusView, ListenerView, QueueView, StuckView};

/// A queue that is so full is falling behind.
const NEARLY_FULL: f64 = 0.8;
/// So is one that is this full, and gets fuller.
const FILLING: f64 = 0.1;
/// Handled less than this part of what came: it gets fuller.
const FALLING_SHORT: f64 = 0.95;

/// Whether a queue keeps up; the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum QueueHealth<'v> {
    /// What comes is handled.
    KeepsUp,
    /// Ever more events wait, or there is little room left.
    FallsBehind,
    /// Of late, events were dropped, mostly for this reason.
    Drops { reason: &'v str },
    /// A listener has been inside one call for long.
    IsStuck(&'v StuckView),
}

/// Whether the bus keeps up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Health<'v> {
    /// All its queues do.
    KeepsUp,
    /// It takes no more events.
    Stopped,
    /// It is no more.
    Gone,
    /// This queue does not, and none is worse.
    Not(&'v QueueView, QueueHealth<'v>),
}

impl<'v> QueueHealth<'v> {
    pub(super) fn of(queue: &'v QueueView) -> Self {
        if let Some(stuck) = &queue.stuck {
            return Self::IsStuck(stuck);
        }
        if queue.dropped_per_second > 0.0 {
            let most = queue.dropped_recently_by_reason.iter().max_by_key(|(_, count)| **count);
            return Self::Drops { reason: most.map_or("unknown", |(reason, _)| reason) };
        }
        let filled = fullness(queue);
        let falls_short = queue.delivered_per_second < queue.posted_per_second * FALLING_SHORT;
        if filled >= NEARLY_FULL || (filled >= FILLING && falls_short) {
            Self::FallsBehind
        } else {
            Self::KeepsUp
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::KeepsUp => 0,
            Self::FallsBehind => 1,
            Self::Drops { .. } => 2,
            Self::IsStuck(_) => 3,
        }
    }

    /// What the style sheet and the reader of a table call it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::KeepsUp => "keeping up",
            Self::FallsBehind => "falling behind",
            Self::Drops { .. } => "dropping",
            Self::IsStuck(_) => "stuck",
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::KeepsUp => "good",
            Self::FallsBehind => "warn",
            Self::Drops { .. } | Self::IsStuck(_) => "bad",
        }
    }
}

impl<'v> Health<'v> {
    pub(super) fn of(bus: &'v BusView) -> Self {
        let queues = bus.queues.iter().map(|queue| (queue, QueueHealth::of(queue)));
        let worst = queues.reduce(|one, other| if other.1.rank() > one.1.rank() { other } else { one });
        match (bus.life, worst) {
            (BusLife::Gone, _) => Self::Gone,
            (BusLife::Stopped, Some((queue, stuck @ QueueHealth::IsStuck(_)))) => Self::Not(queue, stuck),
            (BusLife::Stopped, _) => Self::Stopped,
            (_, None | Some((_, QueueHealth::KeepsUp))) => Self::KeepsUp,
            (_, Some((queue, health))) => Self::Not(queue, health),
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::KeepsUp => "good",
            Self::Stopped | Self::Gone => "idle",
            Self::Not(_, health) => health.class(),
        }
    }

    /// The answer. It has no number that changes while the state does not: it is read out whenever it changes.
    pub(super) fn sentence(self) -> String {
        match self {
            Self::KeepsUp => "Yes: every queue keeps up.".to_owned(),
            Self::Stopped => "The bus has stopped: it takes no more events.".to_owned(),
            Self::Gone => "The bus has ended; this is how it was at last.".to_owned(),
            Self::Not(queue, QueueHealth::KeepsUp) => format!("Yes: {} keeps up.", queue.name),
            Self::Not(queue, QueueHealth::FallsBehind) => {
                format!("No: queue {} is falling behind.", queue.name)
            }
            Self::Not(queue, QueueHealth::Drops { reason }) => {
                format!("No: queue {} is dropping events: {}.", queue.name, why_dropped(reason))
            }
            Self::Not(queue, QueueHealth::IsStuck(stuck)) => {
                format!("No: listener {} of queue {} is stuck.", stuck.listener, queue.name)
            }
        }
    }
}

/// Why events are dropped, in words.
pub(super) fn why_dropped(reason: &str) -> &str {
    match reason {
        "full" => "the queue was full",
        "evicted" => "newer events took their place",
        "timed_out" => "no place was free in time",
        "stopped" => "the queue was stopping",
        "not_started" => "the bus had not started",
        "no_listener" => "the queue had no listener left",
        other => other,
    }
}

/// How full a queue is: 1 and more if there is no room for ordinary events.
pub(super) fn fullness(queue: &QueueView) -> f64 {
    if queue.capacity == 0 { 0.0 } else { float_of(queue.size) / float_of(queue.capacity) }
}

/// The listeners, those that take most of the time first.
pub(super) fn by_share(queue: &QueueView) -> Vec<&ListenerView> {
    let mut listeners: Vec<_> = queue.listeners.iter().collect();
    listeners.sort_by(|one, other| other.share.total_cmp(&one.share));
    listeners
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(size: usize) -> QueueView {
        QueueView { name: "shared".to_owned(), size, capacity: 100, ..QueueView::default() }
    }

    #[test]
    fn a_queue_that_is_nearly_full_or_fills_falls_behind() {
        assert_eq!(QueueHealth::of(&queue(79)), QueueHealth::KeepsUp);
        assert_eq!(QueueHealth::of(&queue(80)), QueueHealth::FallsBehind);
        let filling = QueueView { posted_per_second: 10.0, delivered_per_second: 5.0, ..queue(10) };
        assert_eq!(QueueHealth::of(&filling), QueueHealth::FallsBehind);
        let nearly_empty = QueueView { size: 9, ..filling };
        assert_eq!(QueueHealth::of(&nearly_empty), QueueHealth::KeepsUp, "a short burst is no matter");
        let endless = QueueView { capacity: 0, ..queue(7) };
        assert_eq!(QueueHealth::of(&endless), QueueHealth::KeepsUp);
    }

    #[test]
    fn the_worst_queue_gives_the_answer() {
        let dropping = QueueView {
            dropped_per_second: 1.0,
            dropped_by_reason: [("stopped", 100), ("full", 9)].into(),
            dropped_recently_by_reason: [("stopped", 1), ("full", 9)].into(),
            ..queue(0)
        };
        let stuck = StuckView { listener: "Slow".to_owned(), for_at_least_seconds: 9.0 };
        let stuck = QueueView { stuck: Some(stuck), name: "eventLog".to_owned(), ..queue(0) };
        let mut bus = BusView { queues: vec![queue(0), queue(90)], ..BusView::default() };
        assert_eq!(Health::of(&bus).sentence(), "No: queue shared is falling behind.");
        bus.queues.push(dropping);
        assert_eq!(Health::of(&bus).sentence(), "No: queue shared is dropping events: the queue was full.");
        bus.queues.insert(0, stuck);
        assert_eq!(Health::of(&bus).sentence(), "No: listener Slow of queue eventLog is stuck.");
        bus.life = BusLife::Stopped;
        assert_eq!(Health::of(&bus).class(), "bad", "whoever stops it waits for the listener");
        bus.queues.remove(0);
        assert_eq!(Health::of(&bus).sentence(), "The bus has stopped: it takes no more events.");
        bus.life = BusLife::Gone;
        assert_eq!(Health::of(&bus), Health::Gone);
    }
}
