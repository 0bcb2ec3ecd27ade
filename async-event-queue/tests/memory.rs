//! What queues hold in memory: empty, full, and while one of them is stuck or slow.
//!
//! A program of its own, because its allocator counts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, also in its helpers")]

use std::alloc::System;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use async_event_queue::{AsyncEventQueue, Feed, FeedOptions, FeedQueue, Listener, Overflow, QueueOptions};
use crossbeam::channel::{Receiver, Sender, bounded};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Longer than anything takes here; a wait this long means failure.
const SOON: Duration = Duration::from_secs(20);
/// What names, listeners, counters, a few blocks and the test runner itself may take, in bytes.
const SLACK: usize = 64 * 1024;
/// An empty bus of four queues is to stay under four times this.
const EMPTY: usize = 64 * 1024;
const FULL: usize = 10_000;
/// Ordinary events that may wait in the stuck, the slow and the busy queue.
const CAPACITY: usize = 1_000;

/// An event of eight bytes a word.
struct Event<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Event<WORDS> {
    const BYTES: usize = size_of::<Self>();

    fn new() -> Self {
        Self([1; WORDS])
    }

    /// The most that `events` of these may take: a quarter more than their own size, and 16 bytes each.
    fn most_for(events: usize) -> usize {
        events * (Self::BYTES * 5 / 4 + 16)
    }
}

/// What this program has allocated and not given back, while no other test runs.
struct Held {
    start: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Held {
    fn begin() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { start: allocated(), _alone: alone }
    }

    /// Bytes held beyond those of the beginning.
    fn now(&self) -> usize {
        allocated().saturating_sub(self.start)
    }

    #[track_caller]
    fn assert_at_most(&self, bytes: usize, when: &str) {
        let now = self.now();
        assert!(now <= bytes, "{now} bytes are held {when}, not {bytes} at the most");
    }

    /// Waits until no more than so much is held: the dispatch threads let go in their own time.
    #[track_caller]
    fn assert_falls_to(&self, bytes: usize, when: &str) {
        let deadline = Instant::now() + SOON;
        while self.now() > bytes && Instant::now() < deadline {
            thread::yield_now();
        }
        self.assert_at_most(bytes, when);
    }
}

