//! The tasks of a stage attempt, and whoever runs them.

use std::io;

use super::board::Report;
use super::failure::TaskFailure;
use crate::context::BarrierTaskContext;
use crate::slots::Slot;

/// One task, ready to run.
pub(crate) struct Job<T> {
    pub(crate) index: usize,
    pub(crate) context: BarrierTaskContext,
    pub(crate) seat: Seat<T>,
}

/// A task's slot, and its duty to tell of its end. The slot goes first: when all have told, the next attempt finds their
/// slots free.
pub(crate) struct Seat<T> {
    slot: Slot,
    pub(crate) report: Report<T>,
}

impl<T> Seat<T> {
    pub(crate) fn new(slot: Slot, report: Report<T>) -> Self {
        Self { slot, report }
    }

    /// Gives the slot back, and says how the task ended.
    pub(crate) fn end(self, outcome: Result<T, TaskFailure>) {
        let Self { slot, report } = self;
        drop(slot);
        report.end(outcome);
    }
}

/// Lets all tasks go; dropped instead, none of them runs.
pub(crate) type Launch = Box<dyn FnOnce() + Send>;

/// A task that cannot be readied.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) index: usize,
    pub(crate) source: io::Error,
}

/// Runs the tasks of a gang.
pub(crate) trait Crew<T>: Send + Sync {
    /// Readies all tasks, or none: nothing of them runs before the launch.
    fn muster(&self, jobs: Vec<Job<T>>) -> Result<Launch, Refused>;
}
