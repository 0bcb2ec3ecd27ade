//! A bus from its making to its end.

use std::time::Duration;

use listener_bus::{
    APP_STATUS, AddListenerError, DropReason, Posted, SHARED, StartError, StopError, WaitError,
};

use crate::support::{
    Bus, Recorder, SHORT, SOON, Told, assert_conserved, bus, gated, post_all, queue, recorded, started,
};

#[test]
fn a_bus_counts_and_buffers_until_it_is_started_and_then_delivers() {
    let bus = bus();
    assert_eq!((bus.snapshot().posted, bus.snapshot().queues.len()), (0, 0));

    assert!((0..5_u64).all(|event| bus.post(event).is_queued()));
    assert_eq!(bus.snapshot().posted, 5);
    let waiting = bus.wait_until_empty(SHORT).unwrap_err();
    assert!(
        matches!(&waiting, WaitError::NotEmpty { queue, pending: 5, .. } if queue == "start buffer"),
        "{waiting}"
    );

    let recorder = recorded(&bus, SHARED);
    assert_eq!(recorder.told(), [], "nothing is delivered before the start");
    assert_eq!((queue(&bus, SHARED).posted, queue(&bus, SHARED).delivered), (0, 0));

    bus.start().unwrap();
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), [0, 1, 2, 3, 4]);
    let shared = queue(&bus, SHARED);
    assert_eq!((shared.posted, shared.delivered, shared.size), (5, 5, 0));
}

#[test]
fn what_is_posted_after_the_stop_is_counted_and_reaches_nobody() {
    let bus = started(bus());
    let recorder = recorded(&bus, SHARED);
    post_all(&bus, 0..5);
    let report = bus.stop(SOON).unwrap();
    assert!(report.is_drained());
    assert_eq!((report.queues[0].delivered, report.queues[0].dropped.total()), (5, 0));
    for event in 5..10_u64 {
        assert_eq!(bus.post(event), Posted::Dropped(DropReason::Stopped));
    }
    assert_eq!((recorder.events().len(), recorder.told().last()), (5, Some(&Told::Closed)));
    let shared = queue(&bus, SHARED);
    assert_eq!((shared.posted, shared.dropped.get(DropReason::Stopped)), (10, 5));
    assert_eq!(bus.snapshot().posted, 10);
    assert_conserved(&bus);
}

#[test]
fn a_bus_starts_once() {
    let bus = Bus::builder().name("once").build().unwrap();
    bus.start().unwrap();
    assert!(matches!(bus.start(), Err(StartError::AlreadyStarted { bus }) if bus == "once"));
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert!(matches!(bus.start(), Err(StartError::Stopped { bus }) if bus == "once"));
}

#[test]
fn a_stop_before_the_start_is_an_error_and_changes_nothing() {
    let bus = Bus::builder().name("unstarted").build().unwrap();
    let recorders = [SHARED, APP_STATUS].map(|queue| recorded(&bus, queue));
    post_all(&bus, [1, 2]);
    let error = bus.stop(SOON).unwrap_err();
    assert!(matches!(&error, StopError::NotStarted { bus, buffered: 2 } if bus == "unstarted"), "{error}");
    bus.start().unwrap();
    bus.wait_until_empty(SOON).unwrap();
    for recorder in recorders {
        assert_eq!(recorder.events(), [1, 2]);
    }
}

#[test]
fn every_queue_gets_what_was_posted_before_the_start_and_before_anything_newer() {
    let bus = bus();
    let early = recorded(&bus, "early");
    post_all(&bus, 0..3);
    let late = recorded(&bus, "late");
    post_all(&bus, 3..5);
    bus.start().unwrap();
    post_all(&bus, 5..7);
    bus.wait_until_empty(SOON).unwrap();
    let expected: Vec<_> = (0..7).map(|event| Told::Event(event, event)).collect();
    assert_eq!((early.told(), late.told()), (expected.clone(), expected));
}

#[test]
fn the_buffer_before_the_start_is_bounded_and_what_it_drops_is_counted_by_every_queue() {
    let bus = Bus::builder().start_buffer(3).build().unwrap();
    let recorders = [SHARED, APP_STATUS].map(|queue| recorded(&bus, queue));
    post_all(&bus, 0..3);
    assert_eq!(bus.post(3_u64), Posted::Dropped(DropReason::NotStarted));
    bus.start().unwrap();
    assert!(bus.post(4_u64).is_queued());
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(bus.snapshot().posted, 5);
    for (recorder, queue) in recorders.iter().zip(bus.snapshot().queues) {
        assert_eq!(recorder.events(), [0, 1, 2, 4]);
        assert_eq!((queue.posted, queue.dropped.get(DropReason::NotStarted)), (5, 1), "{queue:?}");
    }
    assert_conserved(&bus);
}

