//! Taking listeners off, the last one of a queue among them.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::thread;

use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use listener_bus::{DropReason, EVENT_LOG, Listener, RemoveListenerError, SHARED};

use crate::support::{
    Recorder, SHORT, SOON, Told, assert_conserved, at_rest, bus, gated, latch, post_all, queue, recorded,
    started, without_deadlock,
};

#[test]
fn when_the_sole_listener_leaves_the_rest_of_its_queue_is_counted_as_no_listener() {
    let bus = bus();
    let (gate, handle) = gated(&bus, EVENT_LOG);
    let other = recorded(&bus, SHARED);
    bus.start().unwrap();
    bus.post(1_u64);
    assert_eq!(gate.wait_entered(), 1);
    post_all(&bus, 2..=5);
    let removal = bus.remove_listener(&handle).unwrap();
    assert_eq!(bus.active_queues(), [SHARED]);
    bus.post(6_u64);
    let log = queue(&bus, EVENT_LOG);
    assert_eq!((log.posted, log.delivered, log.dropped.get(DropReason::NoListener)), (5, 0, 4), "{log:?}");
    let error = removal.wait(SHORT).err().unwrap();
    assert!(matches!(error, RemoveListenerError::StillInside { .. }), "{error}");
    gate.open();
    let gated = removal.wait(SOON).unwrap();
    assert_eq!(*gated.seen.lock().unwrap(), [1], "only the event it was inside");
    assert_eq!(at_rest(&bus).queues[0].delivered, 1);
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(other.events(), [1, 2, 3, 4, 5, 6]);
    assert_conserved(&bus);
}

#[test]
fn a_queue_that_comes_back_under_its_name_goes_on_counting() {
    let bus = bus();
    let keeper = recorded(&bus, SHARED);
    bus.start().unwrap();
    for round in 1..=3 {
        let (gate, handle) = gated(&bus, EVENT_LOG);
        assert_eq!(bus.active_queues(), [SHARED, EVENT_LOG]);
        bus.post(0_u64);
        gate.wait_entered();
        post_all(&bus, 1..=4);
        let removal = bus.remove_listener(&handle).unwrap();
        gate.open();
        drop(removal.wait(SOON).unwrap());
        // Nobody listens there: not counted.
        bus.post(5_u64);
        let snapshot = at_rest(&bus);
        assert_eq!(snapshot.queues.len(), 2, "one entry a name");
        let log = &snapshot.queues[1];
        let counted = (log.posted, log.delivered, log.dropped.get(DropReason::NoListener));
        assert_eq!(counted, (5 * round, round, 4 * round), "{log:?}");
        assert_eq!((log.size, snapshot.posted), (0, 6 * round));
    }
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(keeper.events().len(), 18);
    assert_conserved(&bus);
}

#[test]
fn a_queue_that_comes_back_while_the_old_listener_is_still_inside_an_event_is_another_queue() {
    let bus = bus();
    let (gate, old) = gated(&bus, EVENT_LOG);
    bus.start().unwrap();
    bus.post(0_u64);
    gate.wait_entered();
    let removal = bus.remove_listener(&old).unwrap();
    let new = recorded(&bus, EVENT_LOG);
    bus.post(1_u64);
    bus.wait_until_empty(SOON).unwrap();
    assert_eq!(new.told(), [Told::Event(1, 1)], "it does not wait for the old one");
    assert_eq!((queue(&bus, EVENT_LOG).posted, queue(&bus, EVENT_LOG).pending()), (2, 1));
    gate.open();
    drop(removal.wait(SOON).unwrap());
    let log = at_rest(&bus).queues.remove(0);
    assert_eq!((log.posted, log.delivered, log.dropped.total()), (2, 2, 0));
    assert!(matches!(bus.remove_listener(&old), Err(RemoveListenerError::Unknown { .. })));
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_conserved(&bus);
}

