//! What the models share: how they are explored, and events and listeners that remember what became of them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_event_queue::{Feed, FeedOptions, FeedQueue, Gap, Listener, Overflow, QueueOptions};
use loom::thread;

/// No time passes in a model: a wait ends by being woken, or the model fails with a deadlock.
pub(crate) const FOREVER: Duration = Duration::from_secs(1_000_000);

/// Not loom's: a model looks here when the threads it asks about have ended, or when all have.
type Shared<T> = Arc<Mutex<T>>;

fn with<T, R>(shared: &Shared<T>, look: impl FnOnce(&mut T) -> R) -> R {
    look(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Hands out the events of one run of a model, and counts which are dropped.
#[derive(Clone, Default)]
pub(crate) struct Events(Shared<Vec<u64>>);

impl Events {
    pub(crate) fn next(&self) -> Event {
        let index = with(&self.0, |drops| {
            drops.push(0);
            drops.len() - 1
        });
        Event { index, drops: Arc::clone(&self.0) }
    }

    fn check(&self) {
        with(&self.0, |drops| assert!(drops.iter().all(|count| *count == 1), "dropped so often: {drops:?}"));
    }
}

pub(crate) struct Event {
    index: usize,
    drops: Shared<Vec<u64>>,
}

impl Drop for Event {
    fn drop(&mut self) {
        with(&self.drops, |drops| drops[self.index] += 1);
    }
}

/// Explores `model`, with at most so many switches away from a thread that could go on. Once all threads of a run have ended,
/// each of its events has been dropped once.
pub(crate) fn explore(preemptions: usize, model: impl Fn(&Events) + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 20_000;
    let last = Shared::<Events>::default();
    let events = Arc::clone(&last);
    builder.check(move || {
        with(&events, |events| std::mem::take(events)).check();
        let fresh = Events::default();
        with(&events, |events| *events = fresh.clone());
        model(&fresh);
    });
    with(&last, |events| events.check());
}

/// A listener that remembers the numbers of its events and what it was told of drops.
#[derive(Clone, Default)]
pub(crate) struct Record {
    numbers: Shared<Vec<u64>>,
    missed: Shared<u64>,
}

impl Record {
    pub(crate) fn numbers(&self) -> Vec<u64> {
        with(&self.numbers, |numbers| numbers.clone())
    }

    pub(crate) fn missed(&self) -> u64 {
        with(&self.missed, |missed| *missed)
    }
}

impl Listener<Event> for Record {
    fn on_event(&mut self, _: &Event) {}

    fn on_sequenced(&mut self, sequence: u64, _: &Event) {
        with(&self.numbers, |numbers| numbers.push(sequence));
    }

    fn on_gap(&mut self, gap: &Gap) {
        with(&self.missed, |missed| *missed += gap.events());
    }
}

pub(crate) fn feed() -> Feed<Event> {
    Feed::new(FeedOptions::new("model").drop_timeout(FOREVER).slow_event_threshold(FOREVER))
}

pub(crate) fn options(capacity: usize, overflow: Overflow) -> QueueOptions {
    QueueOptions::new().capacity(capacity).critical_reserve(0).overflow(overflow)
}

/// A feed that has started with one queue of so many places, and what its listener gets.
pub(crate) fn started(options: QueueOptions) -> (Feed<Event>, FeedQueue<Event>, Record) {
    let feed = feed();
    let queue = feed.attach("model", options).expect("in order");
    let record = Record::default();
    queue.add_listener(record.clone()).expect("takes listeners");
    feed.start().expect("starts");
    (feed, queue, record)
}

/// Posts on a thread of its own; answers how many of the events were taken.
pub(crate) fn post_apart(feed: &Feed<Event>, events: Vec<Event>) -> thread::JoinHandle<u64> {
    let poster = feed.poster();
    thread::spawn(move || events.into_iter().map(|event| u64::from(poster.post(event).is_queued())).sum())
}

/// Stops the feed; all queues drain.
pub(crate) fn stop(feed: &Feed<Event>) {
    assert!(feed.stop(FOREVER).expect("started").is_drained());
}

/// At rest, everything that was posted has been delivered or is counted as dropped.
pub(crate) fn assert_conserved(queue: &FeedQueue<Event>) {
    let snapshot = queue.snapshot();
    assert_eq!(snapshot.posted, snapshot.delivered + snapshot.dropped.total(), "{snapshot:?}");
    assert_eq!(snapshot.size, 0, "{snapshot:?}");
}
