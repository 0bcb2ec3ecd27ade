//! Listeners that panic, and those that are removed for it.

use std::num::NonZeroU32;
use std::thread;

use crossbeam::channel::{Sender, TryRecvError, unbounded};
use listener_bus::{APP_STATUS, DropReason, EVENT_LOG, Listener, SHARED};

use crate::support::{
    Bus, Recorder, SOON, assert_conserved, at_rest, bus, post_all, queue, recorded, without_deadlock,
};

/// Panics with every event.
struct Bad;

impl Listener<u64> for Bad {
    fn on_event(&mut self, event: &u64) {
        panic!("bad event {event}");
    }
}

#[test]
fn a_panicking_listener_stays_and_hurts_neither_its_neighbours_nor_other_queues() {
    let bus = bus();
    bus.add_to_shared_queue(Bad).unwrap();
    let recorders = [SHARED, SHARED, APP_STATUS].map(|queue| recorded(&bus, queue));
    bus.start().unwrap();
    post_all(&bus, 0..5);
    bus.wait_until_empty(SOON).unwrap();
    for recorder in recorders {
        assert_eq!(recorder.events(), [0, 1, 2, 3, 4]);
    }
    let listeners = queue(&bus, SHARED).listeners;
    let panics: Vec<_> = listeners.iter().map(|listener| (listener.name.as_str(), listener.panics)).collect();
    assert_eq!(panics, [("Bad", 5), ("Recorder", 0), ("Recorder-2", 0)]);
    assert_conserved(&bus);
}

#[test]
fn a_queue_whose_last_listener_is_removed_for_its_panics_stops_and_the_others_go_on() {
    let bus = Bus::builder().remove_after_panics(NonZeroU32::new(2).unwrap()).build().unwrap();
    let bad = bus.add_to_event_log_queue(Bad).unwrap();
    let recorder = recorded(&bus, SHARED);
    post_all(&bus, 0..5);
    bus.start().unwrap();
    bus.wait_until_empty(SOON).unwrap();
    let log = at_rest(&bus).queues.remove(0);
    assert_eq!(
        (log.name.as_str(), log.delivered, log.dropped.get(DropReason::NoListener)),
        (EVENT_LOG, 2, 3)
    );
    assert_eq!(bus.active_queues(), [SHARED]);
    assert_eq!(recorder.events(), [0, 1, 2, 3, 4]);
    let _bad: Bad = bus.remove_listener(&bad).unwrap().wait(SOON).expect("it can be had back");
}

/// Panics with every event, and asks the bus something when it is let go.
struct Watched {
    bus: Bus,
    dropped: Sender<Vec<String>>,
}

impl Listener<u64> for Watched {
    fn on_event(&mut self, event: &u64) {
        panic!("bad event {event}");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _gone = self.dropped.send(self.bus.active_queues());
    }
}

/// Waits until the event log's queue has gone, and makes it anew many times over, so that the first ones are over.
#[track_caller]
fn come_back(bus: &Bus) {
    while !bus.active_queues().is_empty() {
        thread::yield_now();
    }
    let bus = bus.clone();
    without_deadlock(move || {
        for _ in 0..100 {
            let next = bus.add_to_event_log_queue(Recorder::default()).unwrap();
            drop(bus.remove_listener(&next).unwrap().wait(SOON).unwrap());
        }
    });
}

#[test]
fn a_listener_that_panicked_too_often_can_be_had_back_also_after_its_queue_has_come_back() {
    let bus = Bus::builder().remove_after_panics(NonZeroU32::MIN).build().unwrap();
    let (dropped_in, dropped) = unbounded();
    let bad = bus.add_to_event_log_queue(Watched { bus: bus.clone(), dropped: dropped_in }).unwrap();
    bus.start().unwrap();
    bus.post(0_u64);
    bus.wait_until_empty(SOON).unwrap();
    come_back(&bus);
    assert_eq!(dropped.try_recv(), Err(TryRecvError::Empty), "the bus has let it go");
    let bad = bus.remove_listener(&bad).unwrap().wait(SOON).unwrap();
    drop(bad);
    assert_eq!(dropped.try_recv(), Ok(Vec::new()));
}

#[test]
fn a_listener_that_nobody_can_ask_for_any_more_is_let_go_without_holding_up_the_bus() {
    let bus = Bus::builder().remove_after_panics(NonZeroU32::MIN).build().unwrap();
    let (dropped_in, _dropped) = unbounded();
    drop(bus.add_to_event_log_queue(Watched { bus: bus.clone(), dropped: dropped_in }).unwrap());
    bus.start().unwrap();
    bus.post(0_u64);
    bus.wait_until_empty(SOON).unwrap();
    come_back(&bus);
}
