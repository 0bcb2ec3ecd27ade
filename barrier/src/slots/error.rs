//! What can go wrong with a pool of slots.

use std::time::Duration;

use listener_bus::events::ExecutorId;
use thiserror::Error;

/// Why a gang does not get its slots.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotsError {
    /// The pool is too small, were all of it free.
    #[error(
        "{needed} slots are needed at once, but the pool has {total} in all, as {checks} checks found: give it more executors, or the stage fewer partitions"
    )]
    NotEnough {
        /// How many slots are needed.
        needed: usize,
        /// How many slots the pool had at the last check, free or not.
        total: usize,
        /// How many checks found too few.
        checks: u32,
    },
    /// The pool is large enough, but too much of it stayed taken.
    #[error("{needed} slots are needed at once, but only {free} of {total} were free after {timeout:?}")]
    TimedOut {
        /// How many slots are needed.
        needed: usize,
        /// How many were free in the end.
        free: usize,
        /// How many slots the pool has.
        total: usize,
        /// How long they were waited for.
        timeout: Duration,
    },
}

/// Why a pool is not as it was to be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotPoolError {
    /// An executor of that id is there already.
    #[error("the pool has an executor {executor_id} already")]
    ExecutorExists {
        /// Its id.
        executor_id: ExecutorId,
    },
    /// A task needs at least one processor.
    #[error("the processors per task must be greater than 0")]
    NoCpusPerTask,
}
