//! Who is flooded, and the shape of the flood.

use crate::event::Work;
use crate::{ours, peers};

#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) producers: usize,
    pub(crate) queues: usize,
    /// Events that fit in every buffer; tokio makes it a power of two.
    pub(crate) capacity: usize,
    pub(crate) work: Work,
}

/// Posts the event of that number, or loses it.
pub(crate) type Poster = Box<dyn FnMut(u64) + Send>;

/// A contender that is set up and waits for events.
pub(crate) struct Running {
    /// One a producer.
    pub(crate) posters: Vec<Poster>,
    /// Waits until what was not lost is delivered.
    pub(crate) finish: Box<dyn FnOnce() -> Tally>,
}

/// What became of the events, in all queues together.
pub(crate) struct Tally {
    pub(crate) delivered: u64,
    /// Told by those that count it.
    pub(crate) dropped: Option<u64>,
}

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) start: fn(Shape) -> Running,
}

pub(crate) const OURS: Contender = Contender { name: "listener-bus, metrics on", start: ours::start };

/// Ours with events of the kind that Spark's bus is given.
pub(crate) const SCHEDULER: Contender =
    Contender { name: "listener-bus with the scheduler's events", start: ours::start_scheduler };

/// Ours and its peers.
pub(crate) const CONTENDERS: [Contender; 4] = [
    OURS,
    Contender { name: "crossbeam channel + Arc, try_send", start: peers::crossbeam_channel },
    Contender { name: "std sync_channel + Arc, try_send", start: peers::sync_channel },
    Contender { name: "tokio broadcast", start: peers::tokio_broadcast },
];
