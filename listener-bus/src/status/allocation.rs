//! How many executors the backlog needs.

mod demand;
mod executors;
mod index_set;
mod jobs;
mod listener;
mod metrics;
mod recent;
mod settings;
mod snapshot;
mod stage;
mod stages;
mod state;
mod target;

pub use listener::{AllocationHandle, ExecutorAllocationListener};
pub use metrics::names as allocation_metrics;
pub use settings::{AllocationSettings, AllocationSettingsError};
pub use snapshot::{AllocationSnapshot, IdleExecutor};
pub use state::Allocation;