#[test]
fn a_removal_that_waits_for_a_listener_blocks_none_of_that_listeners_own_calls() {
    let bus = bus();
    let (entered_in, entered) = latch();
    let (release, released) = latch();
    let neighbour = bus.add_to_shared_queue(Recorder::default()).unwrap();
    let handle = bus.clone();
    let calls_the_bus = move |event: &u64| {
        if *event > 0 {
            return;
        }
        entered_in.send(()).unwrap();
        released.recv_timeout(SOON).unwrap();
        assert_eq!(handle.active_queues(), [SHARED]);
        handle.add_to_shared_queue(Recorder::default()).unwrap();
        handle.add_to_event_log_queue(Recorder::default()).unwrap();
        drop(handle.remove_listener(&neighbour).unwrap());
        assert!(handle.post(1_u64).is_queued());
        assert_eq!(handle.snapshot().posted, 2);
        assert_eq!(handle.queue_capacity(SHARED), Some(listener_bus::DEFAULT_CAPACITY));
    };
    let held = bus.add_to_shared_queue(calls_the_bus).unwrap();
    let bus = started(bus);
    bus.post(0_u64);
    entered.recv_timeout(SOON).unwrap();
    let removal = bus.remove_listener(&held).unwrap();
    let (waits_in, waits) = latch();
    let panics = without_deadlock(move || {
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                waits_in.send(()).unwrap();
                removal.wait(SOON)
            });
            waits.recv_timeout(SOON).unwrap();
            release.send(()).unwrap();
            drop(waiter.join().unwrap().expect("it comes back"));
        });
        bus.wait_until_empty(SOON).unwrap();
        assert_eq!(bus.active_queues(), [SHARED, EVENT_LOG]);
        assert!(bus.stop(SOON).unwrap().is_drained());
        queue(&bus, SHARED)
    });
    assert_eq!((panics.delivered, panics.listeners.len()), (2, 1), "{panics:?}");
}

/// A listener whose name and events are told by others.
struct Slow {
    asked: Sender<()>,
    name: Receiver<&'static str>,
}

impl Listener<u64> for Slow {
    fn name(&self) -> Cow<'static, str> {
        let _gone = self.asked.send(());
        self.name.recv_timeout(SOON).map_or(Cow::Borrowed("late"), Cow::Borrowed)
    }

    fn on_event(&mut self, _: &u64) {}
}

#[test]
fn a_listener_that_takes_long_to_say_its_name_blocks_no_other_call() {
    let bus = started(bus());
    let (asked_in, asked) = unbounded();
    let (name_in, name) = unbounded();
    thread::scope(|scope| {
        let adder = scope.spawn(|| bus.add_to_shared_queue(Slow { asked: asked_in, name }).unwrap());
        asked.recv_timeout(SOON).unwrap();
        let other = bus.clone();
        let (active_in, active) = bounded(1);
        let asks = move || drop(active_in.send(other.active_queues()));
        thread::Builder::new().spawn(asks).unwrap();
        let answer = active.recv_timeout(SOON / 2);
        name_in.send("slow").unwrap();
        assert_eq!(adder.join().unwrap().listener_name(), "slow");
        assert!(answer.is_ok(), "the bus is locked while a listener's code runs");
    });
}

/// A listener that others hold too, and that says when it is about to be asked for its name.
#[derive(Clone)]
struct Asked<L> {
    asked: Sender<()>,
    listener: Arc<Mutex<L>>,
}

impl<L: Listener<u64>> Listener<u64> for Asked<L> {
    fn name(&self) -> Cow<'static, str> {
        self.asked.send(()).unwrap();
        self.listener.name()
    }

    fn on_event(&mut self, event: &u64) {
        self.listener.on_event(event);
    }
}

#[test]
fn a_shared_listener_may_call_the_bus_while_it_is_added_to_another_queue() {
    let bus = bus();
    let (entered_in, entered) = latch();
    let (release, released) = latch();
    let handle = bus.clone();
    let calls_the_bus = move |_: &u64| {
        entered_in.send(()).unwrap();
        released.recv_timeout(SOON).unwrap();
        handle.active_queues();
    };
    let (asked_in, asked) = unbounded();
    let listener = Asked { asked: asked_in, listener: Arc::new(Mutex::new(calls_the_bus)) };
    bus.add_to_shared_queue(listener.clone()).unwrap();
    let bus = started(bus);
    bus.post(0_u64);
    asked.recv_timeout(SOON).unwrap();
    entered.recv_timeout(SOON).unwrap();
    // Its name can be had once the event is over, and the event is over once the bus has answered.
    let adder = bus.clone();
    let adds = move || drop(adder.add_to_event_log_queue(listener));
    thread::Builder::new().spawn(adds).unwrap();
    asked.recv_timeout(SOON).unwrap();
    release.send(()).unwrap();
    bus.wait_until_empty(SOON).expect("the bus answers");
}
