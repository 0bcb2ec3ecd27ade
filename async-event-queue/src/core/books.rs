//! What has been told to the outside: metrics, and log lines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{QueueCore, name_stuck};
use crate::drop_log::{DropLine, DropLog};
use crate::metrics::QueueMetrics;
use crate::posted::DropReason;
use crate::roster::ListenerStats;
use crate::stuck::{Stuck, StuckListener, Watch};
use crate::sync::lock;

/// What has been told to the outside.
pub(super) struct Books {
    metrics: QueueMetrics,
    drop_log: DropLog,
    watch: Watch,
    /// The listener whose gauge shows it stuck.
    shown_stuck: Option<Arc<ListenerStats>>,
}

impl Books {
    pub(super) fn new(metrics: QueueMetrics) -> Self {
        Self { metrics, drop_log: DropLog::new(Instant::now()), watch: Watch::default(), shown_stuck: None }
    }
}

impl<E> QueueCore<E> {
    /// What the monitor does for this queue now and then.
    pub(crate) fn tick(&self, now: Instant) {
        let dropped = self.tally.dropped().total();
        let mut books = lock(&self.books);
        let stuck = books.watch.look(self.mailbox.progress.position(), now);
        let stuck =
            stuck.filter(|stuck| now.saturating_duration_since(stuck.since) >= self.shared.slow_event);
        let newly_stuck = self.show_stuck(&mut books, stuck, now);
        let line = books.drop_log.due(dropped, now);
        drop(books);
        // Logging may call anything; so not under the lock.
        if let Some(StuckListener { listener, for_at_least }) = newly_stuck {
            let for_at_least = brief(for_at_least);
            tracing::warn!(
                bus = self.shared.bus,
                queue = self.name,
                listener,
                for_at_least,
                "a listener is still inside one event"
            );
        }
        if let Some(line) = line {
            self.log_drops(line);
        }
    }

    /// Brings the gauge up to date; gives the stuck listener, if no line has told of this call.
    fn show_stuck(&self, books: &mut Books, stuck: Option<Stuck>, now: Instant) -> Option<StuckListener> {
        let listener = stuck.map(|stuck| stuck.position.listener);
        let shown = books.shown_stuck.take_if(|shown| Some(shown.id) != listener);
        if let Some(cleared) = shown {
            cleared.metrics.stuck.set(0.0);
        }
        let stuck = stuck?;
        self.mailbox.note_stuck(stuck);
        let desk = self.mailbox.desk();
        let is_new = books.shown_stuck.is_none();
        if is_new {
            let stats = desk.listeners.iter().find(|stats| Some(stats.id) == listener);
            books.shown_stuck = stats.map(Arc::clone);
        }
        let named = name_stuck(&desk, stuck, now);
        drop(desk);
        if let Some(stats) = &books.shown_stuck {
            stats.metrics.stuck.set(named.for_at_least.as_secs_f64());
        }
        is_new.then_some(named)
    }

    pub(crate) fn publish(&self) {
        // The snapshot under the lock, so that no older one overwrites a newer one.
        let mut books = lock(&self.books);
        books.metrics.publish(&self.snapshot());
    }

    /// Whether the monitor has to come back although nothing moves.
    pub(crate) fn has_unlogged_drops(&self) -> bool {
        let dropped = self.tally.dropped().total();
        lock(&self.books).drop_log.has_outstanding(dropped)
    }

    pub(crate) fn log_first_drop(&self, reason: DropReason) {
        lock(&self.books).drop_log.note_first(Instant::now());
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
        // The user's closure; its panic is not the dispatch thread's.
        let event_type = catch_unwind(AssertUnwindSafe(|| self.shared.type_of(event)));
        let event_type = event_type.unwrap_or_else(|_| "unknown: naming its type panicked".to_owned());
        tracing::warn!(
            bus = self.shared.bus,
            queue = self.name,
            listener,
            event = event_type,
            took = %brief(took),
            "a listener took long for one event"
        );
    }
}

/// For people: three digits are enough.
fn brief(time: Duration) -> String {
    format!("{time:.1?}")
}
