//! What executors say, and are told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use listener_bus::events::ExecutorId;

use crate::task::TaskAttempt;

/// A process that is an executor. When an executor is started again under its old name, the number tells the new process
/// from the old one, whose grants nobody will use any more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExecutorProcess {
    /// The executor.
    pub executor_id: ExecutorId,
    /// Which process of that name. A name alone is process 0.
    pub process: u64,
}

impl ExecutorProcess {
    /// The process with this number.
    pub fn new(executor: impl Into<ExecutorId>, process: u64) -> Self {
        Self { executor_id: executor.into(), process }
    }
}

impl From<ExecutorId> for ExecutorProcess {
    fn from(executor: ExecutorId) -> Self {
        Self::new(executor, 0)
    }
}

impl From<&str> for ExecutorProcess {
    fn from(executor: &str) -> Self {
        Self::new(executor, 0)
    }
}

impl From<String> for ExecutorProcess {
    fn from(executor: String) -> Self {
        Self::new(executor, 0)
    }
}

impl fmt::Display for ExecutorProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "executor {}", self.executor_id)
    }
}

/// What an executor is told when it registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    /// How often it is to give a sign of life.
    pub beat_every: Duration,
    /// It is taken for lost when nothing was heard of it for so long.
    pub lost_after: Duration,
}

/// An executor that may not register, as another process has its name and lives.
///
/// A process that was started again registers once more, a little later: once the one before has been silent for
/// `free_after`, its name is free. Two that are to live side by side need two names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "another process has the name of executor {executor_id} and was heard of {silent_for:.1?} ago: use another name, or \
     register again once it has been silent for {free_after:?}"
)]
#[non_exhaustive]
pub struct NameTaken {
    /// The executor.
    pub executor_id: ExecutorId,
    /// How long the other process has been silent.
    pub silent_for: Duration,
    /// How long it has to be.
    pub free_after: Duration,
}

/// What an executor is told when it gives a sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an executor that is not known is to register again"]
pub enum HeartbeatResponse {
    /// It is known.
    Alive {
        /// How often it is to give a sign of life.
        beat_every: Duration,
    },
    /// It is not known, or was removed. Whatever it was granted before is no longer its own.
    RegisterAgain,
}

/// A request that is not decided, because of whose it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutorRefused {
    /// It has not registered.
    #[error("executor {executor_id} is not registered")]
    Unknown {
        /// The executor.
        executor_id: ExecutorId,
    },
    /// It was removed. It may register again, but the attempts that run on it are lost.
    #[error("executor {executor_id} was removed: {reason}")]
    Removed {
        /// The executor.
        executor_id: ExecutorId,
        /// Why.
        reason: Arc<str>,
    },
    /// The attempt runs on another executor, which has asked for it before.
    #[error("{task} does not run on executor {executor_id} but on {runs_on}")]
    NotItsAttempt {
        /// The executor that asks now.
        executor_id: ExecutorId,
        /// The attempt.
        task: TaskAttempt,
        /// The executor that has asked before.
        runs_on: ExecutorId,
    },
}

/// An executor at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecutorSnapshot {
    /// The executor.
    pub executor_id: ExecutorId,
    /// Its machine.
    pub host: Arc<str>,
    /// How many tasks of one core it can run at once.
    pub cores: u32,
    /// Attempts that run there and were granted a partition, or are asking for one.
    pub attempts: usize,
}
