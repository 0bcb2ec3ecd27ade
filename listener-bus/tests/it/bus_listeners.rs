//! Who is called for an event, and what listeners may do inside a callback.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam::channel::{bounded, unbounded};
use listener_bus::{
    APP_STATUS, DropReason, EVENT_LOG, EXECUTOR_MANAGEMENT, ListenerHandle, RemoveListenerError, SHARED,
    WaitError,
};

use crate::support::{Recorder, SOON, Told, assert_conserved, at_rest, bus, post_all, recorded, started};

#[test]
fn active_queues_come_and_go_with_their_listeners() {
    let bus = bus();
    let first = bus.add_to_shared_queue(Recorder::default()).unwrap();
    let second = bus.add_to_status_queue(Recorder::default()).unwrap();
    let third = bus.add_to_status_queue(Recorder::default()).unwrap();
    let listeners = || bus.snapshot().queues.iter().map(|queue| queue.listeners.len()).sum::<usize>();
    assert_eq!((bus.active_queues(), listeners()), (vec![SHARED.to_owned(), APP_STATUS.to_owned()], 3));
    for (handle, queues, left) in [
        (first, vec![APP_STATUS.to_owned()], 2),
        (second, vec![APP_STATUS.to_owned()], 1),
        (third, vec![], 0),
    ] {
        let recorder = bus.remove_listener(&handle).unwrap().wait(SOON).unwrap();
        assert_eq!(recorder.told(), [], "the bus has not been started");
        assert_eq!((bus.active_queues(), listeners()), (queues, left));
    }
}

#[test]
fn each_way_of_adding_has_its_queue() {
    let bus = bus();
    let added = [
        bus.add_to_event_log_queue(Recorder::default()).unwrap(),
        bus.add_to_management_queue(Recorder::default()).unwrap(),
        bus.add_to_status_queue(Recorder::default()).unwrap(),
        bus.add_to_shared_queue(Recorder::default()).unwrap(),
        bus.add_to_queue("streams", Recorder::default()).unwrap(),
    ];
    let expected = [EVENT_LOG, EXECUTOR_MANAGEMENT, APP_STATUS, SHARED, "streams"];
    assert_eq!(added.each_ref().map(ListenerHandle::queue_name), expected);
    assert_eq!(bus.active_queues(), expected, "in the order they were made");
    bus.start().unwrap();
    let report = bus.stop(SOON).unwrap();
    assert!(report.queues.iter().map(|queue| queue.queue.as_str()).eq(expected));
}

#[test]
fn the_same_listener_added_twice_is_called_twice_and_removed_once() {
    let bus = bus();
    let listener = Arc::new(Mutex::new(Recorder::default()));
    let first = bus.add_to_shared_queue(Arc::clone(&listener)).unwrap();
    bus.add_to_shared_queue(Arc::clone(&listener)).unwrap();
    bus.add_to_status_queue(Arc::clone(&listener)).unwrap();
    bus.start().unwrap();
    bus.post(1_u64);
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(listener.lock().unwrap().events(), [1, 1, 1]);
    drop(bus.remove_listener(&first).unwrap().wait(SOON).unwrap());
    bus.post(2_u64);
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(listener.lock().unwrap().events(), [1, 1, 1, 2, 2], "a handle stands for one of the three");
    assert!(matches!(bus.remove_listener(&first), Err(RemoveListenerError::Unknown { .. })));
}

#[test]
fn a_listener_may_remove_itself_and_its_neighbours_still_get_the_event() {
    let bus = bus();
    let before = recorded(&bus, SHARED);
    let (own_in, own) = bounded::<ListenerHandle<()>>(1);
    let (answer_in, answer) = bounded(1);
    let handle = bus.clone();
    let leaves = move |_: &u64| {
        let removal = handle.remove_listener(&own.try_recv().expect("called once")).unwrap();
        answer_in.send(removal.wait(SOON)).unwrap();
    };
    own_in.send(bus.add_to_shared_queue(leaves).unwrap().opened_by(|_| None)).unwrap();
    let behind = recorded(&bus, SHARED);
    post_all(&bus, 0..2);
    bus.start().unwrap();
    bus.wait_until_empty(SOON).unwrap();
    let answer = answer.recv_timeout(SOON).unwrap();
    assert!(matches!(answer, Err(RemoveListenerError::InsideListener { .. })), "{answer:?}");
    assert_eq!((before.events(), behind.events()), (vec![0, 1], vec![0, 1]));
}

