//! Every metric, its name and its labels in one place.
//!
//! Counters are copied from the queue's own tally in batches, about once a second while events flow and once more
//! when a queue goes idle or ends, so an event costs no metric call. The handles are those of the recorder that is
//! current where the bus is built, a queue is made (with its first listener) and a listener is added: install the
//! recorder first, or, with a local one, do all of it under it.

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram,
};
use metrics::{gauge, histogram};

use crate::posted::DropReason;
use crate::snapshot::QueueSnapshot;

/// Events posted to the bus, once each whatever the number of queues. Label `bus`.
pub const EVENTS_POSTED: &str = "listener_bus_events_posted_total";
/// Events offered to a queue, the dropped ones included. Labels `bus`, `queue`.
pub const QUEUE_EVENTS_POSTED: &str = "listener_bus_queue_events_posted_total";
/// Events that all listeners of a queue have handled. Labels `bus`, `queue`.
pub const QUEUE_EVENTS_DELIVERED: &str = "listener_bus_queue_events_delivered_total";
/// Events a queue has dropped. Labels `bus`, `queue`, `reason`.
pub const QUEUE_EVENTS_DROPPED: &str = "listener_bus_queue_events_dropped_total";
/// Events waiting in a queue. Labels `bus`, `queue`.
pub const QUEUE_SIZE: &str = "listener_bus_queue_size_events";
/// Ordinary events that may wait in a queue. Labels `bus`, `queue`.
pub const QUEUE_CAPACITY: &str = "listener_bus_queue_capacity_events";
/// Time all listeners of a queue take for one event, of a sample of the events. Labels `bus`, `queue`.
pub const QUEUE_PROCESSING: &str = "listener_bus_queue_processing_seconds";
/// Time one listener takes for one event, of a sample of the events. Labels `bus`, `queue`, `listener`.
pub const LISTENER_PROCESSING: &str = "listener_bus_listener_processing_seconds";
/// Panics of a listener. Labels `bus`, `queue`, `listener`.
pub const LISTENER_PANICS: &str = "listener_bus_listener_panics_total";
/// How long a listener has been inside one event, once longer than the threshold for slow events; else 0.
/// Labels `bus`, `queue`, `listener`.
pub const LISTENER_STUCK: &str = "listener_bus_listener_stuck_seconds";

/// Upper bounds, in seconds, for the two processing-time histograms.
pub const PROCESSING_BUCKETS: [f64; 15] =
    [1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 0.1, 0.5, 1.0, 5.0, 30.0];

/// The `listener` label of the listeners beyond the cap.
const OTHER_LISTENERS: &str = "other";

/// Tells the current recorder what the metrics mean.
pub fn describe() {
    describe_counter!(EVENTS_POSTED, Unit::Count, "Events posted to the bus, whatever the number of queues.");
    describe_counter!(
        QUEUE_EVENTS_POSTED,
        Unit::Count,
        "Events offered to the queue, dropped ones included."
    );
    describe_counter!(
        QUEUE_EVENTS_DELIVERED,
        Unit::Count,
        "Events that all listeners of the queue have handled."
    );
    describe_counter!(QUEUE_EVENTS_DROPPED, Unit::Count, "Events the queue has dropped, by reason.");
    describe_gauge!(QUEUE_SIZE, Unit::Count, "Events waiting in the queue.");
    describe_gauge!(QUEUE_CAPACITY, Unit::Count, "Ordinary events that may wait in the queue.");
    describe_histogram!(QUEUE_PROCESSING, Unit::Seconds, "Time of all listeners for one event, sampled.");
    describe_histogram!(LISTENER_PROCESSING, Unit::Seconds, "Time of one listener for one event, sampled.");
    describe_counter!(LISTENER_PANICS, Unit::Count, "Panics of the listener, caught.");
    describe_gauge!(LISTENER_STUCK, Unit::Seconds, "Time inside the current event, once it is slow; else 0.");
}

