//! How much waits in which queue, and what a full one means for the others.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam::channel::unbounded;
use listener_bus::{
    APP_STATUS, BuildError, DEFAULT_CAPACITY, DropReason, EVENT_LOG, OptionsError, Overflow, Posted,
    QueueOptions, SHARED,
};

use crate::support::{Bus, SHORT, SOON, assert_conserved, gated, post_all, queue, recorded, started};

#[test]
fn a_full_queue_drops_and_counts_as_sparks_does() {
    let bus = Bus::builder().capacity(1).critical_reserve(0).build().unwrap();
    let (gate, _handle) = gated(&bus, SHARED);
    let bus = started(bus);
    let sizes = || (queue(&bus, SHARED).size, queue(&bus, SHARED).dropped.total());
    assert_eq!(bus.post(1_u64), Posted::Queued);
    assert_eq!((gate.wait_entered(), sizes()), (1, (0, 0)));
    assert_eq!(bus.post(2_u64), Posted::Queued);
    assert_eq!(sizes(), (1, 0));
    assert_eq!(bus.post(3_u64), Posted::Dropped(DropReason::Full));
    assert_eq!(sizes(), (1, 1));
    gate.release(2);
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_conserved(&bus);
}

#[test]
fn each_queue_has_the_capacity_set_for_its_name_and_else_the_buses() {
    let bus = Bus::builder()
        .capacity(5)
        .queue(SHARED, QueueOptions::new().capacity(1))
        .queue(EVENT_LOG, QueueOptions::new().capacity(2))
        .build()
        .unwrap();
    let names = [SHARED, APP_STATUS, EVENT_LOG];
    assert_eq!(bus.queue_capacity(SHARED), None, "it is not made yet");
    let (gates, _handles): (Vec<_>, Vec<_>) = names.map(|name| gated(&bus, name)).into_iter().unzip();
    assert_eq!(names.map(|name| bus.queue_capacity(name)), [Some(1), Some(5), Some(2)]);
    assert_eq!(names.map(|name| queue(&bus, name).capacity), [1, 5, 2]);
    let bus = started(bus);
    bus.post(0_u64);
    assert!(gates.iter().all(|gate| gate.wait_entered() == 0));
    post_all(&bus, 1..=10);
    assert_eq!(names.map(|name| queue(&bus, name).size), [1, 5, 2], "honoured exactly");
    assert_eq!(names.map(|name| queue(&bus, name).dropped.get(DropReason::Full)), [9, 5, 8]);
    drop(gates);
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_conserved(&bus);
}

#[test]
fn a_capacity_of_any_size_is_honoured_exactly() {
    for capacity in [1, 2, 3, 5, 7, 63, 64, 65, 100, 1_000] {
        let bus = Bus::builder().capacity(capacity).build().unwrap();
        let (gate, _handle) = gated(&bus, SHARED);
        let bus = started(bus);
        bus.post(0_u64);
        gate.wait_entered();
        let taken = (0..2 * capacity).filter(|_| bus.post(1_u64).is_queued()).count();
        assert_eq!((taken, queue(&bus, SHARED).size), (capacity, capacity));
        gate.open();
        assert!(bus.stop(SOON).unwrap().is_drained());
        assert_conserved(&bus);
    }
}

