//! What errors tell of: rounds, and who or what ended them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use listener_bus::events::PartitionId;

use crate::task::StageAttempt;

/// One round of a gang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoundId {
    /// The gang.
    pub stage_attempt: StageAttempt,
    /// How many rounds of the gang were completed before.
    pub epoch: u64,
}

impl fmt::Display for RoundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "barrier epoch {} of {}", self.epoch, self.stage_attempt)
    }
}

/// Who aborted a gang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AbortedBy {
    /// The task of this partition.
    Task(PartitionId),
    /// Whoever drives the gang, or an operator.
    Driver,
}

impl fmt::Display for AbortedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(partition) => write!(f, "the task of partition {partition}"),
            Self::Driver => f.write_str("the driver"),
        }
    }
}

/// How a task was found to be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Silence {
    /// Its connection broke, and it did not come back in time.
    Disconnected,
    /// It gave no sign of life in time.
    NoHeartbeat,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disconnected => "its connection broke, and it did not come back",
            Self::NoHeartbeat => "it gave no sign of life",
        })
    }
}

/// Why a coordinator does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It was stopped, or dropped.
    Stopped,
    /// It could not be reached for so long that the call was given up.
    Unreachable {
        /// How long it was tried.
        tried: Duration,
        /// What the last try ended with.
        last: Arc<str>,
    },
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("it was stopped"),
            Self::Unreachable { tried, last } => write!(f, "it could not be reached for {tried:?}: {last}"),
        }
    }
}
