//! Stopping a bus: from outside, from inside a listener, with listeners that are stuck.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam::channel::{bounded, unbounded};
use listener_bus::{
    APP_STATUS, AddListenerError, DropReason, EVENT_LOG, ListenerHandle, Posted, QueueEnd, QueueOptions,
    SHARED,
};

use crate::support::{
    Bus, Recorder, SHORT, SOON, Told, assert_conserved, bus, gated, latch, post_all, queue, recorded,
    started, without_deadlock,
};

#[test]
fn a_stop_waits_for_a_listener_that_is_inside_an_event() {
    let bus = bus();
    let (gate, _handle) = gated(&bus, SHARED);
    let recorder = recorded(&bus, APP_STATUS);
    bus.start().unwrap();
    post_all(&bus, 0..3);
    gate.wait_entered();
    let has_drained = AtomicBool::new(false);
    thread::scope(|scope| {
        let stopper = scope.spawn(|| {
            let report = bus.stop(SOON).unwrap();
            has_drained.store(true, Ordering::SeqCst);
            report
        });
        assert!(!has_drained.load(Ordering::SeqCst), "the listener is inside an event");
        gate.open();
        let report = stopper.join().unwrap();
        assert!(report.is_drained(), "{report:?}");
        let delivered: Vec<_> =
            report.queues.iter().map(|queue| (queue.queue.as_str(), queue.delivered)).collect();
        assert_eq!(delivered, [(SHARED, 3), (APP_STATUS, 3)]);
    });
    assert_eq!(recorder.told().last(), Some(&Told::Closed));
    assert_conserved(&bus);
}

#[test]
fn a_stop_ends_at_its_deadline_whichever_queues_are_stuck_and_names_the_stuck_listeners() {
    let bus = bus();
    let (gates, _handles): (Vec<_>, Vec<_>) =
        ["one", "two"].map(|queue| gated(&bus, queue)).into_iter().unzip();
    let free = recorded(&bus, "free");
    bus.start().unwrap();
    bus.post(0_u64);
    assert!(gates.iter().all(|gate| gate.wait_entered() == 0));
    post_all(&bus, 1..=7);
    free.wait_for(8);
    let told_in_time = bus.wait_until_empty(SHORT).unwrap_err().to_string();
    assert!(told_in_time.contains("queue one is not empty"), "{told_in_time}");

    let report = bus.stop(SHORT).unwrap();
    assert!(!report.is_drained());
    for stuck_queue in &report.queues[..2] {
        let dropped = stuck_queue.dropped.get(DropReason::Stopped);
        assert_eq!((stuck_queue.undelivered, dropped), (7, 7), "{stuck_queue:?}");
        let QueueEnd::TimedOut { stuck: Some(stuck) } = &stuck_queue.end else { panic!("{stuck_queue:?}") };
        assert_eq!(stuck.listener, "Gated");
    }
    drop(gates);
    let later = bus.stop(SOON).unwrap();
    let ends: Vec<_> = later.queues.iter().map(|queue| &queue.end).collect();
    assert_eq!(ends, [&QueueEnd::CutOff, &QueueEnd::CutOff, &QueueEnd::Drained], "a later stop sees the end");
    let delivered: Vec<_> = later.queues.iter().map(|queue| queue.delivered).collect();
    assert_eq!(delivered, [1, 1, 8], "what was reported undelivered is not delivered afterwards");
    assert_eq!(free.events().len(), 8);
    assert_conserved(&bus);
}

#[test]
fn a_full_queue_with_a_stuck_listener_neither_hangs_the_stop_nor_keeps_others_from_draining() {
    let options = QueueOptions::new().capacity(1).critical_reserve(0);
    let bus = Bus::builder().queue("full", options).build().unwrap();
    let (gate, _handle) = gated(&bus, "full");
    let (seen_in, seen) = unbounded();
    bus.add_to_queue("free", move |event: &u64| seen_in.send(*event).unwrap()).unwrap();
    bus.start().unwrap();
    bus.post(0_u64);
    gate.wait_entered();
    assert!(bus.post(1_u64).is_queued());
    assert_eq!(bus.post(2_u64), Posted::Dropped(DropReason::Full));
    (0..3).for_each(|event| assert_eq!(seen.recv_timeout(SOON), Ok(event)));
    let report = bus.stop(SHORT).unwrap();
    assert!(matches!(report.queues[0].end, QueueEnd::TimedOut { .. }), "{report:?}");
    gate.open();
    assert_eq!(bus.stop(SOON).unwrap().queues[0].end, QueueEnd::CutOff);
    assert_conserved(&bus);
}

#[test]
fn a_second_stop_waits_for_the_same_end_and_what_is_posted_meanwhile_is_counted() {
    let bus = bus();
    let (gate, _handle) = gated(&bus, SHARED);
    let poster = bus.poster();
    bus.start().unwrap();
    bus.post(0_u64);
    gate.wait_entered();
    assert!(!bus.stop(SHORT).unwrap().is_drained(), "the stop has begun");
    thread::scope(|scope| {
        let stoppers: Vec<_> = (0..3).map(|_| scope.spawn(|| bus.stop(SOON).unwrap())).collect();
        assert_eq!(bus.post(1_u64), Posted::Dropped(DropReason::Stopped));
        assert_eq!(poster.post(2_u64), Posted::Dropped(DropReason::Stopped));
        assert!(stoppers.iter().all(|stopper| !stopper.is_finished()));
        gate.open();
        for stopper in stoppers {
            assert!(stopper.join().unwrap().is_drained());
        }
    });
    let shared = queue(&bus, SHARED);
    assert_eq!((shared.posted, shared.delivered, shared.dropped.get(DropReason::Stopped)), (3, 1, 2));
    assert_eq!(bus.snapshot().posted, 3);
}

