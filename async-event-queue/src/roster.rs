//! The listeners of one queue, as the dispatch thread owns them, and what others may know of them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::dispatch::Batch;
use crate::handle::{ListenerHandle, Names};
use crate::listener::AnyListener;
use crate::metrics::ListenerMetrics;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A listener at its place in the calling order.
pub(crate) struct Seat<E> {
    pub(crate) stats: Arc<ListenerStats>,
    pub(crate) listener: Box<dyn AnyListener<E>>,
    /// Events delivered to it; copied to `stats` between batches.
    pub(crate) events: u64,
    pub(crate) panics_in_a_row: u32,
}

impl<E> std::fmt::Debug for Seat<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").field("listener", &self.stats.name).finish_non_exhaustive()
    }
}

impl<E: 'static> Seat<E> {
    pub(crate) fn new(stats: Arc<ListenerStats>, listener: Box<dyn AnyListener<E>>) -> Self {
        Self { stats, listener, events: 0, panics_in_a_row: 0 }
    }

    /// Calls the listener; a panic comes back as its message.
    #[inline]
    pub(crate) fn call(&mut self, callback: impl FnOnce(&mut dyn AnyListener<E>)) -> Result<(), String> {
        catch_unwind(AssertUnwindSafe(|| callback(self.listener.as_mut())))
            .map_err(|payload| self.count_panic(payload))
    }

    #[cold]
    fn count_panic(&mut self, payload: Box<dyn Any + Send>) -> String {
        self.panics_in_a_row = self.panics_in_a_row.saturating_add(1);
        self.stats.panics.fetch_add(1, Ordering::Relaxed);
        // The recorder is the user's.
        drop(catch_unwind(AssertUnwindSafe(|| self.stats.metrics.panics.increment(1))));
        panic_message(payload)
    }

    /// Calls the listener with an event; one that it handles ends a row of panics.
    #[inline]
    pub(crate) fn deliver(&mut self, sequence: u64, event: &E) -> Result<(), String> {
        self.events += 1;
        self.call(|listener| listener.on_sequenced(sequence, event))?;
        self.panics_in_a_row = 0;
        Ok(())
    }

    /// As [`deliver`](Self::deliver), for one event of the batch after the other.
    pub(crate) fn handle(&mut self, batch: &mut Batch<'_, E>) -> Result<(), String> {
        let outcome = catch_unwind(AssertUnwindSafe(|| self.listener.handle(batch)));
        self.events += batch.begun();
        let handled = batch.begun() - u64::from(outcome.is_err());
        if handled > 0 {
            self.panics_in_a_row = 0;
        }
        outcome.map_err(|payload| self.count_panic(payload))
    }

    pub(crate) fn publish_events(&self) {
        self.stats.events.store(self.events, Ordering::Relaxed);
    }
}

/// A payload may panic in its own `drop`; that must not take the dispatch thread down either.
fn panic_message(payload: Box<dyn Any + Send>) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned());
    drop(catch_unwind(AssertUnwindSafe(|| drop(payload))));
    message
}

/// What anybody may know of a listener while the dispatch thread owns it.
#[derive(Debug)]
pub(crate) struct ListenerStats {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) metrics: ListenerMetrics,
    /// Lives as long as somebody has a handle to ask for the listener with.
    handle: Weak<Names>,
    events: AtomicU64,
    panics: AtomicU64,
    processing_nanos: AtomicU64,
}

impl ListenerStats {
    pub(crate) fn new<L>(handle: &ListenerHandle<L>, metrics: ListenerMetrics) -> Self {
        Self {
            id: handle.listener,
            name: handle.listener_name().to_owned(),
            metrics,
            handle: handle.downgrade(),
            events: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            processing_nanos: AtomicU64::new(0),
        }
    }

    /// A timed call that stands for `weight` calls.
    pub(crate) fn record(&self, elapsed: Duration, weight: u64) {
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX).saturating_mul(weight);
        self.processing_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.metrics.processing.record(elapsed.as_secs_f64());
    }

    pub(crate) fn can_be_asked_for(&self) -> bool {
        self.handle.strong_count() > 0
    }

    pub(crate) fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub(crate) fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    pub(crate) fn processing_time(&self) -> Duration {
        Duration::from_nanos(self.processing_nanos.load(Ordering::Relaxed))
    }
}
