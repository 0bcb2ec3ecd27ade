//! Two buses in one process never meet.

use std::collections::BTreeSet;

use listener_bus::{LiveListenerBus, RemoveListenerError, SHARED};

use crate::support::{Bus, Recorder, SOON, Told, bus, gated, post_all, recorded, started};

#[test]
fn live_buses_that_were_given_no_name_have_different_ones() {
    let buses: Vec<Bus> = (0..20).map(|_| bus()).collect();
    let strings = LiveListenerBus::<String>::builder().build().unwrap();
    let names: BTreeSet<_> = buses.iter().map(Bus::name).chain([strings.name()]).collect();
    assert_eq!(names.len(), 21, "{names:?}");
    for name in names {
        let number = name.strip_prefix("listener-bus").expect("the default name");
        let is_numbered =
            number.strip_prefix('-').is_some_and(|number| number.parse::<u64>().is_ok_and(|n| n > 1));
        assert!(number.is_empty() || is_numbered, "{name}");
    }
}

#[test]
fn the_number_of_a_dropped_bus_is_given_again() {
    for _ in 0..10_000 {
        let bus = bus();
        let number = bus.name().strip_prefix("listener-bus-").map(|number| number.parse::<u64>().unwrap());
        assert!(number.is_none_or(|number| number < 1_000), "{} though few are live", bus.name());
    }
}

#[test]
fn nothing_of_one_bus_reaches_another() {
    let (one, other) = (bus(), bus());
    let recorders = [&one, &other].map(|bus| recorded(bus, SHARED));
    one.start().unwrap();
    post_all(&one, 0..3);
    assert_eq!(other.snapshot().posted, 0);
    other.start().unwrap();
    other.post(100_u64);
    assert!(one.stop(SOON).unwrap().is_drained());
    assert!(other.post(101_u64).is_queued(), "it has not been stopped");
    other.wait_until_empty(SOON).unwrap();
    assert_eq!(recorders[0].told().len(), 4);
    assert_eq!(recorders[1].told(), [Told::Event(0, 100), Told::Event(1, 101)], "with numbers of its own");
}

#[test]
fn a_listener_of_one_bus_may_stand_on_another_and_post_to_it() {
    let (one, other) = (bus(), bus());
    let recorder = recorded(&other, SHARED);
    let poster = other.poster();
    one.add_to_shared_queue(move |event: &u64| assert!(poster.post(event + 1_000).is_queued())).unwrap();
    other.start().unwrap();
    one.start().unwrap();
    post_all(&one, 0..3);
    assert!(one.stop(SOON).unwrap().is_drained());
    assert!(other.stop(SOON).unwrap().is_drained());
    assert_eq!(recorder.events(), [1_000, 1_001, 1_002]);
}

#[test]
fn a_stuck_bus_does_not_delay_another() {
    let (stuck, free) = (bus(), bus());
    let (gate, _handle) = gated(&stuck, SHARED);
    let recorder = recorded(&free, SHARED);
    let (stuck, free) = (started(stuck), started(free));
    stuck.post(0_u64);
    gate.wait_entered();
    free.post(0_u64);
    assert!(free.stop(SOON).unwrap().is_drained());
    assert_eq!(recorder.events(), [0]);
    gate.open();
}

#[test]
fn a_handle_of_one_bus_is_unknown_to_another_and_removes_nothing_there() {
    let (one, other) = (bus(), bus());
    let foreign = one.add_to_shared_queue(Recorder::default()).unwrap();
    let recorder = recorded(&other, SHARED);
    let answer = other.remove_listener(&foreign).map(|removal| removal.wait(SOON).map(drop));
    assert_eq!(other.active_queues(), [SHARED], "the other bus has lost a listener of its own: {answer:?}");
    assert!(matches!(answer, Err(RemoveListenerError::Unknown { .. })), "{answer:?}");
    let other = started(other);
    other.post(0_u64);
    other.wait_until_empty(SOON).unwrap();
    assert_eq!(recorder.events(), [0]);
}
