//! The listener that keeps an allocation, and the handle that reads it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_event_queue::Gap;

use super::metrics::Gauges;
use super::settings::{AllocationSettings, AllocationSettingsError};
use super::snapshot::AllocationSnapshot;
use super::state::Allocation;
use crate::events::{SchedulerEvent, SchedulerListener};

/// Computes how many executors the backlog needs; see [`Allocation`] for how.
///
/// It decides nothing: whoever starts and stops executors asks its handle from time to time, and once more at
/// [`AllocationSnapshot::add_at`].
///
/// ```
/// use listener_bus::status::{AllocationSettings, ExecutorAllocationListener};
/// use listener_bus::{EXECUTOR_MANAGEMENT, LiveListenerBus};
///
/// let bus = LiveListenerBus::scheduler().build()?;
/// let listener = ExecutorAllocationListener::new(AllocationSettings::new().executor_cores(4))?;
/// let allocation = listener.handle();
/// bus.add_to_queue(EXECUTOR_MANAGEMENT, listener)?;
///
/// let snapshot = allocation.snapshot(1_700_000_000_000);
/// assert_eq!((snapshot.target, snapshot.to_add), (0, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ExecutorAllocationListener {
    allocation: Arc<Mutex<Allocation>>,
    gauges: Option<Gauges>,
}

/// Reads what an [`ExecutorAllocationListener`] has computed. A clone reads the same.
#[derive(Clone)]
pub struct AllocationHandle {
    allocation: Arc<Mutex<Allocation>>,
    gauges: Option<Gauges>,
}

impl ExecutorAllocationListener {
    /// Makes the listener.
    ///
    /// # Errors
    ///
    /// When the settings cannot be.
    pub fn new(settings: AllocationSettings) -> Result<Self, AllocationSettingsError> {
        let allocation = Arc::new(Mutex::new(Allocation::new(settings)?));
        Ok(Self { allocation, gauges: None })
    }

    /// Sets gauges of the current recorder each time a handle made afterwards is asked, with this name as the label
    /// `bus`; see [`allocation_metrics`](super::allocation_metrics). Defaults to setting none.
    #[must_use]
    pub fn gauges(mut self, bus: &str) -> Self {
        self.gauges = Some(Gauges::new(bus));
        self
    }

    /// Makes a handle to read what the listener computes, also after the bus has stopped.
    pub fn handle(&self) -> AllocationHandle {
        AllocationHandle { allocation: Arc::clone(&self.allocation), gauges: self.gauges.clone() }
    }
}

impl SchedulerListener for ExecutorAllocationListener {
    fn on_scheduler_event(&mut self, event: &SchedulerEvent) {
        lock(&self.allocation).apply(event);
    }

    fn on_gap(&mut self, gap: &Gap) {
        lock(&self.allocation).on_gap(gap);
    }
}

impl AllocationHandle {
    /// Moves on to `now`, in milliseconds since the Unix epoch, and tells how things stand.
    ///
    /// # Blocking
    ///
    /// While the listener takes an event in, or another snapshot is made: microseconds.
    pub fn snapshot(&self, now: i64) -> AllocationSnapshot {
        let snapshot = lock(&self.allocation).at(now);
        if let Some(gauges) = &self.gauges {
            gauges.publish(&snapshot);
        }
        snapshot
    }
}

fn lock(allocation: &Mutex<Allocation>) -> MutexGuard<'_, Allocation> {
    allocation.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for ExecutorAllocationListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutorAllocationListener").finish_non_exhaustive()
    }
}

impl fmt::Debug for AllocationHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllocationHandle").finish_non_exhaustive()
    }
}
