//! How many executors the backlog needs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod late;
mod limits;
mod model;
mod odd;
mod target;
mod tasks;
mod world;

use listener_bus::events::SchedulerEvent;
use listener_bus::status::{Allocation, AllocationSettings};

fn allocation(settings: AllocationSettings) -> Allocation {
    Allocation::new(settings).unwrap()
}

fn tell(allocation: &mut Allocation, events: impl IntoIterator<Item = SchedulerEvent>) {
    events.into_iter().for_each(|event| allocation.apply(&event));
}

/// Told of these events, with the default settings.
fn told(events: impl IntoIterator<Item = SchedulerEvent>) -> Allocation {
    let mut allocation = allocation(AllocationSettings::new());
    tell(&mut allocation, events);
    allocation
}

/// Running and waiting tasks.
fn tasks(allocation: &mut Allocation, now: i64) -> (u64, u64) {
    let snapshot = allocation.at(now);
    (snapshot.running_tasks, snapshot.pending_tasks)
}

fn targets<const N: usize>(allocation: &mut Allocation, moments: [i64; N]) -> [u32; N] {
    moments.map(|now| allocation.at(now).target)
}
