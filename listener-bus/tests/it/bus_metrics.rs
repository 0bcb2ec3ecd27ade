//! What a bus tells the recorder that was there when it was built.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use listener_bus::{
    APP_STATUS, BusBuilder, DropReason, EVENT_LOG, Listener, ListenerHandle, Posted, QueueOptions, SHARED,
    metrics as names,
};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::support::{Bus, SOON, at_rest, gated, post_all, started};

/// Keeps the counters of what is made inside [`Recorded::run`].
struct Recorded {
    recorder: DebuggingRecorder,
    snapshotter: Snapshotter,
    counted: Mutex<BTreeMap<Series, u64>>,
}

/// One series: its name and its labels.
type Series = (String, BTreeMap<String, String>);

impl Recorded {
    fn new() -> Self {
        let recorder = DebuggingRecorder::new();
        Self { snapshotter: recorder.snapshotter(), recorder, counted: Mutex::default() }
    }

    fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        metrics::with_local_recorder(&self.recorder, work)
    }

    fn build(&self, builder: BusBuilder<u64>) -> Bus {
        self.run(|| builder.build().unwrap())
    }

    fn counters(&self) -> BTreeMap<Series, u64> {
        let mut counted = self.counted.lock().unwrap();
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let (_, key) = key.into_parts();
            let labels = key.labels().map(|label| (label.key().to_owned(), label.value().to_owned()));
            let series = (key.name().to_owned(), labels.collect());
            if let DebugValue::Counter(since_the_last) = value {
                *counted.entry(series).or_default() += since_the_last;
            }
        }
        counted.clone()
    }

    /// The values of a label in all series of this name.
    fn labels_of(&self, name: &str, label: &str) -> BTreeSet<String> {
        let of_name = self.counters().into_keys().filter(|(series, _)| series == name);
        of_name.filter_map(|(_, mut labels)| labels.remove(label)).collect()
    }

    fn counter(&self, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
        let labels = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
        self.counters().get(&(name.to_owned(), labels)).copied()
    }

    /// Each counter of the bus and of its queues that does not say what the bus's snapshot says.
    fn untrue(&self, bus: &Bus) -> Vec<String> {
        let snapshot = at_rest(bus);
        let mut untrue = Vec::new();
        let mut check = |name: &str, labels: &[(&str, &str)], counted: u64| {
            let told = self.counter(name, labels);
            if told != Some(counted) {
                untrue.push(format!("{name} {labels:?} is {told:?} and not {counted}"));
            }
        };
        check(names::EVENTS_POSTED, &[("bus", bus.name())], snapshot.posted);
        for queue in &snapshot.queues {
            let labels = [("bus", bus.name()), ("queue", &queue.name)];
            check(names::QUEUE_EVENTS_POSTED, &labels, queue.posted);
            check(names::QUEUE_EVENTS_DELIVERED, &labels, queue.delivered);
            for reason in DropReason::ALL {
                let labels = [labels[0], labels[1], ("reason", reason.as_str())];
                check(names::QUEUE_EVENTS_DROPPED, &labels, queue.dropped.get(reason));
            }
        }
        untrue
    }
}

/// Asserts that each counter of each queue says what the bus's snapshot says.
#[track_caller]
fn assert_told(recorded: &Recorded, bus: &Bus) {
    let untrue = recorded.untrue(bus);
    assert!(untrue.is_empty(), "{untrue:#?}");
}

/// As [`assert_told`], once whoever is about to tell has told.
#[track_caller]
fn wait_until_told(recorded: &Recorded, bus: &Bus) {
    let deadline = Instant::now() + SOON;
    while !recorded.untrue(bus).is_empty() && Instant::now() < deadline {
        thread::yield_now();
    }
    assert_told(recorded, bus);
}

#[test]
fn after_a_stop_the_counters_are_the_snapshots_of_each_queue() {
    let recorded = Recorded::new();
    let small = QueueOptions::new().capacity(2);
    let bus = recorded.build(Bus::builder().name("counted").queue(EVENT_LOG, small));
    let (gates, _handles): (Vec<_>, Vec<_>) =
        recorded.run(|| [SHARED, EVENT_LOG].map(|queue| gated(&bus, queue))).into_iter().unzip();
    post_all(&bus, 0..3);
    let bus = started(bus);
    assert!(gates.iter().all(|gate| gate.wait_entered() == 0));
    post_all(&bus, 3..10);
    drop(gates);
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_told(&recorded, &bus);
    post_all(&bus, 10..13);
    assert_eq!(bus.snapshot().queues[1].dropped.get(DropReason::Stopped), 3);
    assert_told(&recorded, &bus);
}

