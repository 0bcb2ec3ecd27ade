#![doc = include_str!("../README.md")]

mod announce;
mod arbiter;
mod claims;
mod completion;
mod coordinator;
mod denials;
pub mod executors;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod metrics;
mod numbers;
mod permit;
mod policy;
mod registry;
mod resolving;
mod snapshot;
mod stage;
mod stage_aborted;
mod sync;
mod tally;
mod task;
mod verdict;
mod watch;

pub use announce::CommitEvent;
pub use arbiter::CommitArbiter;
pub use completion::{AfterDoubt, Completion};
pub use coordinator::{BuildError, OutputCommitCoordinator, OutputCommitCoordinatorBuilder};
pub use permit::{CommitPermit, FencingToken};
pub use policy::{Doubt, Resolution, Resolver, UnknownOutcome};
pub use snapshot::{CoordinatorSnapshot, StageSnapshot};
pub use stage_aborted::StageAborted;
pub use tally::Counts;
pub use task::{AttemptId, AttemptNumber, TaskAttempt};
pub use verdict::{Advice, Denial, DenialReason, StageStartError, Verdict};