/// A counter that follows a total.
struct Followed {
    counter: Counter,
    told: u64,
}

impl Followed {
    fn new(counter: Counter) -> Self {
        // Registered at once, so that a scrape shows a zero and not nothing.
        counter.increment(0);
        Self { counter, told: 0 }
    }

    /// By increments and not by `absolute`: a queue that comes back under its name goes on where it was.
    fn follow(&mut self, total: u64) {
        if total > self.told {
            self.counter.increment(total - self.told);
            self.told = total;
        }
    }
}

/// The metrics of one queue.
pub(crate) struct QueueMetrics {
    posted: Followed,
    delivered: Followed,
    dropped: Vec<(DropReason, Followed)>,
    size: Gauge,
}

impl QueueMetrics {
    pub(crate) fn new(bus: &str, queue: &str, capacity: usize) -> Self {
        let labels = [("bus", bus.to_owned()), ("queue", queue.to_owned())];
        let dropped = DropReason::ALL.into_iter().map(|reason| {
            let counter = counter!(QUEUE_EVENTS_DROPPED,
                "bus" => bus.to_owned(), "queue" => queue.to_owned(), "reason" => reason.as_str());
            (reason, Followed::new(counter))
        });
        #[expect(clippy::cast_precision_loss, reason = "a gauge is an f64; capacities are far below 2^53")]
        gauge!(QUEUE_CAPACITY, &labels).set(capacity as f64);
        let size = gauge!(QUEUE_SIZE, &labels);
        size.set(0.0);
        Self {
            posted: Followed::new(counter!(QUEUE_EVENTS_POSTED, &labels)),
            delivered: Followed::new(counter!(QUEUE_EVENTS_DELIVERED, &labels)),
            dropped: dropped.collect(),
            size,
        }
    }

    pub(crate) fn publish(&mut self, snapshot: &QueueSnapshot) {
        self.posted.follow(snapshot.posted);
        self.delivered.follow(snapshot.delivered);
        for (reason, counter) in &mut self.dropped {
            counter.follow(snapshot.dropped.get(*reason));
        }
        #[expect(clippy::cast_precision_loss, reason = "a gauge is an f64; sizes are far below 2^53")]
        self.size.set(snapshot.size as f64);
    }
}

/// The metric of a whole feed.
pub(crate) struct FeedMetrics {
    posted: Followed,
}

impl FeedMetrics {
    pub(crate) fn new(bus: &str) -> Self {
        describe();
        Self { posted: Followed::new(counter!(EVENTS_POSTED, "bus" => bus.to_owned())) }
    }

    pub(crate) fn publish(&mut self, posted: u64) {
        self.posted.follow(posted);
    }
}

/// The time all listeners of one queue take, which the dispatch thread records.
pub(crate) fn queue_processing(bus: &str, queue: &str) -> Histogram {
    histogram!(QUEUE_PROCESSING, "bus" => bus.to_owned(), "queue" => queue.to_owned())
}

/// The metrics of one listener.
pub(crate) struct ListenerMetrics {
    pub(crate) processing: Histogram,
    pub(crate) panics: Counter,
    pub(crate) stuck: Gauge,
}

impl std::fmt::Debug for ListenerMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListenerMetrics").finish_non_exhaustive()
    }
}

impl ListenerMetrics {
    /// `listener` is `None` for those beyond the cap.
    pub(crate) fn new(bus: &str, queue: &str, listener: Option<&str>) -> Self {
        let labels = [
            ("bus", bus.to_owned()),
            ("queue", queue.to_owned()),
            ("listener", listener.unwrap_or(OTHER_LISTENERS).to_owned()),
        ];
        let metrics = Self {
            processing: histogram!(LISTENER_PROCESSING, &labels),
            panics: counter!(LISTENER_PANICS, &labels),
            stuck: gauge!(LISTENER_STUCK, &labels),
        };
        metrics.panics.increment(0);
        metrics.stuck.set(0.0);
        metrics
    }
}
