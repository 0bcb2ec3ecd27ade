//! Everything at once: many producers, queues that come and go, and a stop in the middle.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, also in its helpers")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};
use listener_bus::{
    APP_STATUS, DropReason, EVENT_LOG, EXECUTOR_MANAGEMENT, Gap, Listener, ListenerHandle, LiveListenerBus,
    Overflow, QueueOptions, QueueSnapshot, SHARED,
};

/// Longer than anything takes here; a wait this long means failure.
const SOON: Duration = Duration::from_secs(40);
const PRODUCERS: usize = 16;
const EVENTS_EACH: usize = 62_500;
const EVENTS: usize = PRODUCERS * EVENTS_EACH;
/// The queues with a listener that stays.
const KEPT: [&str; 2] = [SHARED, APP_STATUS];
/// The queues on which listeners come and go; the last is left by its last one every time.
const VISITED: [&str; 7] =
    [SHARED, SHARED, APP_STATUS, APP_STATUS, EXECUTOR_MANAGEMENT, EXECUTOR_MANAGEMENT, EVENT_LOG];

type Bus = LiveListenerBus<Event>;

/// How often each event has been dropped.
struct Drops {
    of_each: Vec<AtomicU8>,
    all: AtomicUsize,
}

/// Event `number` of its producer, which counts its drops.
struct Event {
    producer: usize,
    number: usize,
    drops: Arc<Drops>,
}

impl Drop for Event {
    fn drop(&mut self) {
        self.drops.of_each[self.producer * EVENTS_EACH + self.number].fetch_add(1, Ordering::Relaxed);
        self.drops.all.fetch_add(1, Ordering::Release);
    }
}

/// Checks that it is told of every number, from the first it hears of on, as an event or in a gap.
#[derive(Default)]
struct Checker {
    first: Option<u64>,
    /// The number that comes next.
    next: u64,
    events: u64,
    missed: u64,
    /// Of each producer, the number after the last one seen.
    producers: BTreeMap<usize, usize>,
    closings: u32,
    wrong: Vec<String>,
    /// Told of the first call, whatever it is.
    called: Option<Sender<Call>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Told,
    Closed,
}

impl Checker {
    fn told_of(&mut self, call: Call, first: u64, last: u64) {
        if self.first.is_none() {
            self.first = Some(first);
        } else if first != self.next || self.closings > 0 {
            self.wrong.push(format!("{first} to {last} after {} events to {}", self.events, self.next));
        }
        self.next = last + 1;
        self.tell(call);
    }

    fn tell(&mut self, call: Call) {
        if let Some(called) = self.called.take() {
            let _gone = called.send(call);
        }
    }

    #[track_caller]
    fn assert_right(&self, whose: &str) {
        assert!(self.wrong.is_empty(), "{whose}: {:?}", self.wrong);
        assert_eq!(self.closings, 1, "{whose} is closed once");
        let told = self.next - self.first.unwrap_or(self.next);
        assert_eq!(self.events + self.missed, told, "{whose} hears of every number once");
    }
}

impl Listener<Event> for Checker {
    fn on_event(&mut self, event: &Event) {
        let next = self.producers.entry(event.producer).or_default();
        if event.number < *next {
            self.wrong.push(format!("{} of producer {} before {next}", event.number, event.producer));
        }
        *next = event.number + 1;
        self.events += 1;
    }

    fn on_sequenced(&mut self, sequence: u64, event: &Event) {
        self.told_of(Call::Told, sequence, sequence);
        self.on_event(event);
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.told_of(Call::Told, gap.first, gap.last);
        self.missed += gap.events();
    }

    fn on_close(&mut self) {
        self.closings += 1;
        self.tell(Call::Closed);
    }
}

/// A small queue of each kind, and one that is large.
fn build() -> Bus {
    let blocks = Overflow::Block { at_most: Duration::from_millis(1) };
    Bus::builder()
        .capacity(2_000)
        .queue(APP_STATUS, QueueOptions::new().capacity(100).overflow(Overflow::DropOldest))
        .queue(EXECUTOR_MANAGEMENT, QueueOptions::new().capacity(500).overflow(blocks))
        .queue(EVENT_LOG, QueueOptions::new().capacity(50))
        .build()
        .unwrap()
}

/// Posts one producer's events; says when it is half way.
fn produce(bus: &Bus, producer: usize, drops: &Arc<Drops>, half_way: &Sender<()>) {
    for number in 0..EVENTS_EACH {
        if number == EVENTS_EACH / 2 {
            half_way.send(()).unwrap();
        }
        bus.post(Event { producer, number, drops: Arc::clone(drops) });
    }
}

