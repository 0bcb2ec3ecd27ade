//! Why a path in a bucket is not an event log.

use object_store::path::Path;

/// Why a path in a bucket is not an event log that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindLogError {
    /// The store fails.
    #[error("cannot look at {path}")]
    Store {
        /// What was looked for.
        path: Path,
        /// What the store says.
        source: object_store::Error,
    },
    /// There is no object of this name, and none below it.
    #[error("{path} is not there")]
    NotThere {
        /// What was looked for.
        path: Path,
    },
    /// A prefix that does not begin with `eventlog_v2_`.
    #[error("{path} is a prefix, and not of a rolling log, whose name begins with eventlog_v2_")]
    NotALog {
        /// The prefix.
        path: Path,
    },
    /// An object whose name begins with a dot.
    #[error("{path} is a hidden object")]
    Hidden {
        /// The object.
        path: Path,
    },
    /// A rolling log without the `appstatus_` object that says whether it is complete, as Spark requires.
    #[error("{path} has no object appstatus_*, as a rolling log must")]
    NoStatus {
        /// The prefix.
        path: Path,
    },
    /// A rolling log with two objects of one number: which of them counts cannot be told.
    #[error("{path} has two objects events_{index}_*")]
    TwoOfANumber {
        /// The prefix.
        path: Path,
        /// The number.
        index: u64,
    },
    /// A rolling log without any `events_` object.
    #[error("{path} has no object events_*")]
    NoEvents {
        /// The prefix.
        path: Path,
    },
}
