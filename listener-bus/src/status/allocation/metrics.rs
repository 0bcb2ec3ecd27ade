//! The gauges of an allocation.

use metrics::{Gauge, Unit, describe_gauge, gauge};

use super::snapshot::AllocationSnapshot;

/// The names of the gauges of executor allocation, each with the label `bus`.
pub mod names {
    /// How many executors there should be.
    pub const TARGET: &str = "listener_bus_allocation_target_executors";
    /// How many executors there are.
    pub const EXECUTORS: &str = "listener_bus_allocation_executors";
    /// How many of them run no task.
    pub const IDLE: &str = "listener_bus_allocation_idle_executors";
    /// How many tasks run.
    pub const RUNNING: &str = "listener_bus_allocation_running_tasks";
    /// How many tasks wait, second copies of slow ones too.
    pub const PENDING: &str = "listener_bus_allocation_pending_tasks";
}

/// Handles of the recorder that was current when they were made.
#[derive(Clone)]
pub(super) struct Gauges {
    target: Gauge,
    executors: Gauge,
    idle: Gauge,
    running: Gauge,
    pending: Gauge,
}

impl Gauges {
    pub(super) fn new(bus: &str) -> Self {
        describe();
        let labels = [("bus", bus.to_owned())];
        Self {
            target: gauge!(names::TARGET, &labels),
            executors: gauge!(names::EXECUTORS, &labels),
            idle: gauge!(names::IDLE, &labels),
            running: gauge!(names::RUNNING, &labels),
            pending: gauge!(names::PENDING, &labels),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is an f64; tasks and executors are fewer than 2^53"
    )]
    pub(super) fn publish(&self, snapshot: &AllocationSnapshot) {
        self.target.set(f64::from(snapshot.target));
        self.executors.set(snapshot.executors as f64);
        self.idle.set(snapshot.idle.len() as f64);
        self.running.set(snapshot.running_tasks as f64);
        self.pending.set(snapshot.pending_tasks.saturating_add(snapshot.pending_speculative_tasks) as f64);
    }
}

fn describe() {
    describe_gauge!(names::TARGET, Unit::Count, "Executors that there should be.");
    describe_gauge!(names::EXECUTORS, Unit::Count, "Executors that there are.");
    describe_gauge!(names::IDLE, Unit::Count, "Executors that run no task.");
    describe_gauge!(names::RUNNING, Unit::Count, "Tasks that run.");
    describe_gauge!(names::PENDING, Unit::Count, "Tasks that wait, second copies of slow ones too.");
}
