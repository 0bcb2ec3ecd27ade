//! What every queue hears and in which order, and how much it ever holds, while several threads post.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use async_event_queue::{
    DropReason, EventClass, Feed, FeedOptions, FeedQueue, Gap, Listener, Overflow, QueueOptions,
    QueueSnapshot,
};

use crate::support::SOON;

const PRODUCERS: usize = 4;
const EVENTS_EACH: u64 = 10_000;
const EVENTS: u64 = PRODUCERS as u64 * EVENTS_EACH;
/// Places for critical events in every queue.
const RESERVE: usize = 6;
/// Queues of one feed, by name, capacity and policy.
type Queues = &'static [(&'static str, usize, Overflow)];
/// One policy beside the other.
const MIXED: Queues = &[
    ("newest-1", 1, Overflow::DropNewest),
    ("newest-9", 9, Overflow::DropNewest),
    ("newest-128", 128, Overflow::DropNewest),
    ("newest-1000", 1_000, Overflow::DropNewest),
    ("oldest-2", 2, Overflow::DropOldest),
    ("oldest-200", 200, Overflow::DropOldest),
    (BLOCKS, 50, Overflow::Block { at_most: SOON }),
];
/// None that evicts, and none so small that it always fills up at once.
const ROOMY: Queues = &[
    ("newest-100", 100, Overflow::DropNewest),
    ("newest-300", 300, Overflow::DropNewest),
    ("newest-1000", 1_000, Overflow::DropNewest),
];
const SMALL: Queues = &[("newest-1", 1, Overflow::DropNewest), ("newest-20", 20, Overflow::DropNewest)];
const WAITING: Queues =
    &[("newest-200", 200, Overflow::DropNewest), (BLOCKS, 70, Overflow::Block { at_most: SOON })];
/// Each behaves in its own way, and makes the feed behave in another.
const FEEDS: [Queues; 4] = [MIXED, ROOMY, SMALL, WAITING];
const BLOCKS: &str = "blocks";

/// Which events are critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mix {
    Ordinary,
    /// Each tenth is critical.
    SomeCritical,
}

impl Mix {
    /// The places there are beyond a queue's capacity.
    fn reserve(self) -> usize {
        match self {
            Self::Ordinary => 0,
            Self::SomeCritical => RESERVE,
        }
    }
}

/// Event `number` of its producer.
#[derive(Clone, Copy, Debug)]
struct Event {
    producer: usize,
    number: u64,
}

impl Event {
    fn class(&self) -> EventClass {
        if self.number % 10 == 9 { EventClass::Critical } else { EventClass::Ordinary }
    }
}

/// Hears of every number once, as an event or in a gap, in order; and of each producer's events in theirs.
#[derive(Debug, Default)]
struct Hearing {
    /// The number that comes next.
    next: u64,
    events: u64,
    missed: u64,
    /// Of each producer, the number after the last one heard of.
    producers: BTreeMap<usize, u64>,
    wrong: Vec<String>,
}

impl Hearing {
    fn hear(&mut self, first: u64, last: u64) {
        if first != self.next || last < first {
            self.wrong.push(format!("{first} to {last} where {} is next", self.next));
        }
        self.next = last + 1;
    }

    #[track_caller]
    fn assert_complete(&self, snapshot: &QueueSnapshot) {
        assert!(self.wrong.is_empty(), "{}: {:?}", snapshot.name, self.wrong);
        assert_eq!(self.next, EVENTS, "{} hears of every number", snapshot.name);
        assert_eq!(
            (self.events, self.missed),
            (snapshot.delivered, snapshot.dropped.total()),
            "{snapshot:?}"
        );
        assert_eq!((snapshot.posted, snapshot.pending(), snapshot.size), (EVENTS, 0, 0), "{snapshot:?}");
    }
}

impl Listener<Event> for Hearing {
    fn on_event(&mut self, event: &Event) {
        let next = self.producers.entry(event.producer).or_default();
        if event.number < *next {
            self.wrong.push(format!("{event:?} where {next} is next"));
        }
        *next = event.number + 1;
        self.events += 1;
    }

    fn on_sequenced(&mut self, sequence: u64, event: &Event) {
        self.hear(sequence, sequence);
        self.on_event(event);
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.hear(gap.first, gap.last);
        self.missed += gap.events();
    }
}

/// A queue, and what its listener has heard.
struct Heard {
    queue: FeedQueue<Event>,
    hearing: Arc<Mutex<Hearing>>,
}

