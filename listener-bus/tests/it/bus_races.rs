//! Calls that meet.

use std::sync::{Arc, Barrier};
use std::thread;

use crossbeam::channel::bounded;
use listener_bus::{APP_STATUS, AddListenerError, QueueEnd, SHARED, StartError};

use crate::support::{
    Recorder, SOON, Told, assert_conserved, at_rest, bus, latch, post_all, recorded, started,
};

#[test]
fn a_listener_added_while_the_last_one_leaves_is_on_an_active_queue() {
    let bus = bus();
    recorded(&bus, APP_STATUS);
    let bus = started(bus);
    for round in 0..2_000 {
        let last = bus.add_to_shared_queue(Recorder::default()).unwrap();
        let barrier = Barrier::new(2);
        let added = thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                drop(bus.remove_listener(&last).unwrap());
            });
            barrier.wait();
            bus.add_to_shared_queue(Recorder::default()).unwrap()
        });
        assert_eq!(bus.active_queues().len(), 2, "round {round}: the queue has gone with a listener on it");
        bus.post(round);
        bus.wait_until_empty(SOON).unwrap();
        let recorder = bus.remove_listener(&added).unwrap().wait(SOON).unwrap();
        assert_eq!(recorder.events(), [round]);
    }
    at_rest(&bus);
    assert_conserved(&bus);
}

#[test]
fn a_queue_made_while_the_bus_starts_hears_of_everything_from_some_number_on() {
    for _ in 0..200 {
        let bus = bus();
        let early = recorded(&bus, SHARED);
        post_all(&bus, 0..50);
        let barrier = Barrier::new(3);
        let late = thread::scope(|scope| {
            scope.spawn(|| {
                barrier.wait();
                post_all(&bus, 50..100);
            });
            let adder = scope.spawn(|| {
                barrier.wait();
                recorded(&bus, APP_STATUS)
            });
            barrier.wait();
            bus.start().unwrap();
            adder.join().unwrap()
        });
        bus.post(100_u64);
        assert!(bus.stop(SOON).unwrap().is_drained());
        let all: Vec<_> = (0..=100).map(|event| Told::Event(event, event)).chain([Told::Closed]).collect();
        assert_eq!(early.told(), all);
        let late = late.told();
        assert!(late.len() >= 2 && all.ends_with(&late), "{late:?}");
        assert_conserved(&bus);
    }
}

#[test]
fn of_many_starts_at_once_one_succeeds() {
    for _ in 0..100 {
        let bus = bus();
        let recorder = recorded(&bus, SHARED);
        bus.post(0_u64);
        let barrier = Barrier::new(4);
        let start = || {
            barrier.wait();
            bus.start()
        };
        let starts = thread::scope(|scope| {
            let starters = [(); 4].map(|()| scope.spawn(start));
            starters.map(|starter| starter.join().unwrap())
        });
        let (started, refused): (Vec<_>, Vec<_>) = starts.into_iter().partition(Result::is_ok);
        assert_eq!(started.len(), 1);
        assert!(refused.iter().all(|start| matches!(start, Err(StartError::AlreadyStarted { .. }))));
        assert!(bus.stop(SOON).unwrap().is_drained());
        assert_eq!(recorder.told(), [Told::Event(0, 0), Told::Closed]);
    }
}

#[test]
fn a_listener_added_while_the_bus_stops_is_refused_or_closed_by_the_stop() {
    for round in 0..200 {
        let bus = started(bus());
        recorded(&bus, SHARED);
        let name = if round % 2 == 0 { SHARED } else { APP_STATUS };
        let barrier = Barrier::new(2);
        let added = thread::scope(|scope| {
            let adder = scope.spawn(|| {
                barrier.wait();
                bus.add_to_queue(name, Recorder::default())
            });
            barrier.wait();
            assert!(bus.stop(SOON).unwrap().is_drained());
            adder.join().unwrap()
        });
        match added {
            Ok(handle) => {
                let recorder = bus.remove_listener(&handle).unwrap().wait(SOON).unwrap();
                assert_eq!(recorder.told(), [Told::Closed]);
            }
            Err(error) => assert!(matches!(error, AddListenerError::Stopped { .. }), "{error:?}"),
        }
        assert!(bus.stop(SOON).unwrap().is_drained());
    }
}

#[test]
fn a_listener_removed_while_the_bus_stops_comes_back_closed_once() {
    for _ in 0..200 {
        let bus = bus();
        let keeper = recorded(&bus, SHARED);
        let handles = [SHARED, APP_STATUS].map(|queue| bus.add_to_queue(queue, Recorder::default()).unwrap());
        bus.start().unwrap();
        post_all(&bus, 0..20);
        let barrier = Barrier::new(2);
        let recorders = thread::scope(|scope| {
            let remover = scope.spawn(|| {
                barrier.wait();
                handles.each_ref().map(|handle| bus.remove_listener(handle).unwrap().wait(SOON).unwrap())
            });
            barrier.wait();
            assert!(bus.stop(SOON).unwrap().is_drained());
            remover.join().unwrap()
        });
        for recorder in recorders {
            let events = recorder.events();
            assert!((0..20).collect::<Vec<_>>().starts_with(&events), "{events:?}");
            assert_eq!(
                (recorder.told().len(), recorder.told().last()),
                (events.len() + 1, Some(&Told::Closed))
            );
        }
        assert_eq!(keeper.events().len(), 20);
        at_rest(&bus);
        assert_conserved(&bus);
    }
}

#[test]
fn two_listeners_that_stop_the_bus_at_once_do_not_wait_for_each_other() {
    let bus = bus();
    let barrier = Arc::new(Barrier::new(2));
    let (report_in, report) = bounded(2);
    for queue in [SHARED, APP_STATUS] {
        let (mut handle, barrier, report_in) = (Some(bus.clone()), Arc::clone(&barrier), report_in.clone());
        let stops = move |_: &u64| {
            if let Some(bus) = handle.take() {
                barrier.wait();
                report_in.send((queue, bus.stop(SOON).unwrap())).unwrap();
            }
        };
        bus.add_to_queue(queue, stops).unwrap();
    }
    let recorders = [SHARED, APP_STATUS].map(|queue| recorded(&bus, queue));
    post_all(&bus, 0..3);
    bus.start().unwrap();
    for _ in 0..2 {
        let (queue, report) = report.recv_timeout(2 * SOON).unwrap();
        let has_waited = report.queues.iter().any(|queue| matches!(queue.end, QueueEnd::TimedOut { .. }));
        assert!(!has_waited, "the listener of {queue} has waited for the other one: {report:?}");
    }
    assert!(bus.stop(SOON).unwrap().is_drained());
    for recorder in recorders {
        assert_eq!(recorder.events(), [0, 1, 2]);
    }
}

#[test]
fn the_last_handle_may_be_dropped_by_a_listener_and_every_queue_still_delivers() {
    let bus = bus();
    let (handle_in, handle) = bounded(1);
    let (dropped_in, dropped) = latch();
    let drops_the_bus = move |_: &u64| {
        if let Ok(bus) = handle.recv_timeout(SOON) {
            drop::<crate::support::Bus>(bus);
            dropped_in.send(()).unwrap();
        }
    };
    bus.add_to_shared_queue(drops_the_bus).unwrap();
    let other = recorded(&bus, APP_STATUS);
    bus.post(0_u64);
    bus.start().unwrap();
    handle_in.send(bus).unwrap();
    drop(handle_in);
    dropped.recv_timeout(SOON).expect("the drop does not wait for its own thread");
    assert_eq!(other.told(), [Told::Event(0, 0), Told::Closed]);
}
