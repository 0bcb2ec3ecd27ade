use async_event_queue::{AsyncEventQueue, EventClass, Gap, Overflow};

use crate::support::{Gate, Recorder, SOON, Told, assert_conserved, post_all, recorded, started};

/// A queue of three places whose first listener is inside event 0, with a recorder behind it.
fn held(overflow: Overflow) -> (AsyncEventQueue<u64>, Gate, Recorder) {
    let queue = AsyncEventQueue::builder("gaps").capacity(3).overflow(overflow).build().unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let recorder = recorded(&queue);
    let queue = started(queue);
    queue.post(0);
    gate.wait_entered();
    (queue, gate, recorder)
}

#[test]
fn a_listener_is_told_what_was_dropped_before_the_next_event_it_gets() {
    let (queue, gate, recorder) = held(Overflow::DropNewest);
    post_all(&queue, 1..=10);
    gate.release(1);
    assert_eq!(gate.wait_entered(), 1);
    queue.post(11);
    gate.open();
    queue.wait_until_empty(SOON).unwrap();
    let gap = Gap { first: 4, last: 10 };
    assert_eq!(gap.events(), 7);
    let expected = [
        Told::Event(0, 0),
        Told::Event(1, 1),
        Told::Event(2, 2),
        Told::Event(3, 3),
        Told::Gap(gap),
        Told::Event(11, 11),
    ];
    assert_eq!(recorder.told(), expected);
    assert_eq!(queue.snapshot().dropped.total(), gap.events());
}

#[test]
fn evicted_events_are_told_too() {
    let (queue, gate, recorder) = held(Overflow::DropOldest);
    post_all(&queue, 1..=10);
    gate.open();
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.gaps(), [Gap { first: 1, last: 7 }]);
    assert_eq!(recorder.events(), [0, 8, 9, 10]);
}

#[test]
fn a_queue_that_evicts_tells_each_gap_once_also_one_from_before_the_start() {
    let builder =
        AsyncEventQueue::builder("early").capacity(1).critical_reserve(1).overflow(Overflow::DropOldest);
    let queue = builder
        .classify(|event: &u64| if *event >= 100 { EventClass::Critical } else { EventClass::Ordinary })
        .build()
        .unwrap();
    let recorder = recorded(&queue);
    post_all(&queue, [0, 1, 2, 100, 101, 3, 4]);
    queue.start().unwrap();
    post_all(&queue, [102, 5, 103]);
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_told_everything(&recorder, &queue);
}

#[test]
fn the_last_gap_is_told_without_waiting_for_another_event_and_before_the_closing() {
    let (queue, gate, recorder) = held(Overflow::DropNewest);
    post_all(&queue, 1..=5);
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    let told = recorder.told();
    assert_eq!(told[4..], [Told::Gap(Gap { first: 4, last: 5 }), Told::Closed]);
    queue.post(6);
    assert_eq!(recorder.told(), told, "what is refused after the stop is told to nobody");
    assert_conserved(&queue);
}

#[test]
fn gaps_and_events_together_are_every_event_posted() {
    let (queue, gate, recorder) = held(Overflow::DropNewest);
    for round in 0..20 {
        post_all(&queue, 0..round);
        gate.release(usize::try_from(round / 2).unwrap());
    }
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    assert_told_everything(&recorder, &queue);
}

/// Each number once, as an event or in a gap, in order.
fn assert_told_everything(recorder: &Recorder, queue: &AsyncEventQueue<u64>) {
    let mut next = 0;
    for told in recorder.told() {
        let (first, last) = match told {
            Told::Event(number, _) => (number, number),
            Told::Gap(gap) => (gap.first, gap.last),
            Told::Closed => continue,
        };
        assert_eq!(first, next, "{:?}", recorder.told());
        next = last + 1;
    }
    assert_eq!(next, queue.snapshot().posted);
    let missed: u64 = recorder.gaps().iter().map(Gap::events).sum();
    assert_eq!(missed, queue.snapshot().dropped.total());
    assert_conserved(queue);
}