#[test]
fn a_queue_that_comes_back_under_its_name_goes_on_in_its_series() {
    let recorded = Recorded::new();
    let bus = recorded.build(Bus::builder().name("back"));
    recorded.run(|| bus.add_to_shared_queue(|_: &u64| ()).map(drop)).unwrap();
    let bus = started(bus);
    for _ in 0..3 {
        let (gate, handle) = recorded.run(|| gated(&bus, EVENT_LOG));
        bus.post(0_u64);
        gate.wait_entered();
        post_all(&bus, 1..=4);
        let removal = bus.remove_listener(&handle).unwrap();
        gate.open();
        drop(removal.wait(SOON).unwrap());
    }
    at_rest(&bus);
    let (gate, _handle) = recorded.run(|| gated(&bus, EVENT_LOG));
    gate.open();
    bus.post(5_u64);
    assert!(bus.stop(SOON).unwrap().is_drained());
    let log = &bus.snapshot().queues[1];
    assert_eq!((log.posted, log.delivered, log.dropped.get(DropReason::NoListener)), (16, 4, 12));
    // The threads of the queues before it tell their last when they end, which nobody waits for.
    wait_until_told(&recorded, &bus);
    assert_eq!(recorded.labels_of(names::QUEUE_EVENTS_POSTED, "queue").len(), 2);
    assert_eq!(
        recorded.labels_of(names::LISTENER_PANICS, "listener").len(),
        2,
        "no series for each coming back"
    );
}

/// A listener of this name.
struct Named(&'static str);

impl Listener<u64> for Named {
    fn name(&self) -> Cow<'static, str> {
        self.0.into()
    }

    fn on_event(&mut self, _: &u64) {}
}

#[test]
fn listeners_beyond_the_cap_share_the_label_other_whatever_their_queue() {
    let recorded = Recorded::new();
    let bus = recorded.build(Bus::builder().name("capped").timed_listeners(2));
    let places = [(SHARED, "a"), (APP_STATUS, "b"), (SHARED, "c"), (EVENT_LOG, "d"), (SHARED, "a")];
    let handles = recorded.run(|| places.map(|(queue, name)| bus.add_to_queue(queue, Named(name)).unwrap()));
    let handles = handles.each_ref().map(ListenerHandle::listener_name);
    assert_eq!(handles, ["a", "b", "c", "d", "a-2"], "elsewhere each has a name of its own");
    let told: BTreeSet<_> = recorded
        .counters()
        .into_keys()
        .filter(|(name, _)| name == names::LISTENER_PANICS)
        .map(|(_, labels)| (labels["queue"].clone(), labels["listener"].clone()))
        .collect();
    let expected = [(APP_STATUS, "b"), (EVENT_LOG, "other"), (SHARED, "a"), (SHARED, "other")];
    assert!(
        told.iter().map(|(queue, listener)| (queue.as_str(), listener.as_str())).eq(expected),
        "{told:?}"
    );
    let bus = started(bus);
    bus.post(1_u64);
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_told(&recorded, &bus);
}

#[test]
fn a_cap_of_none_gives_no_listener_a_label() {
    let recorded = Recorded::new();
    let bus = recorded.build(Bus::builder().timed_listeners(0));
    recorded.run(|| ["a", "b"].map(|name| bus.add_to_shared_queue(Named(name)).unwrap()));
    assert_eq!(recorded.labels_of(names::LISTENER_PANICS, "listener"), BTreeSet::from(["other".to_owned()]));
}

#[test]
fn the_metrics_of_two_buses_in_one_process_do_not_collide() {
    let recorded = Recorded::new();
    let buses = [(); 2].map(|()| recorded.build(Bus::builder()));
    for (bus, events) in buses.iter().zip([3, 5]) {
        recorded.run(|| bus.add_to_shared_queue(|_: &u64| ()).map(drop)).unwrap();
        bus.start().unwrap();
        post_all(bus, 0..events);
    }
    for bus in &buses {
        assert!(bus.stop(SOON).unwrap().is_drained());
        assert_told(&recorded, bus);
    }
    let posted = buses.each_ref().map(|bus| recorded.counter(names::EVENTS_POSTED, &[("bus", bus.name())]));
    assert_eq!(posted, [Some(3), Some(5)]);
}

#[test]
fn queues_and_listeners_are_recorded_where_they_are_added() {
    let recorded = Recorded::new();
    let bus = recorded.build(Bus::builder().name("elsewhere"));
    recorded.run(|| bus.add_to_shared_queue(Named("counter")).unwrap());
    let bus = started(bus);
    bus.post(1_u64);
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_told(&recorded, &bus);
}

#[test]
fn what_is_posted_to_a_stopped_bus_that_has_lost_its_queues_is_told_too() {
    let recorded = Recorded::new();
    let bus = started(recorded.build(Bus::builder().name("lost")));
    let only = recorded.run(|| bus.add_to_shared_queue(Named("only")).unwrap());
    bus.post(0_u64);
    bus.wait_until_empty(SOON).unwrap();
    wait_until_told(&recorded, &bus);
    let _only: Named = bus.remove_listener(&only).unwrap().wait(SOON).unwrap();
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_eq!(bus.post(1_u64), Posted::Dropped(DropReason::Stopped));
    assert_told(&recorded, &bus);
}
