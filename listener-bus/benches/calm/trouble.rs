//! A bus of four queues, and what may be wrong with three of them.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope};
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use listener_bus::LiveListenerBus;

use crate::event::Event;
use crate::{LONG, METRICS, pause};

pub(crate) type Bus = LiveListenerBus<Event<8>>;

const STUCK: &str = "stuck";
const SLOW: &str = "slow";
const RESTLESS: &str = "restless";
const FREE: &str = "free";
const CAPACITY: usize = 10_000;
/// What the slow queue's listener waits in each event.
const SLOW_EVENT: Duration = Duration::from_micros(100);
/// Between two visits of a listener, and between two scrapes: it is their locks that a post may meet, not their hunger for the
/// two cores.
const BETWEEN_VISITS: Duration = Duration::from_micros(200);
const BETWEEN_SCRAPES: Duration = Duration::from_millis(5);

/// How the bus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// All four listeners are quick.
    Well,
    /// One queue is stuck for ever, one slow, one gets and loses listeners all the time; somebody reads the metrics over
    /// and over.
    Troubled,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Well => "well",
            Self::Troubled => "in trouble",
        })
    }
}

/// A started bus with what keeps its stuck listener where it is.
pub(crate) struct Patient {
    pub(crate) bus: Bus,
    state: State,
    gate: Sender<()>,
}

impl Patient {
    pub(crate) fn start(state: State) -> Self {
        let (gate, gated) = bounded::<()>(0);
        let bus = METRICS.record(|| {
            let bus = Bus::builder().name("posts").capacity(CAPACITY).build().expect("settings in order");
            for queue in [STUCK, SLOW, RESTLESS, FREE] {
                add_listener(&bus, queue, state, &gated);
            }
            bus
        });
        bus.start().expect("starts once");
        Self { bus, state, gate }
    }

    /// Makes trouble, if there is to be some, until it is `over`.
    pub(crate) fn trouble<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>, over: &'scope AtomicBool) {
        if self.state == State::Troubled {
            spawn(scope, "comes-and-goes", || come_and_go(&self.bus, over));
            spawn(scope, "scrapes", || scrape(&self.bus, over));
        }
    }

    /// Stops the bus; answers how many of the events posted the free queue has delivered, in percent.
    pub(crate) fn finish(self) -> u64 {
        drop(self.gate);
        let report = self.bus.stop(LONG).expect("started");
        assert!(report.is_drained(), "{report:?}");
        let posted = self.bus.snapshot().posted.max(1);
        let free = report.queues.iter().find(|queue| queue.queue == FREE);
        free.map_or(0, |free| 100 * free.delivered / posted)
    }
}

fn add_listener(bus: &Bus, queue: &str, state: State, gate: &Receiver<()>) {
    let added = match (state, queue) {
        (State::Troubled, STUCK) => {
            let gate = gate.clone();
            let stay = move |_: &Event<8>| {
                let _opened = gate.recv();
            };
            bus.add_to_queue(queue, stay).map(drop)
        }
        (State::Troubled, SLOW) => {
            let gate = gate.clone();
            // Slow no more when the gate opens, so that the bus can end.
            let linger = move |_: &Event<8>| {
                let _opened = gate.recv_timeout(SLOW_EVENT);
            };
            bus.add_to_queue(queue, linger).map(drop)
        }
        (State::Troubled | State::Well, _) => {
            bus.add_to_queue(queue, |event: &Event<8>| event.consume()).map(drop)
        }
    };
    added.expect("not stopped");
}

fn spawn<'scope>(scope: &'scope Scope<'scope, '_>, name: &str, work: impl FnOnce() + Send + 'scope) {
    thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, work).expect("a thread starts");
}

/// Adds a second listener to the restless queue and removes it, over and over.
fn come_and_go(bus: &Bus, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let added = METRICS.record(|| bus.add_to_queue(RESTLESS, |event: &Event<8>| event.consume()));
        let removal = bus.remove_listener(&added.expect("not stopped")).expect("it is there");
        let _listener = removal.wait(LONG).expect("it comes back");
        pause(BETWEEN_VISITS);
    }
}

fn scrape(bus: &Bus, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        std::hint::black_box((METRICS.render(), bus.snapshot()));
        pause(BETWEEN_SCRAPES);
    }
}