#[test]
fn a_sole_listener_may_remove_itself_and_its_queue_stops_without_waiting_for_itself() {
    let bus = bus();
    let (own_in, own) = bounded::<ListenerHandle<()>>(1);
    let (seen_in, seen) = unbounded();
    let handle = bus.clone();
    let leaves = move |event: &u64| {
        drop(handle.remove_listener(&own.try_recv().expect("called once")).unwrap());
        seen_in.send((*event, handle.active_queues())).unwrap();
    };
    own_in.send(bus.add_to_event_log_queue(leaves).unwrap().opened_by(|_| None)).unwrap();
    let other = recorded(&bus, SHARED);
    post_all(&bus, 0..5);
    bus.start().unwrap();
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(seen.recv_timeout(SOON), Ok((0, vec![SHARED.to_owned()])));
    let log = at_rest(&bus).queues.remove(0);
    assert_eq!((log.posted, log.delivered, log.dropped.get(DropReason::NoListener)), (5, 1, 4), "{log:?}");
    assert_eq!((seen.try_iter().count(), other.events().len()), (0, 5));
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_conserved(&bus);
}

#[test]
fn a_listener_added_inside_a_callback_gets_the_next_event_and_not_this_one() {
    let bus = bus();
    let (same, elsewhere) = (Recorder::default(), Recorder::default());
    let mut added = Some((bus.clone(), same.clone(), elsewhere.clone()));
    let adds = move |_: &u64| {
        if let Some((bus, same, elsewhere)) = added.take() {
            bus.add_to_shared_queue(same).unwrap();
            bus.add_to_queue("new", elsewhere).unwrap();
        }
    };
    bus.add_to_shared_queue(adds).unwrap();
    post_all(&bus, 0..3);
    bus.start().unwrap();
    bus.wait_until_empty(SOON).unwrap();
    bus.post(3_u64);
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(same.events(), [1, 2, 3]);
    assert_eq!(elsewhere.told(), [Told::Event(3, 3)], "a new queue gets what is posted from then on");
}

#[test]
fn a_neighbour_removed_inside_a_callback_still_gets_the_current_event() {
    let bus = bus();
    let (neighbour_in, neighbour) = bounded::<ListenerHandle<Recorder>>(1);
    let handle = bus.clone();
    let takes_it_off = move |_: &u64| {
        if let Ok(neighbour) = neighbour.try_recv() {
            drop(handle.remove_listener(&neighbour).unwrap());
        }
    };
    bus.add_to_shared_queue(takes_it_off).unwrap();
    let removed = Recorder::default();
    neighbour_in.send(bus.add_to_shared_queue(removed.clone()).unwrap()).unwrap();
    let last = recorded(&bus, SHARED);
    post_all(&bus, 0..2);
    bus.start().unwrap();
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(removed.told(), [Told::Event(0, 0), Told::Closed]);
    assert_eq!(last.events(), [0, 1]);
}

#[test]
fn an_event_posted_by_a_listener_goes_to_the_end_of_every_queue() {
    let bus = bus();
    let (calls_in, calls) = unbounded();
    let poster = bus.poster();
    let echoes = move |event: &u64| {
        calls_in.send(("enters", *event)).unwrap();
        if *event == 0 {
            assert!(poster.post(100_u64).is_queued());
        }
        calls_in.send(("leaves", *event)).unwrap();
    };
    bus.add_to_shared_queue(echoes).unwrap();
    let other = recorded(&bus, APP_STATUS);
    post_all(&bus, 0..2);
    let bus = started(bus);
    bus.wait_until_empty(SOON).unwrap();
    // Once more, for what was posted after the first wait began.
    bus.wait_until_empty(SOON).unwrap();
    let expected =
        [("enters", 0), ("leaves", 0), ("enters", 1), ("leaves", 1), ("enters", 100), ("leaves", 100)];
    assert_eq!(calls.try_iter().collect::<Vec<_>>(), expected);
    assert_eq!(other.events(), [0, 1, 100]);
}

#[test]
fn a_listener_that_waits_for_its_own_bus_to_be_empty_is_told_so_at_once() {
    let bus = bus();
    recorded(&bus, SHARED);
    let (answer_in, answer) = bounded(1);
    let mut handle = Some(bus.clone());
    let waits = move |_: &u64| {
        if let Some(bus) = handle.take() {
            answer_in.send(bus.wait_until_empty(Duration::MAX)).unwrap();
        }
    };
    bus.add_to_event_log_queue(waits).unwrap();
    let bus = started(bus);
    bus.post(0_u64);
    let answer = answer.recv_timeout(SOON).unwrap();
    assert!(matches!(&answer, Err(WaitError::InsideListener { queue }) if queue == EVENT_LOG), "{answer:?}");
}