#[test]
fn the_start_floods_each_queue_through_its_own_bounds() {
    let bus = Bus::builder().queue("small", listener_bus::QueueOptions::new().capacity(2)).build().unwrap();
    let (gate, handle) = gated(&bus, "small");
    let other = recorded(&bus, "other");
    post_all(&bus, 0..5);
    bus.start().unwrap();
    gate.open();
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(other.events(), [0, 1, 2, 3, 4], "a queue with room gets everything");
    let small = queue(&bus, "small");
    // The first may be taken before the last is offered.
    assert!((2..=3).contains(&small.dropped.get(DropReason::Full)), "{small:?}");
    assert_conserved(&bus);
    let gated = bus.remove_listener(&handle).unwrap().wait(SOON).unwrap();
    assert_eq!(gated.seen.lock().unwrap().len() as u64, small.delivered);
}

#[test]
fn a_listener_added_after_the_start_sees_only_later_events() {
    let bus = started(bus());
    bus.post(0_u64);
    let shared = recorded(&bus, SHARED);
    bus.post(1_u64);
    bus.wait_until_empty(SOON).unwrap();
    let second = recorded(&bus, SHARED);
    let elsewhere = recorded(&bus, APP_STATUS);
    bus.post(2_u64);
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(shared.told(), [Told::Event(1, 1), Told::Event(2, 2)], "what came before is no gap");
    assert_eq!(second.told(), [Told::Event(2, 2)]);
    assert_eq!(elsewhere.told(), [Told::Event(2, 2)]);
}

#[test]
fn events_that_meet_no_queue_are_counted_and_vanish() {
    let bus = started(bus());
    assert!((0..5_u64).all(|event| bus.post(event).is_queued()));
    assert_eq!((bus.snapshot().posted, bus.snapshot().queues.len()), (5, 0));
    let recorder = recorded(&bus, SHARED);
    bus.wait_until_empty(SOON).unwrap();
    assert!(bus.stop(Duration::MAX).unwrap().is_drained());
    assert_eq!(recorder.told(), [Told::Closed]);
    assert_eq!(bus.post(5_u64), Posted::Dropped(DropReason::Stopped));
    assert_eq!((bus.snapshot().posted, queue(&bus, SHARED).posted), (6, 1));
}

#[test]
fn a_bus_stops_twice_without_harm() {
    let bus = bus();
    let recorder = recorded(&bus, SHARED);
    bus.start().unwrap();
    bus.post(0_u64);
    let first = bus.stop(SOON).unwrap();
    assert!(first.is_drained());
    assert_eq!(bus.stop(Duration::ZERO).unwrap(), first);
    assert_eq!(recorder.told(), [Told::Event(0, 0), Told::Closed], "closed once");
}

#[test]
fn after_the_stop_no_listener_can_be_added_and_every_listener_can_be_had_back() {
    let bus = Bus::builder().name("ended").build().unwrap();
    let handles = [SHARED, APP_STATUS].map(|queue| bus.add_to_queue(queue, Recorder::default()).unwrap());
    bus.start().unwrap();
    bus.post(7_u64);
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_eq!(bus.active_queues(), [""; 0]);
    for name in [SHARED, "new"] {
        let error = bus.add_to_queue(name, Recorder::default()).unwrap_err();
        let AddListenerError::Stopped { bus, queue, listener } = &error else { panic!("{error:?}") };
        assert_eq!((bus.as_str(), queue.as_str(), listener.as_str()), ("ended", name, "Recorder"));
        let message = format!("cannot add listener Recorder to queue {name}: the bus ended is stopped");
        assert_eq!(error.to_string(), message);
    }
    for handle in &handles {
        let recorder = bus.remove_listener(handle).unwrap().wait(SOON).unwrap();
        assert_eq!(recorder.told(), [Told::Event(0, 7), Told::Closed]);
        assert!(bus.remove_listener(handle).is_err(), "it has been given back");
    }
}

#[test]
fn dropping_the_last_handle_drains_every_queue_and_posters_do_not_keep_the_bus_alive() {
    let bus = bus();
    let recorders = [SHARED, APP_STATUS].map(|queue| recorded(&bus, queue));
    bus.start().unwrap();
    let poster = bus.poster();
    post_all(&bus, 0..100);
    assert!(poster.post(100_u64).is_queued());
    let weak = bus.downgrade();
    drop(bus.clone());
    assert!(weak.upgrade().is_some_and(|bus| bus.post(101_u64).is_queued()), "a handle is left");
    drop(bus);
    assert!(weak.clone().upgrade().is_none(), "nor do weak handles");
    for recorder in recorders {
        assert_eq!(recorder.events(), (0..102).collect::<Vec<_>>());
        assert_eq!(recorder.told().last(), Some(&Told::Closed));
    }
    assert_eq!(poster.post(102_u64), Posted::Dropped(DropReason::Stopped));
}

#[test]
fn dropping_a_bus_with_a_stuck_listener_takes_a_bounded_time() {
    let bus = Bus::builder().drop_timeout(SHORT).build().unwrap();
    let (gate, _handle) = gated(&bus, "stuck");
    let poster = bus.poster();
    bus.start().unwrap();
    post_all(&bus, 0..10);
    gate.wait_entered();
    drop(bus);
    assert_eq!(poster.post(10_u64), Posted::Dropped(DropReason::Stopped));
    gate.open();
}
