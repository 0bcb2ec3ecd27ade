//! What tests hold their listeners with: no sleeps, only hand-overs.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use listener_bus::{BusSnapshot, Gap, Listener, ListenerHandle, LiveListenerBus, QueueSnapshot};

/// Longer than anything takes here; a wait this long means failure.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// A deadline that is meant to pass.
pub(crate) const SHORT: Duration = Duration::from_millis(20);

pub(crate) type Bus = LiveListenerBus<u64>;

/// A bus with the default settings.
pub(crate) fn bus() -> Bus {
    Bus::builder().build().expect("the default settings are in order")
}

pub(crate) fn started(bus: Bus) -> Bus {
    bus.start().expect("starts");
    bus
}

pub(crate) fn post_all(bus: &Bus, events: impl IntoIterator<Item = u64>) {
    for event in events {
        bus.post(event);
    }
}

/// Stops a listener inside its event until the test lets it go.
pub(crate) struct Gate {
    entered: Receiver<u64>,
    release: Sender<()>,
}

/// A listener that stops at its gate with every event.
pub(crate) struct Gated {
    entered: Sender<u64>,
    released: Receiver<()>,
    pub(crate) seen: Arc<Mutex<Vec<u64>>>,
}

impl Gate {
    pub(crate) fn new() -> (Self, Gated) {
        let (entered_in, entered) = unbounded();
        let (release, released) = unbounded();
        let seen = Arc::new(Mutex::new(Vec::new()));
        (Self { entered, release }, Gated { entered: entered_in, released, seen })
    }

    /// Waits until the listener is inside an event; answers which.
    pub(crate) fn wait_entered(&self) -> u64 {
        self.entered.recv_timeout(SOON).expect("the listener gets an event")
    }

    /// Lets the listener handle `events` events.
    pub(crate) fn release(&self, events: usize) {
        for _ in 0..events {
            self.release.send(()).expect("the listener is there");
        }
    }

    /// Lets the listener go for good.
    pub(crate) fn open(self) {
        drop(self.release);
    }
}

impl Listener<u64> for Gated {
    fn on_event(&mut self, event: &u64) {
        let _gone = self.entered.send(*event);
        let _opened = self.released.recv();
        self.seen.lock().unwrap().push(*event);
    }
}

/// Adds a gated listener to a queue.
pub(crate) fn gated(bus: &Bus, queue: &str) -> (Gate, ListenerHandle<Gated>) {
    let (gate, gated) = Gate::new();
    (gate, bus.add_to_queue(queue, gated).expect("the bus takes listeners"))
}

/// What a [`Recorder`] has been told, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Event(u64, u64),
    Gap(Gap),
    Closed,
}

/// A listener that remembers everything.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    told: Arc<Mutex<Vec<Told>>>,
}

impl Recorder {
    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<u64> {
        let event = |told| if let Told::Event(_, event) = told { Some(event) } else { None };
        self.told().into_iter().filter_map(event).collect()
    }

    /// Waits until it has been told of this many events.
    #[track_caller]
    pub(crate) fn wait_for(&self, events: usize) {
        let deadline = Instant::now() + SOON;
        while self.events().len() < events {
            assert!(Instant::now() < deadline, "told of {:?} only", self.told());
            thread::yield_now();
        }
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let gap = |told| if let Told::Gap(gap) = told { Some(gap) } else { None };
        self.told().into_iter().filter_map(gap).collect()
    }
}

impl Listener<u64> for Recorder {
    fn on_event(&mut self, _: &u64) {
        unreachable!("events come with their number");
    }

    fn on_sequenced(&mut self, sequence: u64, event: &u64) {
        self.told.lock().unwrap().push(Told::Event(sequence, *event));
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.told.lock().unwrap().push(Told::Gap(*gap));
    }

    fn on_close(&mut self) {
        self.told.lock().unwrap().push(Told::Closed);
    }
}

/// Adds a recorder to a queue.
pub(crate) fn recorded(bus: &Bus, queue: &str) -> Recorder {
    let recorder = Recorder::default();
    bus.add_to_queue(queue, recorder.clone()).expect("the bus takes listeners");
    recorder
}

/// A one-shot hand-over.
pub(crate) fn latch() -> (Sender<()>, Receiver<()>) {
    bounded(1)
}

/// Does `work` on a thread of its own, so that a deadlock fails the test instead of hanging it.
#[track_caller]
pub(crate) fn without_deadlock<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done_in, done) = bounded(1);
    let run = move || drop(done_in.send(work()));
    thread::Builder::new().name("maybe-deadlocked".to_owned()).spawn(run).expect("starts");
    done.recv_timeout(SOON).expect("ends, without a deadlock or a panic")
}

/// What the queue of this name has counted.
#[track_caller]
pub(crate) fn queue(bus: &Bus, name: &str) -> QueueSnapshot {
    let snapshot = bus.snapshot();
    snapshot.queues.into_iter().find(|queue| queue.name == name).expect("a queue of this name")
}

/// The snapshot once nothing is pending: a queue that its last listener has left ends by itself, and nobody waits.
#[track_caller]
pub(crate) fn at_rest<E: Send + Sync + 'static>(bus: &LiveListenerBus<E>) -> BusSnapshot {
    let deadline = Instant::now() + SOON;
    loop {
        let snapshot = bus.snapshot();
        if snapshot.queues.iter().all(|queue| queue.pending() == 0) {
            return snapshot;
        }
        assert!(Instant::now() < deadline, "something stays pending: {snapshot:?}");
        thread::yield_now();
    }
}

/// Asserts that everything posted is accounted for, in every queue.
#[track_caller]
pub(crate) fn assert_conserved<E: Send + Sync + 'static>(bus: &LiveListenerBus<E>) {
    for queue in bus.snapshot().queues {
        assert_eq!(queue.posted, queue.delivered + queue.dropped.total(), "{queue:?}");
        assert_eq!((queue.pending(), queue.size), (0, 0), "{queue:?}");
    }
}
