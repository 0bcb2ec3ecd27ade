//! What has been told to the outside: metrics, and log lines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{QueueCore, name_stuck};
use crate::drop_log::{DropLine, DropLog};
use crate::metrics::QueueMetrics;
use crate::posted::DropReason;
use crate::stuck::{Stuck, Watch};
use crate::sync::lock;

/// What has been told to the outside.
pub(super) struct Books {
    metrics: QueueMetrics,
    drop_log: DropLog,
    watch: Watch,
    /// The listener whose gauge shows it stuck.
    shown_stuck: Option<u64>,
}

impl Books {
    pub(super) fn new(metrics: QueueMetrics) -> Self {
        Self { metrics, drop_log: DropLog::new(Instant::now()), watch: Watch::default(), shown_stuck: None }
    }
}

impl<E> QueueCore<E> {
    /// What the monitor does for this queue now and then.
    pub(crate) fn tick(&self, now: Instant) {
        let mut books = lock(&self.books);
        let stuck = books.watch.look(self.mailbox.progress.position(), now);
        let stuck =
            stuck.filter(|stuck| now.saturating_duration_since(stuck.since) >= self.shared.slow_event);
        self.show_stuck(&mut books, stuck, now);
        let dropped = self.tally.dropped().total();
        if let Some(line) = books.drop_log.due(dropped, now) {
            self.log_drops(line);
        }
    }

    fn show_stuck(&self, books: &mut Books, stuck: Option<Stuck>, now: Instant) {
        let listener = stuck.map(|stuck| stuck.position.listener);
        if let Some(cleared) = books.shown_stuck.filter(|shown| Some(*shown) != listener) {
            self.set_stuck_gauge(cleared, 0.0);
        }
        let newly_stuck = books.shown_stuck != listener;
        books.shown_stuck = listener;
        let Some(stuck) = stuck else { return };
        let for_at_least = now.saturating_duration_since(stuck.since);
        self.set_stuck_gauge(stuck.position.listener, for_at_least.as_secs_f64());
        self.mailbox.note_stuck(stuck);
        if newly_stuck {
            let listener = name_stuck(&self.mailbox.desk(), stuck, now).listener;
            tracing::warn!(
                bus = self.shared.bus,
                queue = self.name,
                listener,
                for_at_least = %brief(for_at_least),
                "a listener is still inside one event"
            );
        }
    }

    fn set_stuck_gauge(&self, listener: u64, seconds: f64) {
        let stats = self.mailbox.desk().listeners.iter().find(|stats| stats.id == listener).map(Arc::clone);
        if let Some(stats) = stats {
            stats.metrics.stuck.set(seconds);
        }
    }

    pub(crate) fn publish(&self, head: u64) {
        let snapshot = self.snapshot(head);
        lock(&self.books).metrics.publish(&snapshot);
    }

    /// Whether the monitor has to come back although nothing moves.
    pub(crate) fn has_unlogged_drops(&self) -> bool {
        let dropped = self.tally.dropped().total();
        lock(&self.books).drop_log.has_outstanding(dropped)
    }

    pub(crate) fn log_first_drop(&self, reason: DropReason) {
        tracing::error!(bus = self.shared.bus, queue = self.name, %reason,
            "dropped an event: a listener of this queue cannot keep up with the events posted, or the queue is not \
             running; further drops are logged once a minute");
    }

    fn log_drops(&self, line: DropLine) {
        tracing::warn!(bus = self.shared.bus, queue = self.name, dropped = line.since_last, over = %brief(line.over),
            "dropped more events since the last line about it");
    }

    /// Logs what no line has told of yet; at the end of the queue.
    pub(crate) fn log_outstanding_drops(&self) {
        let dropped = self.tally.dropped().total();
        let line = lock(&self.books).drop_log.outstanding(dropped, Instant::now());
        if let Some(line) = line {
            self.log_drops(line);
        }
    }

    /// Logs that a listener took long for an event.
    pub(crate) fn log_slow(&self, listener: &str, event: &E, took: Duration) {
        tracing::warn!(
            bus = self.shared.bus,
            queue = self.name,
            listener,
            event = self.shared.type_of(event),
            took = %brief(took),
            "a listener took long for one event"
        );
    }
}

/// For people: three digits are enough.
fn brief(time: Duration) -> String {
    format!("{time:.1?}")
}