fn allocated() -> usize {
    let stats = INSTRUMENTED_SYSTEM.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// Handles one event each time it is let; once nobody is there to let it, all.
struct Gated {
    entered: Sender<()>,
    released: Receiver<()>,
}

/// Lets a [`Gated`] listener go on.
struct Gate {
    entered: Receiver<()>,
    release: Sender<()>,
}

impl Gate {
    fn new() -> (Self, Gated) {
        let (entered_in, entered) = bounded(1);
        let (release, released) = bounded(1);
        (Self { entered, release }, Gated { entered: entered_in, released })
    }

    fn wait_entered(&self) {
        self.entered.recv_timeout(SOON).expect("the listener gets an event");
    }

    /// Lets the listener handle one event, and waits until it is inside the next one.
    fn let_one_through(&self) {
        self.release.send_timeout((), SOON).expect("the listener is there");
        self.wait_entered();
    }

    fn open(self) {
        drop(self);
    }
}

impl<E> Listener<E> for Gated {
    fn on_event(&mut self, _: &E) {
        let _gone = self.entered.send(());
        let _opened = self.released.recv();
    }
}

/// A started queue whose listener is inside its first event.
fn held_queue<const WORDS: usize>(capacity: usize) -> (AsyncEventQueue<Event<WORDS>>, Gate) {
    let queue = AsyncEventQueue::builder("held").capacity(capacity).build().unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    queue.start().unwrap();
    queue.post(Event::new());
    gate.wait_entered();
    (queue, gate)
}

#[test]
fn an_empty_queue_takes_little_whatever_its_capacity() {
    let held = Held::begin();
    for capacity in [FULL, 100 * FULL] {
        let queue = AsyncEventQueue::builder("empty").capacity(capacity).build().unwrap();
        queue.add_listener(|event: &Event<8>| assert_eq!(event.0[0], 1)).unwrap();
        held.assert_at_most(EMPTY, "before the start");
        queue.start().unwrap();
        queue.post(Event::new());
        queue.wait_until_empty(SOON).unwrap();
        held.assert_at_most(EMPTY, "by an empty queue");
    }
}

#[test]
fn a_full_queue_takes_little_more_than_its_events_and_gives_it_back() {
    fill_and_empty::<8>();
    fill_and_empty::<32>();
}

fn fill_and_empty<const WORDS: usize>() {
    let held = Held::begin();
    let (queue, gate) = held_queue::<WORDS>(FULL);
    let at_rest = held.now();
    for _ in 0..FULL {
        assert!(queue.post(Event::new()).is_queued());
    }
    assert!(!queue.post(Event::new()).is_queued(), "it is full");
    held.assert_at_most(at_rest + Event::<WORDS>::most_for(FULL), "by a full queue");
    assert!(held.now() >= FULL * Event::<WORDS>::BYTES, "the events are counted");
    gate.open();
    queue.wait_until_empty(SOON).unwrap();
    held.assert_falls_to(at_rest + SLACK, "when the burst is over");
    assert!(queue.stop(SOON).unwrap().is_drained());
}

/// A feed with one queue whose listener waits at a gate, and a busy one that keeps up: it makes the posts wait.
struct Uneven {
    feed: Feed<Event<8>>,
    gated: FeedQueue<Event<8>>,
    busy: FeedQueue<Event<8>>,
    gate: Gate,
}

impl Uneven {
    fn start() -> Self {
        let feed = Feed::new(FeedOptions::new("uneven"));
        let options = QueueOptions::new().capacity(CAPACITY);
        let gated = feed.attach("gated", options).unwrap();
        let busy = feed.attach("busy", options.overflow(Overflow::Block { at_most: SOON })).unwrap();
        let (gate, listener) = Gate::new();
        gated.add_listener(listener).unwrap();
        busy.add_listener(|event: &Event<8>| assert_eq!(event.0[0], 1)).unwrap();
        feed.start().unwrap();
        feed.post(Event::new());
        gate.wait_entered();
        Self { feed, gated, busy, gate }
    }

    /// The most that may be held while the gated queue needs `times` its events' own size.
    fn most(times: usize) -> usize {
        times * CAPACITY * Event::<8>::BYTES + Event::<8>::most_for(CAPACITY) + SLACK
    }

    fn post(&self, events: usize) {
        for _ in 0..events {
            self.feed.post(Event::new());
        }
    }

    /// Opens the gate; every event was delivered to the busy queue, and `at_least` to the other one.
    fn finish(self, posted: usize, at_least: u64) {
        let Self { feed, gated, busy, gate } = self;
        gate.open();
        assert!(feed.stop(SOON).unwrap().is_drained());
        assert_eq!(busy.snapshot().delivered, posted as u64);
        let gated = gated.snapshot();
        assert_eq!(gated.delivered + gated.dropped.total(), posted as u64);
        assert!(gated.delivered >= at_least, "{gated:?}");
    }
}

#[test]
fn a_stuck_queue_beside_a_busy_one_holds_what_its_own_capacity_needs() {
    const ROUNDS: usize = 1_000;
    let held = Held::begin();
    let uneven = Uneven::start();
    for round in 0..ROUNDS {
        uneven.post(CAPACITY);
        held.assert_at_most(Uneven::most(2), &format!("in round {round}"));
    }
    assert_eq!(uneven.gated.snapshot().size, CAPACITY);
    uneven.busy.wait_until_empty(SOON).unwrap();
    held.assert_falls_to(2 * CAPACITY * Event::<8>::BYTES + SLACK, "when the busy queue is empty");
    uneven.finish(ROUNDS * CAPACITY + 1, CAPACITY as u64 + 1);
    held.assert_falls_to(SLACK, "after the stop");
}

#[test]
fn a_slow_queue_does_not_keep_its_neighbours_events_alive() {
    const ROUNDS: usize = 3_000;
    let held = Held::begin();
    let uneven = Uneven::start();
    uneven.post(CAPACITY);
    for round in 0..ROUNDS {
        uneven.gate.let_one_through();
        uneven.post(CAPACITY);
        held.assert_at_most(Uneven::most(4), &format!("in round {round}"));
    }
    uneven.finish((ROUNDS + 1) * CAPACITY + 1, ROUNDS as u64 + 1);
    held.assert_falls_to(SLACK, "after the stop");
}
