//! Every interleaving of the few threads that matter, up to a bound on preemptions:
//! `RUSTFLAGS="--cfg loom" cargo test -p async-event-queue --release --test loom`.
//!
//! Each model has been seen to fail with the code broken on purpose:
//! * `a_post_that_races_with_the_stop_...`: the stop leaves the queue's intake open; or the pill does not wait for what lies
//!   before it;
//! * `a_wait_for_empty_ends_...`: the wake-up after the last event left out;
//! * `a_wait_for_empty_that_races_...` and `the_last_event_...`: the pill does not wait for what lies before it;
//! * `a_blocked_post_...`: the dispatch thread falls asleep without telling the posters, or without a last look at the head.
//!
//! What loom does not see: the slots of the log, which are the standard library's `OnceLock`s.
#![cfg(loom)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_event_queue::{AsyncEventQueue, Overflow, Posted};
use loom::thread;

/// No time passes in a model: a wait ends by being woken, or the model fails with a deadlock.
const FOREVER: Duration = Duration::from_secs(1_000_000);

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.max_branches = 20_000;
    builder.check(model);
}

/// A queue with a counting listener.
fn counted(overflow: Overflow) -> (AsyncEventQueue<u64>, Arc<AtomicU64>) {
    let queue = AsyncEventQueue::builder("model")
        .capacity(1)
        .critical_reserve(0)
        .overflow(overflow)
        .build()
        .expect("in order");
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    queue
        .add_listener(move |_: &u64| {
            counter.fetch_add(1, Ordering::SeqCst);
        })
        .expect("takes listeners");
    (queue, count)
}

#[test]
fn a_post_that_races_with_the_stop_is_delivered_or_counted_as_stopped() {
    explore(|| {
        let (queue, count) = counted(Overflow::DropNewest);
        queue.start().expect("starts");
        let poster = queue.poster();
        let posting = thread::spawn(move || poster.post(1));
        let report = queue.stop(FOREVER).expect("started");
        assert!(report.is_drained());
        let posted = posting.join().expect("posts");
        let delivered = count.load(Ordering::SeqCst);
        assert_eq!(delivered, u64::from(posted == Posted::Queued));
        let snapshot = queue.snapshot();
        assert_eq!((snapshot.posted, snapshot.delivered + snapshot.dropped.total()), (1, 1));
    });
}

#[test]
fn a_wait_for_empty_ends_and_sees_what_the_listener_did() {
    explore(|| {
        let (queue, count) = counted(Overflow::DropNewest);
        queue.start().expect("starts");
        queue.post(1);
        queue.wait_until_empty(FOREVER).expect("is woken");
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert!(queue.stop(FOREVER).expect("started").is_drained());
    });
}

#[test]
fn a_wait_for_empty_that_races_with_a_post_ends() {
    explore(|| {
        let (queue, count) = counted(Overflow::DropNewest);
        queue.start().expect("starts");
        let poster = queue.poster();
        let posting = thread::spawn(move || poster.post(1));
        queue.wait_until_empty(FOREVER).expect("is woken");
        assert!(posting.join().expect("posts").is_queued());
        assert!(queue.stop(FOREVER).expect("started").is_drained());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn the_last_event_is_delivered_before_the_pill() {
    explore(|| {
        let (queue, count) = counted(Overflow::DropNewest);
        queue.start().expect("starts");
        assert!(queue.post(1).is_queued());
        assert!(queue.stop(FOREVER).expect("started").is_drained());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_blocked_post_is_woken_when_there_is_room() {
    explore(|| {
        let (queue, count) = counted(Overflow::Block { at_most: FOREVER });
        queue.start().expect("starts");
        assert!(queue.post(1).is_queued());
        assert!(queue.post(2).is_queued());
        assert!(queue.stop(FOREVER).expect("started").is_drained());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    });
}
