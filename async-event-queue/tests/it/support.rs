//! What tests hold their listeners with: no sleeps, only hand-overs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_event_queue::{AsyncEventQueue, Gap, Listener};
use crossbeam::channel::{Receiver, Sender, bounded, unbounded};

/// Longer than anything takes here; a wait this long means failure.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// A deadline that is meant to pass.
pub(crate) const SHORT: Duration = Duration::from_millis(20);

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
        self.told()
            .into_iter()
            .filter_map(|told| if let Told::Event(_, event) = told { Some(event) } else { None })
            .collect()
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        self.told()
            .into_iter()
            .filter_map(|told| if let Told::Gap(gap) = told { Some(gap) } else { None })
            .collect()
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

/// A started queue with a recorder on it.
pub(crate) fn recorded(queue: &AsyncEventQueue<u64>) -> Recorder {
    let recorder = Recorder::default();
    queue.add_listener(recorder.clone()).expect("the queue takes listeners");
    recorder
}

pub(crate) fn started(queue: AsyncEventQueue<u64>) -> AsyncEventQueue<u64> {
    queue.start().expect("starts");
    queue
}

pub(crate) fn post_all(queue: &AsyncEventQueue<u64>, events: impl IntoIterator<Item = u64>) {
    for event in events {
        queue.post(event);
    }
}

/// Counts its drops.
pub(crate) struct Counted {
    drops: Arc<AtomicUsize>,
}

impl Counted {
    pub(crate) fn new(drops: &Arc<AtomicUsize>) -> Self {
        Self { drops: Arc::clone(drops) }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

/// A one-shot hand-over.
pub(crate) fn latch() -> (Sender<()>, Receiver<()>) {
    bounded(1)
}

/// Asserts that everything posted is accounted for.
#[track_caller]
pub(crate) fn assert_conserved(queue: &AsyncEventQueue<u64>) {
    let snapshot = queue.snapshot();
    assert_eq!(snapshot.posted, snapshot.delivered + snapshot.dropped.total(), "{snapshot:?}");
    assert_eq!(snapshot.pending(), 0, "{snapshot:?}");
    assert_eq!(snapshot.size, 0, "{snapshot:?}");
}
