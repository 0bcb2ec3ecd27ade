use std::time::Duration;

use async_event_queue::{AsyncEventQueue, DropReason, EventClass, Overflow, Posted, QueueBuilder};
use crossbeam::channel::bounded;

use crate::support::{Gate, Gated, SHORT, SOON, assert_conserved, post_all, started};

/// Events from 1000 on are critical.
fn classed(name: &str) -> QueueBuilder<u64> {
    AsyncEventQueue::builder(name)
        .classify(|event: &u64| if *event >= 1_000 { EventClass::Critical } else { EventClass::Ordinary })
}

/// A started queue whose listener is inside event 0.
fn held(
    builder: QueueBuilder<u64>,
) -> (AsyncEventQueue<u64>, Gate, std::sync::Arc<std::sync::Mutex<Vec<u64>>>) {
    let queue = builder.build().unwrap();
    let (gate, gated) = Gate::new();
    let seen = std::sync::Arc::clone(&gated.seen);
    queue.add_listener::<Gated>(gated).unwrap();
    let queue = started(queue);
    queue.post(0);
    gate.wait_entered();
    (queue, gate, seen)
}

#[test]
fn drop_newest_keeps_the_oldest() {
    let (queue, gate, seen) = held(classed("newest").capacity(3));
    post_all(&queue, 1..=6);
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2, 3]);
    assert_eq!(queue.snapshot().dropped.get(DropReason::Full), 3);
}

#[test]
fn drop_oldest_keeps_the_newest() {
    let (queue, gate, seen) = held(classed("oldest").capacity(3).overflow(Overflow::DropOldest));
    for event in 1..=6 {
        assert_eq!(queue.post(event), Posted::Queued);
    }
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!(*seen.lock().unwrap(), [0, 4, 5, 6]);
    assert_eq!(queue.snapshot().dropped.get(DropReason::Evicted), 3);
    assert_conserved(&queue);
}

#[test]
fn a_flood_of_ordinary_events_drops_no_critical_one() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block { at_most: Duration::ZERO }]
    {
        let (queue, gate, seen) = held(classed("flood").capacity(5).critical_reserve(10).overflow(overflow));
        for critical in 1_000..1_010 {
            post_all(&queue, 1..=100);
            assert_eq!(queue.post(critical), Posted::Queued, "{overflow:?}");
        }
        post_all(&queue, 1..=100);
        gate.open();
        assert!(queue.stop(SOON).unwrap().is_drained());
        let critical: Vec<u64> =
            seen.lock().unwrap().iter().copied().filter(|event| *event >= 1_000).collect();
        assert_eq!(critical, (1_000..1_010).collect::<Vec<_>>(), "{overflow:?}");
        assert_conserved(&queue);
    }
}

#[test]
fn the_critical_reserve_has_a_limit() {
    let (queue, gate, _) = held(classed("reserve").capacity(2).critical_reserve(3));
    post_all(&queue, 1..=2);
    assert!((1_000..1_003).all(|event| queue.post(event).is_queued()));
    assert_eq!(queue.post(1_003), Posted::Dropped(DropReason::Full));
    assert_eq!(queue.snapshot().size, 5);
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
}

#[test]
fn when_only_critical_events_wait_drop_oldest_gives_up_the_oldest_of_them_for_a_critical_one_only() {
    let (queue, gate, seen) =
        held(classed("critical").capacity(1).critical_reserve(1).overflow(Overflow::DropOldest));
    assert!(queue.post(1_000).is_queued());
    assert!(queue.post(1_001).is_queued());
    assert_eq!(queue.post(1), Posted::Dropped(DropReason::Evicted));
    assert!(queue.post(1_002).is_queued());
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!(*seen.lock().unwrap(), [0, 1_001, 1_002]);
}

#[test]
fn a_blocked_post_goes_on_when_there_is_room() {
    let (queue, gate, seen) = held(classed("block").capacity(1).overflow(Overflow::Block { at_most: SOON }));
    queue.post(1);
    let (posted_in, posted) = bounded(1);
    std::thread::scope(|scope| {
        let queue = &queue;
        scope.spawn(move || posted_in.send(queue.post(2)).unwrap());
        assert!(posted.try_recv().is_err(), "the queue is full");
        gate.release(1);
        assert_eq!(gate.wait_entered(), 1);
        assert_eq!(
            posted.recv_timeout(SOON),
            Ok(Posted::Queued),
            "room was made while event 1 is being handled"
        );
    });
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2]);
}

#[test]
fn a_blocked_post_gives_up_after_its_time() {
    let (queue, gate, _) = held(classed("timeout").capacity(1).overflow(Overflow::Block { at_most: SHORT }));
    assert!(queue.post(1).is_queued());
    assert_eq!(queue.post(2), Posted::Dropped(DropReason::TimedOut));
    assert_eq!(queue.snapshot().dropped.get(DropReason::TimedOut), 1);
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
}

#[test]
fn try_post_never_blocks() {
    let (queue, gate, _) =
        held(classed("try").capacity(1).overflow(Overflow::Block { at_most: Duration::MAX }));
    assert!(queue.try_post(1).is_queued());
    assert_eq!(queue.try_post(2), Posted::Dropped(DropReason::TimedOut));
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
}

#[test]
fn a_listener_that_posts_to_its_own_full_queue_does_not_wait_for_itself() {
    let queue = AsyncEventQueue::builder("self")
        .capacity(1)
        .overflow(Overflow::Block { at_most: Duration::MAX })
        .build()
        .unwrap();
    let poster = queue.poster();
    let (outcome_in, outcome) = bounded(2);
    queue
        .add_listener(move |event: &u64| {
            if *event == 0 {
                outcome_in.send(poster.post(1)).unwrap();
                outcome_in.send(poster.post(2)).unwrap();
            }
        })
        .unwrap();
    let queue = started(queue);
    queue.post(0);
    assert_eq!(outcome.recv_timeout(SOON), Ok(Posted::Queued));
    assert_eq!(outcome.recv_timeout(SOON), Ok(Posted::Dropped(DropReason::TimedOut)));
    assert!(queue.stop(SOON).unwrap().is_drained());
}

#[test]
fn a_stop_frees_a_blocked_post() {
    let (queue, gate, _) =
        held(classed("freed").capacity(1).overflow(Overflow::Block { at_most: Duration::MAX }));
    queue.post(1);
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| queue.post(2));
        let report = queue.stop(SHORT).unwrap();
        assert!(!report.is_drained());
        assert_eq!(blocked.join().unwrap(), Posted::Dropped(DropReason::Stopped));
    });
    gate.open();
    assert!(!queue.stop(SOON).unwrap().is_drained(), "event 1 was cut off");
    assert_conserved(&queue);
}

#[test]
fn a_blocked_post_waits_for_one_place_only_also_where_many_posts_have_given_up() {
    const CAPACITY: u64 = 512;
    let (queue, gate, _) =
        held(classed("one place").capacity(512).overflow(Overflow::Block { at_most: Duration::MAX }));
    assert!((0..CAPACITY).all(|event| queue.try_post(event).is_queued()));
    for _ in 0..40 {
        assert!(!(0..64).any(|event| queue.try_post(event).is_queued()));
        gate.release(1);
        gate.wait_entered();
        assert_eq!(queue.post(0), Posted::Queued);
        assert_eq!(queue.snapshot().size, 512);
    }
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
}