/// A started feed with these queues.
fn start(queues: Queues, mix: Mix) -> (Feed<Event>, Vec<Heard>) {
    let options = FeedOptions::new("order");
    let feed = Feed::new(match mix {
        Mix::Ordinary => options,
        Mix::SomeCritical => options.classify(Event::class),
    });
    let attach = |(name, capacity, overflow): &(&str, usize, Overflow)| {
        let options = QueueOptions::new().capacity(*capacity).critical_reserve(RESERVE).overflow(*overflow);
        let queue = feed.attach(*name, options).unwrap();
        let hearing = Arc::new(Mutex::new(Hearing::default()));
        queue.add_listener(Arc::clone(&hearing)).unwrap();
        Heard { queue, hearing }
    };
    let heard = queues.iter().map(attach).collect();
    feed.start().unwrap();
    (feed, heard)
}

fn post_all(feed: &Feed<Event>) {
    let start = Barrier::new(PRODUCERS);
    thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                produce(feed, producer);
            });
        }
    });
}

fn produce(feed: &Feed<Event>, producer: usize) {
    for number in 0..EVENTS_EACH {
        feed.post(Event { producer, number });
    }
}

/// Stops the feed and checks what every queue has heard.
#[track_caller]
fn finish(feed: &Feed<Event>, heard: &[Heard]) {
    assert!(feed.stop(SOON).unwrap().is_drained());
    for Heard { queue, hearing } in heard {
        let snapshot = queue.snapshot();
        hearing.lock().unwrap().assert_complete(&snapshot);
        let lost = if snapshot.name == BLOCKS { snapshot.dropped.total() } else { 0 };
        assert_eq!(lost, 0, "who waits for room loses nothing: {snapshot:?}");
    }
}

#[test]
fn every_queue_hears_of_every_number_once_and_of_each_threads_events_in_order() {
    for queues in FEEDS {
        for mix in [Mix::Ordinary, Mix::SomeCritical] {
            let (feed, heard) = start(queues, mix);
            post_all(&feed);
            finish(&feed, &heard);
        }
    }
}

#[test]
fn no_queue_ever_holds_more_than_its_capacity() {
    for queues in FEEDS {
        sample_while_posting(queues, Mix::Ordinary);
    }
}

#[test]
fn no_queue_ever_holds_more_critical_events_than_its_reserve_beyond_its_capacity() {
    for queues in FEEDS {
        sample_while_posting(queues, Mix::SomeCritical);
    }
}

fn sample_while_posting(queues: Queues, mix: Mix) {
    let (feed, heard) = start(queues, mix);
    let is_posted = AtomicBool::new(false);
    thread::scope(|scope| {
        let sampler = scope.spawn(|| sample_until(&is_posted, mix, &heard));
        post_all(&feed);
        is_posted.store(true, Ordering::SeqCst);
        assert!(sampler.join().expect("every sample is right") > 0);
    });
    finish(&feed, &heard);
}

/// Takes samples of all queues until the end, one of each at least; answers how many.
fn sample_until(is_posted: &AtomicBool, mix: Mix, heard: &[Heard]) -> usize {
    let mut latest: Vec<_> = heard.iter().map(|heard| heard.queue.snapshot()).collect();
    let mut samples = 0;
    loop {
        let is_last = is_posted.load(Ordering::SeqCst);
        for (latest, Heard { queue, .. }) in latest.iter_mut().zip(heard) {
            let now = queue.snapshot();
            check_sample(&now, mix);
            check_growth(latest, &now);
            *latest = now;
            samples += 1;
        }
        if is_last {
            return samples;
        }
    }
}

#[track_caller]
fn check_sample(now: &QueueSnapshot, mix: Mix) {
    assert_eq!(now.posted, now.delivered + now.dropped.total() + now.pending(), "{now:?}");
    assert!(now.size <= now.capacity + mix.reserve(), "{now:?}");
    assert!(now.size as u64 <= now.pending(), "what waits is pending: {now:?}");
}

#[track_caller]
fn check_growth(before: &QueueSnapshot, now: &QueueSnapshot) {
    assert!(before.posted <= now.posted && before.delivered <= now.delivered, "{before:?}, then {now:?}");
    for reason in DropReason::ALL {
        assert!(before.dropped.get(reason) <= now.dropped.get(reason), "{before:?}, then {now:?}");
    }
}
