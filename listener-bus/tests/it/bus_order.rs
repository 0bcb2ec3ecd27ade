//! In which order queues and listeners hear of events, and how they learn what they have missed.

use std::sync::Barrier;
use std::thread;

use listener_bus::{
    APP_STATUS, DropReason, EVENT_LOG, EXECUTOR_MANAGEMENT, Gap, Overflow, QueueOptions, SHARED,
};

use crate::support::{
    Bus, Recorder, SOON, Told, assert_conserved, at_rest, bus, gated, post_all, queue, recorded, started,
};

const EVENTS_EACH: u64 = 5_000;

/// Posts from `producers` threads at once; event `n` of producer `p` is `p * EVENTS_EACH + n`.
fn post_from(bus: &Bus, producers: u64) {
    let barrier = &Barrier::new(usize::try_from(producers).unwrap());
    thread::scope(|scope| {
        for producer in 0..producers {
            let events = producer * EVENTS_EACH..(producer + 1) * EVENTS_EACH;
            scope.spawn(move || {
                barrier.wait();
                post_all(bus, events);
            });
        }
    });
}

#[test]
fn all_queues_see_the_events_of_all_producers_in_one_order_with_rising_numbers() {
    let bus = Bus::builder().capacity(100_000).build().unwrap();
    let recorders = [SHARED, APP_STATUS, EVENT_LOG].map(|queue| recorded(&bus, queue));
    let bus = started(bus);
    post_from(&bus, 4);
    bus.wait_until_empty(SOON).unwrap();
    let told = recorders.map(|recorder| recorder.told());
    assert!(told[0] == told[1] && told[1] == told[2], "one order");
    let mut next = [0; 4];
    for (number, told) in (0..).zip(&told[0]) {
        let Told::Event(sequence, event) = *told else { panic!("{told:?}") };
        assert_eq!(sequence, number, "numbers rise by one");
        let producer = usize::try_from(event / EVENTS_EACH).unwrap();
        assert_eq!(event % EVENTS_EACH, next[producer], "in the order of producer {producer}");
        next[producer] += 1;
    }
    assert_eq!(next, [EVENTS_EACH; 4]);
    assert_conserved(&bus);
}

#[test]
fn listeners_of_a_queue_are_called_in_the_order_they_were_added() {
    let bus = bus();
    let (calls_in, calls) = crossbeam::channel::unbounded();
    for name in ["first", "second", "third"] {
        let calls = calls_in.clone();
        bus.add_to_shared_queue(move |event: &u64| calls.send((name, *event)).unwrap()).unwrap();
    }
    let bus = started(bus);
    post_all(&bus, 0..2);
    bus.wait_until_empty(SOON).unwrap();
    let expected = [("first", 0), ("second", 0), ("third", 0), ("first", 1), ("second", 1), ("third", 1)];
    assert_eq!(calls.try_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn each_queue_tells_its_own_listeners_what_it_has_dropped_and_nobody_else() {
    let small = |overflow| QueueOptions::new().capacity(3).overflow(overflow);
    let bus = Bus::builder()
        .queue("newest", small(Overflow::DropNewest))
        .queue("oldest", small(Overflow::DropOldest))
        .build()
        .unwrap();
    let (gates, _handles): (Vec<_>, Vec<_>) =
        ["newest", "oldest"].map(|queue| gated(&bus, queue)).into_iter().unzip();
    let [newest, oldest, free] = ["newest", "oldest", "free"].map(|queue| recorded(&bus, queue));
    let bus = started(bus);
    bus.post(0_u64);
    assert!(gates.iter().all(|gate| gate.wait_entered() == 0));
    post_all(&bus, 1..=10);
    for gate in gates {
        gate.release(1);
        gate.wait_entered();
        gate.open();
    }
    bus.post(11_u64);
    assert!(bus.stop(SOON).unwrap().is_drained());
    let told =
        |numbers: &[u64]| numbers.iter().map(|number| Told::Event(*number, *number)).collect::<Vec<_>>();
    let gap = |first, last| vec![Told::Gap(Gap { first, last })];
    let closed = vec![Told::Closed];
    assert_eq!(newest.told(), [told(&[0, 1, 2, 3]), gap(4, 10), told(&[11]), closed.clone()].concat());
    assert_eq!(oldest.told(), [told(&[0]), gap(1, 7), told(&[8, 9, 10, 11]), closed.clone()].concat());
    assert_eq!(free.told(), [(0..=11).map(|n| Told::Event(n, n)).collect(), closed].concat());
    let dropped = bus.snapshot().queues.iter().map(|queue| queue.dropped.total()).collect::<Vec<_>>();
    assert_eq!(dropped, [7, 7, 0], "as many as were told");
    assert_conserved(&bus);
}

#[test]
fn posted_includes_the_dropped_and_the_counts_add_up_in_every_queue_while_events_flow() {
    let bus = Bus::builder()
        .queue(SHARED, QueueOptions::new().capacity(10))
        .queue(APP_STATUS, QueueOptions::new().capacity(7).overflow(Overflow::DropOldest))
        .queue(EVENT_LOG, QueueOptions::new().capacity(100_000))
        .build()
        .unwrap();
    let recorders = [SHARED, APP_STATUS, EVENT_LOG].map(|queue| recorded(&bus, queue));
    let bus = started(bus);
    thread::scope(|scope| {
        let poster = scope.spawn(|| post_all(&bus, 0..50_000));
        while !poster.is_finished() {
            let snapshot = bus.snapshot();
            for queue in &snapshot.queues {
                let accounted = queue.delivered + queue.dropped.total() + queue.pending();
                assert_eq!(queue.posted, accounted, "{queue:?}");
                assert!(queue.posted <= snapshot.posted, "{queue:?}");
            }
        }
    });
    assert!(bus.stop(SOON).unwrap().is_drained());
    post_all(&bus, 0..5);
    for (recorder, queue) in recorders.iter().zip(at_rest(&bus).queues) {
        let missed: u64 = recorder.gaps().iter().map(Gap::events).sum();
        assert_eq!(queue.posted, 50_005);
        assert_eq!(queue.dropped.get(DropReason::Stopped), 5);
        assert_eq!((recorder.events().len() as u64, missed), (queue.delivered, queue.dropped.total() - 5));
    }
    assert_conserved(&bus);
}

#[test]
fn a_queue_that_joins_late_is_told_of_no_gap_for_what_came_before() {
    let bus = started(bus());
    let (gate, _handle) = gated(&bus, SHARED);
    post_all(&bus, 0..10);
    assert_eq!(gate.wait_entered(), 0);
    let late = Recorder::default();
    bus.add_to_management_queue(late.clone()).unwrap();
    bus.post(10_u64);
    gate.open();
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_eq!(late.told(), [Told::Event(10, 10), Told::Closed]);
    assert_eq!((queue(&bus, EXECUTOR_MANAGEMENT).posted, bus.snapshot().posted), (1, 11));
}