/// Adds a listener to a queue, waits until it has been called, and takes it off, until the bus is stopped.
fn come_and_go(bus: &Bus, queue: &str, start: &Barrier, is_stopping: &AtomicBool) -> usize {
    let mut rounds = 0;
    loop {
        let (called_in, called) = bounded(1);
        let checker = Checker { called: Some(called_in), ..Checker::default() };
        let Ok(handle) = bus.add_to_queue(queue, checker) else { return rounds };
        if rounds == 0 {
            start.wait();
        }
        wait_for_call(&called, queue, is_stopping);
        let checker = take_back(bus, &handle);
        checker.assert_right(queue);
        rounds += 1;
    }
}

fn wait_for_call(called: &Receiver<Call>, queue: &str, is_stopping: &AtomicBool) {
    let call = called.recv_timeout(SOON).expect("a listener that was added is called");
    let is_wrong = call == Call::Closed && !is_stopping.load(Ordering::SeqCst);
    assert!(!is_wrong, "a listener of {queue} was closed before anything and nobody stops the bus");
}

#[track_caller]
fn take_back(bus: &Bus, handle: &ListenerHandle<Checker>) -> Checker {
    bus.remove_listener(handle).unwrap().wait(SOON).expect("it comes back")
}

/// The queues once those that were left by their last listener have ended too.
fn at_rest(bus: &Bus) -> Vec<QueueSnapshot> {
    let deadline = Instant::now() + SOON;
    loop {
        let queues = bus.snapshot().queues;
        if queues.iter().all(|queue| queue.pending() == 0) || Instant::now() >= deadline {
            return queues;
        }
        thread::yield_now();
    }
}

#[test]
fn nothing_is_lost_twice_told_or_forgotten_while_everything_comes_and_goes() {
    let of_each = (0..EVENTS).map(|_| AtomicU8::new(0)).collect();
    let drops = Arc::new(Drops { of_each, all: AtomicUsize::new(0) });
    let bus = build();
    let stayers = KEPT.map(|queue| bus.add_to_queue(queue, Checker::default()).unwrap());
    bus.start().unwrap();
    let is_stopping = AtomicBool::new(false);
    let (half_way_in, half_way) = bounded(PRODUCERS);
    let start = Barrier::new(PRODUCERS + VISITED.len());
    thread::scope(|scope| {
        let (bus, start, is_stopping) = (&bus, &start, &is_stopping);
        for producer in 0..PRODUCERS {
            let (drops, half_way) = (&drops, half_way_in.clone());
            scope.spawn(move || {
                start.wait();
                produce(bus, producer, drops, &half_way);
            });
        }
        let comers = VISITED.map(|queue| scope.spawn(move || come_and_go(bus, queue, start, is_stopping)));
        for _ in 0..PRODUCERS / 2 {
            half_way.recv_timeout(SOON).expect("half of the producers get there");
        }
        is_stopping.store(true, Ordering::SeqCst);
        let report = bus.stop(SOON).unwrap();
        assert!(report.is_drained(), "{report:?}");
        let rounds = comers.map(|comer| comer.join().unwrap());
        assert!(rounds.iter().all(|rounds| *rounds > 0), "{rounds:?} came and went");
    });

    let queues = at_rest(&bus);
    assert_eq!(bus.snapshot().posted, EVENTS as u64);
    for queue in &queues {
        assert_eq!(queue.posted, queue.delivered + queue.dropped.total(), "{queue:?}");
        assert_eq!((queue.pending(), queue.size), (0, 0), "{queue:?}");
        assert!(queue.listeners.iter().all(|listener| listener.panics == 0), "{queue:?}");
    }
    for (name, handle) in KEPT.iter().zip(&stayers) {
        let checker = take_back(&bus, handle);
        checker.assert_right(name);
        let queue = queues.iter().find(|queue| queue.name == *name).unwrap();
        let refused = queue.dropped.get(DropReason::Stopped);
        assert_eq!((queue.posted, checker.first), (EVENTS as u64, Some(0)), "{queue:?}");
        assert!(refused > 0, "the stop comes while producers are posting: {queue:?}");
        assert_eq!(checker.next, queue.posted - refused, "told of everything until the stop: {queue:?}");
        assert_eq!((checker.events, checker.missed), (queue.delivered, queue.dropped.total() - refused));
    }
    drop(bus);
    assert_dropped_once(&drops);
}

fn assert_dropped_once(drops: &Drops) {
    // Threads of queues that were left let go of their last events when they end.
    let deadline = Instant::now() + SOON;
    while drops.all.load(Ordering::Acquire) < EVENTS && Instant::now() < deadline {
        thread::yield_now();
    }
    assert_eq!(drops.all.load(Ordering::Acquire), EVENTS);
    assert!(drops.of_each.iter().all(|drops| drops.load(Ordering::Relaxed) == 1));
}
