use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_event_queue::{AsyncEventQueue, DropReason, Listener, Overflow, Posted};
use crossbeam::channel::unbounded;

use crate::support::{Counted, Gate, SOON, Told, assert_conserved, post_all, recorded, started};

#[test]
fn events_of_one_thread_arrive_in_order_with_rising_numbers() {
    let queue = AsyncEventQueue::new("in-order");
    let recorder = recorded(&queue);
    let queue = started(queue);
    post_all(&queue, 100..1_100);
    queue.wait_until_empty(SOON).unwrap();
    let expected: Vec<_> = (0..1_000).map(|number| Told::Event(number, number + 100)).collect();
    assert_eq!(recorder.told(), expected);
    assert_conserved(&queue);
}

#[test]
fn listeners_are_called_in_the_order_they_were_added() {
    let queue = AsyncEventQueue::new("call-order");
    let (calls_in, calls) = unbounded();
    for name in ["first", "second", "third"] {
        let calls = calls_in.clone();
        queue.add_listener(move |event: &u64| calls.send((name, *event)).unwrap()).unwrap();
    }
    let queue = started(queue);
    post_all(&queue, 0..2);
    queue.wait_until_empty(SOON).unwrap();
    let expected = [("first", 0), ("second", 0), ("third", 0), ("first", 1), ("second", 1), ("third", 1)];
    assert_eq!(calls.try_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_listener_behind_a_mutex_can_be_looked_into_while_it_works() {
    struct Sum(u64);
    impl Listener<u64> for Sum {
        fn on_event(&mut self, event: &u64) {
            self.0 += event;
        }
    }
    let sum = Arc::new(Mutex::new(Sum(0)));
    let queue = AsyncEventQueue::new("mutex");
    queue.add_listener(Arc::clone(&sum)).unwrap();
    let queue = started(queue);
    post_all(&queue, 1..=10);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(sum.lock().unwrap().0, 55);
}

#[test]
fn the_same_listener_added_twice_is_called_twice_and_removed_once() {
    let queue = AsyncEventQueue::new("twice");
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = |calls: &Arc<AtomicUsize>| {
        let calls = Arc::clone(calls);
        move |_: &u64| {
            calls.fetch_add(1, Ordering::SeqCst);
        }
    };
    let shared = Arc::new(Mutex::new(counter(&calls)));
    let first = queue.add_listener(Arc::clone(&shared)).unwrap();
    queue.add_listener(Arc::clone(&shared)).unwrap();
    let queue = started(queue);
    queue.post(1);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    drop(queue.remove_listener(&first).unwrap().wait(SOON).unwrap());
    queue.post(2);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[test]
fn an_event_posted_by_a_listener_goes_to_the_end_of_the_queue() {
    let queue = AsyncEventQueue::new("echo");
    let (calls_in, calls) = unbounded();
    let poster = queue.poster();
    queue
        .add_listener(move |event: &u64| {
            calls_in.send(("enters", *event)).unwrap();
            if *event == 0 {
                assert!(poster.post(100).is_queued());
            }
            calls_in.send(("leaves", *event)).unwrap();
        })
        .unwrap();
    post_all(&queue, 0..2);
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    let expected =
        [("enters", 0), ("leaves", 0), ("enters", 1), ("leaves", 1), ("enters", 100), ("leaves", 100)];
    assert_eq!(calls.try_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn every_event_is_dropped_exactly_once() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let drops = Arc::new(AtomicUsize::new(0));
        let queue = AsyncEventQueue::builder("drops").capacity(10).overflow(overflow).build().unwrap();
        let (entered_in, entered) = unbounded();
        let (release, released) = unbounded::<()>();
        queue
            .add_listener(move |_: &Counted| {
                let _gone = entered_in.send(());
                let _opened = released.recv();
            })
            .unwrap();
        for _ in 0..5 {
            queue.post(Counted::new(&drops));
        }
        queue.start().unwrap();
        entered.recv_timeout(SOON).unwrap();
        for _ in 0..50 {
            queue.post(Counted::new(&drops));
        }
        drop(release);
        assert!(queue.stop(SOON).unwrap().is_drained());
        queue.post(Counted::new(&drops));
        assert_eq!(queue.snapshot().dropped.get(DropReason::Stopped), 1);
        drop(queue);
        assert_eq!(drops.load(Ordering::SeqCst), 56, "{overflow:?}");
    }
}

#[test]
fn a_stuck_listener_keeps_no_more_events_alive_than_its_queue_may_hold() {
    const POSTED: usize = 20_000;
    const BLOCK: usize = 64;
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        let drops = Arc::new(AtomicUsize::new(0));
        let queue = AsyncEventQueue::builder("stuck").capacity(10).overflow(overflow).build().unwrap();
        let (entered_in, entered) = unbounded();
        let (release, released) = unbounded::<()>();
        let stuck = move |_: &Counted| {
            let _gone = entered_in.send(());
            let _opened = released.recv();
        };
        queue.add_listener(stuck).unwrap();
        queue.start().unwrap();
        queue.post(Counted::new(&drops));
        entered.recv_timeout(SOON).unwrap();
        (1..POSTED).for_each(|_| {
            assert_ne!(queue.post(Counted::new(&drops)), Posted::Dropped(DropReason::NotStarted));
        });
        let alive = POSTED - drops.load(Ordering::SeqCst);
        assert!(alive <= 13 * BLOCK, "{alive} events are alive under {overflow:?}");
        drop(release);
        assert!(queue.stop(SOON).unwrap().is_drained());
        (0..POSTED).for_each(|_| {
            assert_ne!(queue.post(Counted::new(&drops)), Posted::Dropped(DropReason::NotStarted));
        });
        assert_eq!(drops.load(Ordering::SeqCst), 2 * POSTED, "nothing is kept after the stop");
    }
}

#[test]
fn a_queue_without_listeners_delivers_to_nobody() {
    let queue = started(AsyncEventQueue::new("nobody"));
    post_all(&queue, 0..10);
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(queue.snapshot().delivered, 10);
    assert_conserved(&queue);
}

#[test]
fn an_event_type_needs_neither_clone_nor_debug() {
    struct Opaque(#[expect(dead_code, reason = "held for its type")] Box<dyn Fn() + Send + Sync>);
    let queue = AsyncEventQueue::<Opaque>::new("opaque");
    let (gate, gated) = Gate::new();
    drop((gate, gated));
    queue.start().unwrap();
    queue.post(Opaque(Box::new(|| ())));
    queue.wait_until_empty(SOON).unwrap();
}
