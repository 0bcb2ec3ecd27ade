//! Numbers for task attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use listener_bus::events::TaskId;

/// Gives every task attempt a number of its own; to be shared with whoever else numbers tasks of the application.
///
/// A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct TaskIds {
    next: Arc<AtomicI64>,
}

impl TaskIds {
    /// Numbers from `first` on.
    pub fn starting_at(first: TaskId) -> Self {
        Self { next: Arc::new(AtomicI64::new(first.0)) }
    }

    /// The next number.
    pub fn next_id(&self) -> TaskId {
        TaskId(self.next.fetch_add(1, Ordering::Relaxed))
    }
}