#[test]
fn a_post_that_races_with_the_stop_is_delivered_by_all_queues_or_by_none() {
    for _ in 0..100 {
        let bus = bus();
        let recorders = [SHARED, APP_STATUS, EVENT_LOG].map(|queue| recorded(&bus, queue));
        let bus = started(bus);
        let queued = thread::scope(|scope| {
            let poster = scope.spawn(|| (0..100_u64).filter(|event| bus.post(*event).is_queued()).count());
            assert!(bus.stop(SOON).unwrap().is_drained());
            poster.join().unwrap()
        });
        for recorder in recorders {
            assert_eq!(recorder.events(), (0..queued as u64).collect::<Vec<_>>());
            assert_eq!(recorder.told().last(), Some(&Told::Closed), "nothing is behind the pill");
        }
        assert_eq!(bus.snapshot().posted, 100);
        assert_conserved(&bus);
    }
}

#[test]
fn a_stop_by_a_listener_drains_the_other_queues_and_its_own_goes_on_to_deliver_the_rest() {
    let bus = bus();
    let (report_in, report) = bounded(1);
    let mut handle = Some(bus.clone());
    let stops = move |_: &u64| {
        if let Some(bus) = handle.take() {
            report_in.send(bus.stop(SOON).unwrap()).unwrap();
        }
    };
    bus.add_to_shared_queue(stops).unwrap();
    let own = recorded(&bus, SHARED);
    let others = [APP_STATUS, EVENT_LOG].map(|queue| recorded(&bus, queue));
    post_all(&bus, 1..=3);
    bus.start().unwrap();
    let report = report.recv_timeout(SOON).unwrap();
    let ends: Vec<_> = report.queues.iter().map(|queue| queue.end.clone()).collect();
    assert_eq!(ends, [QueueEnd::Draining, QueueEnd::Drained, QueueEnd::Drained]);
    for other in others {
        assert_eq!(other.events(), [1, 2, 3]);
        assert_eq!(other.told().last(), Some(&Told::Closed));
    }
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_eq!(own.events(), [1, 2, 3]);
    assert_conserved(&bus);
}

#[test]
fn a_listener_that_waits_for_a_thread_that_stops_the_bus_is_stuck_until_the_deadline() {
    let bus = bus();
    let mut handle = Some(bus.clone());
    let (report_in, report) = bounded(1);
    let stops_indirectly = move |_: &u64| {
        let Some(bus) = handle.take() else { return };
        // No queue can know that a listener waits for this thread.
        let stopped = thread::scope(|scope| scope.spawn(|| bus.stop(SHORT).unwrap()).join().unwrap());
        report_in.send(stopped).unwrap();
    };
    bus.add_to_shared_queue(stops_indirectly).unwrap();
    bus.start().unwrap();
    bus.post(1_u64);
    let report = report.recv_timeout(SOON).unwrap();
    assert!(matches!(report.queues[0].end, QueueEnd::TimedOut { .. }), "{report:?}");
    assert!(bus.stop(SOON).unwrap().is_drained());
}

#[test]
fn a_listener_that_leaves_during_a_stop_by_another_thread_deadlocks_nothing() {
    let bus = bus();
    let first = recorded(&bus, SHARED);
    let (entered_in, entered) = latch();
    let (release, released) = latch();
    let (own_in, own) = bounded::<ListenerHandle<()>>(1);
    let (seen_in, seen) = unbounded();
    let handle = bus.clone();
    let leaves_at_3 = move |event: &u64| {
        if *event == 0 {
            entered_in.send(()).unwrap();
            released.recv_timeout(SOON).unwrap();
        }
        if *event == 3 {
            drop(handle.remove_listener(&own.recv().unwrap()).unwrap());
            let refused = handle.add_to_shared_queue(Recorder::default());
            assert!(matches!(refused, Err(AddListenerError::Stopped { .. })));
            return;
        }
        seen_in.send(*event).unwrap();
    };
    let own = bus.add_to_shared_queue(leaves_at_3).unwrap();
    own_in.send(own.opened_by(|_| None)).unwrap();
    let log = recorded(&bus, EVENT_LOG);
    bus.start().unwrap();
    post_all(&bus, 0..5);
    entered.recv_timeout(SOON).unwrap();
    let stopping = bus.clone();
    let report = without_deadlock(move || {
        thread::scope(|scope| {
            let stopper = scope.spawn(|| stopping.stop(SOON).unwrap());
            while stopping.post(9_u64).is_queued() {
                thread::yield_now();
            }
            release.send(()).unwrap();
            stopper.join().unwrap()
        })
    });
    assert!(report.is_drained(), "{report:?}");
    assert_eq!(bus.active_queues(), [""; 0]);
    let seen: BTreeSet<_> = seen.try_iter().filter(|event| *event < 9).collect();
    assert_eq!(seen, BTreeSet::from([0, 1, 2]), "it left at 3");
    for recorder in [first, log] {
        let events: Vec<_> = recorder.events().into_iter().filter(|event| *event < 9).collect();
        assert_eq!(events, [0, 1, 2, 3, 4]);
    }
    assert_conserved(&bus);
}
