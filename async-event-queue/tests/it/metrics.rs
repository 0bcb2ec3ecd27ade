use std::collections::BTreeMap;
use std::time::Duration;

use async_event_queue::{AsyncEventQueue, Feed, FeedOptions, Listener, QueueOptions, metrics as names};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::support::{Gate, SOON, post_all, started};

/// Series by name and labels.
type Series = BTreeMap<String, DebugValue>;

struct Recorded {
    recorder: DebuggingRecorder,
    snapshotter: Snapshotter,
}

impl Recorded {
    fn new() -> Self {
        let recorder = DebuggingRecorder::new();
        Self { snapshotter: recorder.snapshotter(), recorder }
    }

    fn build<T>(&self, build: impl FnOnce() -> T) -> T {
        metrics::with_local_recorder(&self.recorder, build)
    }

    fn series(&self) -> Series {
        let mut series = Series::new();
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let (_, key) = key.into_parts();
            let mut labels: Vec<_> =
                key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
            labels.sort();
            series.insert(format!("{}{{{}}}", key.name(), labels.join(",")), value);
        }
        series
    }
}

fn counter(series: &Series, name: &str, labels: &str) -> u64 {
    match series.get(&format!("{name}{{{labels}}}")) {
        Some(DebugValue::Counter(value)) => *value,
        other => panic!("{name}{{{labels}}} is {other:?} in {:#?}", series.keys()),
    }
}

fn gauge(series: &Series, name: &str, labels: &str) -> f64 {
    match series.get(&format!("{name}{{{labels}}}")) {
        Some(DebugValue::Gauge(value)) => value.into_inner(),
        other => panic!("{name}{{{labels}}} is {other:?} in {:#?}", series.keys()),
    }
}

#[test]
fn after_a_stop_the_metrics_are_the_queues_own_counts() {
    let recorded = Recorded::new();
    let queue = recorded.build(|| AsyncEventQueue::builder("counted").capacity(3).build().unwrap());
    let (gate, gated) = Gate::new();
    recorded.build(|| queue.add_listener(gated).unwrap());
    let queue = started(queue);
    queue.post(0);
    gate.wait_entered();
    post_all(&queue, 1..=10);
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    queue.post(11);
    let series = recorded.series();
    assert_eq!(counter(&series, names::EVENTS_POSTED, "bus=counted"), 12);
    let labels = "bus=counted,queue=counted";
    assert_eq!(counter(&series, names::QUEUE_EVENTS_POSTED, labels), 12);
    assert_eq!(counter(&series, names::QUEUE_EVENTS_DELIVERED, labels), 4);
    let dropped =
        |reason| counter(&series, names::QUEUE_EVENTS_DROPPED, &format!("{labels},reason={reason}"));
    assert_eq!((dropped("full"), dropped("stopped"), dropped("evicted")), (7, 1, 0));
    assert!((gauge(&series, names::QUEUE_CAPACITY, labels) - 3.0).abs() < f64::EPSILON);
    assert!(gauge(&series, names::QUEUE_SIZE, labels).abs() < f64::EPSILON);
}

#[test]
fn a_stuck_listener_shows_in_its_gauge_while_it_is_stuck() {
    let recorded = Recorded::new();
    let queue = recorded.build(|| {
        AsyncEventQueue::builder("gauge").slow_event_threshold(Duration::from_millis(8)).build().unwrap()
    });
    let (gate, gated) = Gate::new();
    recorded.build(|| queue.add_listener(gated).unwrap());
    let queue = started(queue);
    queue.post(1);
    gate.wait_entered();
    let labels = "bus=gauge,listener=Gated,queue=gauge";
    let wait_for = |is_right: &dyn Fn(f64) -> bool| {
        let deadline = std::time::Instant::now() + SOON;
        while !is_right(gauge(&recorded.series(), names::LISTENER_STUCK, labels)) {
            assert!(std::time::Instant::now() < deadline, "the gauge does not move");
            std::thread::yield_now();
        }
    };
    wait_for(&|seconds| seconds >= 0.008);
    gate.open();
    wait_for(&|seconds| seconds == 0.0);
}

#[test]
fn two_feeds_in_one_process_do_not_meet() {
    let recorded = Recorded::new();
    let feeds = ["one", "two"].map(|bus| recorded.build(|| Feed::new(FeedOptions::new(bus))));
    for (feed, events) in feeds.iter().zip([3, 5]) {
        recorded.build(|| feed.attach("shared", QueueOptions::new()).unwrap());
        feed.start().unwrap();
        (0..events).for_each(|event: u64| {
            feed.post(event);
        });
        assert!(feed.stop(SOON).unwrap().is_drained());
    }
    let series = recorded.series();
    assert_eq!(counter(&series, names::QUEUE_EVENTS_POSTED, "bus=one,queue=shared"), 3);
    assert_eq!(counter(&series, names::QUEUE_EVENTS_POSTED, "bus=two,queue=shared"), 5);
}

#[test]
fn labels_are_bounded_and_time_is_kept_by_instance() {
    struct Named(&'static str);
    impl Listener<u64> for Named {
        fn name(&self) -> std::borrow::Cow<'static, str> {
            self.0.into()
        }
        fn on_event(&mut self, _: &u64) {}
    }
    let recorded = Recorded::new();
    let feed = recorded.build(|| Feed::new(FeedOptions::new("capped").timed_listeners(2)));
    let queue = recorded.build(|| feed.attach("shared", QueueOptions::new()).unwrap());
    for _ in 0..4 {
        recorded.build(|| queue.add_listener(Named("same")).unwrap());
    }
    let series = recorded.series();
    let listeners: Vec<_> = series.keys().filter(|key| key.starts_with(names::LISTENER_PANICS)).collect();
    assert_eq!(listeners.len(), 3, "{listeners:?}");
    for listener in ["same", "same-2", "other"] {
        counter(&series, names::LISTENER_PANICS, &format!("bus=capped,listener={listener},queue=shared"));
    }
}

#[test]
fn an_event_costs_no_histogram_sample_of_its_own_under_load() {
    let recorded = Recorded::new();
    let queue = recorded.build(|| AsyncEventQueue::builder("sampled").capacity(200_000).build().unwrap());
    recorded.build(|| queue.add_listener(|_: &u64| ()).unwrap());
    post_all(&queue, 0..200_000);
    queue.start().unwrap();
    assert!(queue.stop(SOON).unwrap().is_drained());
    let series = recorded.series();
    let samples = match &series[&format!("{}{{bus=sampled,queue=sampled}}", names::QUEUE_PROCESSING)] {
        DebugValue::Histogram(samples) => samples.len(),
        other => panic!("{other:?}"),
    };
    assert!((1..100_000).contains(&samples), "{samples} samples of 200000 events");
    let listener = &queue.snapshot().listeners[0];
    assert_eq!(listener.events, 200_000);
    assert!(listener.processing_time > Duration::ZERO);
}