#[test]
fn no_capacity_is_an_error_of_the_build_that_names_the_queue() {
    for (builder, name) in [
        (Bus::builder().capacity(0), "default"),
        (Bus::builder().queue(SHARED, QueueOptions::new().capacity(0)), SHARED),
        (Bus::builder().capacity(0).queue(SHARED, QueueOptions::new().capacity(0)), "default"),
    ] {
        let error = builder.build().unwrap_err();
        let BuildError::Queue(OptionsError::ZeroCapacity { queue }) = &error else { panic!("{error:?}") };
        assert_eq!(queue, name);
        let message = format!("capacity of event queue {name} must be greater than 0, but 0 is configured");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_stuck_listener_delays_and_drops_nothing_on_another_queue() {
    let events = 2 * DEFAULT_CAPACITY as u64;
    let bus = Bus::builder().queue("stuck", QueueOptions::new().capacity(1)).build().unwrap();
    let (gate, _handle) = gated(&bus, "stuck");
    let (seen_in, seen) = unbounded();
    bus.add_to_shared_queue(move |event: &u64| seen_in.send(*event).unwrap()).unwrap();
    let bus = started(bus);
    bus.post(0_u64);
    assert_eq!((gate.wait_entered(), seen.recv_timeout(SOON)), (0, Ok(0)));
    // One at a time, so that the free queue cannot be full whatever the threads' pace.
    for event in 1..events {
        bus.post(event);
        assert_eq!(seen.recv_timeout(SOON), Ok(event), "the other queue is stuck");
    }
    let (stuck, free) = (queue(&bus, "stuck"), queue(&bus, SHARED));
    assert_eq!((stuck.delivered, stuck.size, stuck.dropped.get(DropReason::Full)), (0, 1, events - 2));
    assert_eq!((free.posted, free.dropped.total()), (events, 0));
    gate.open();
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_conserved(&bus);
}

#[test]
fn a_post_says_that_some_queue_has_dropped_the_event_and_the_others_have_it_all_the_same() {
    let bus = Bus::builder()
        .queue("newest", QueueOptions::new().capacity(1))
        .queue("oldest", QueueOptions::new().capacity(1).overflow(Overflow::DropOldest))
        .queue("blocks", QueueOptions::new().capacity(1).overflow(Overflow::Block { at_most: SHORT }))
        .build()
        .unwrap();
    let names = ["newest", "oldest", "blocks"];
    let (gates, handles): (Vec<_>, Vec<_>) = names.map(|name| gated(&bus, name)).into_iter().unzip();
    let free = recorded(&bus, "free");
    let bus = started(bus);
    bus.post(0_u64);
    assert!(gates.iter().all(|gate| gate.wait_entered() == 0));
    assert!(bus.post(1_u64).is_queued());
    assert_eq!(
        bus.post(2_u64),
        Posted::Dropped(DropReason::Full),
        "the first queue that has dropped it tells why"
    );
    drop(gates);
    assert!(bus.stop(SOON).unwrap().is_drained());
    let seen = handles.iter().map(|handle| {
        let returned = bus.remove_listener(handle).unwrap().wait(SOON).unwrap();
        Arc::try_unwrap(returned.seen).expect("nobody else looks").into_inner().unwrap()
    });
    assert_eq!(seen.collect::<Vec<_>>(), [[0, 1], [0, 2], [0, 1]]);
    let dropped = names.map(|name| queue(&bus, name).dropped.iter().collect::<Vec<_>>());
    let reasons = [DropReason::Full, DropReason::Evicted, DropReason::TimedOut];
    assert_eq!(dropped, reasons.map(|reason| vec![(reason, 1)]));
    assert_eq!(free.events(), [0, 1, 2]);
    assert_conserved(&bus);
}

#[test]
fn a_post_waits_for_the_queue_that_blocks_and_try_post_does_not() {
    let blocks = QueueOptions::new().capacity(1).overflow(Overflow::Block { at_most: SOON });
    let bus = Bus::builder().queue("blocks", blocks).build().unwrap();
    let (gate, _handle) = gated(&bus, "blocks");
    let free = recorded(&bus, "free");
    let bus = started(bus);
    bus.post(0_u64);
    gate.wait_entered();
    assert!(bus.post(1_u64).is_queued());
    assert_eq!(bus.try_post(2_u64), Posted::Dropped(DropReason::TimedOut));
    thread::scope(|scope| {
        let poster = scope.spawn(|| bus.post(3_u64));
        gate.release(1);
        assert_eq!(gate.wait_entered(), 1);
        assert_eq!(poster.join().unwrap(), Posted::Queued);
    });
    gate.open();
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_eq!(free.events(), [0, 1, 2, 3]);
    assert_conserved(&bus);
}

#[test]
fn a_queue_never_shows_more_events_waiting_than_its_capacity() {
    let overflows = [Overflow::DropNewest, Overflow::DropOldest, Overflow::Block { at_most: Duration::ZERO }];
    for overflow in overflows {
        let bus = Bus::builder().capacity(7).overflow(overflow).build().unwrap();
        bus.add_to_shared_queue(|_: &u64| ()).unwrap();
        let bus = started(bus);
        thread::scope(|scope| {
            let poster = scope.spawn(|| post_all(&bus, 0..50_000));
            while !poster.is_finished() {
                let shared = queue(&bus, SHARED);
                assert!(shared.size <= 7, "{overflow:?}: {shared:?}");
            }
        });
        assert!(bus.stop(SOON).unwrap().is_drained());
        assert_conserved(&bus);
    }
}
