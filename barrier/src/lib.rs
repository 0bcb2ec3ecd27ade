#![doc = include_str!("../README.md")]

mod answer;
mod attempt;
mod context;
mod coordinator;
mod error;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(feature = "tokio")]
mod in_tokio;
mod link;
mod messages;
pub mod metrics;
mod pace;
mod partitions;
mod registry;
mod settings;
mod slots;
mod stage;
mod state;
mod sync;
mod sync_log;
mod tally;
mod task;
mod watch;

pub use context::BarrierTaskContext;
pub use coordinator::{BarrierCoordinator, BarrierCoordinatorBuilder, CoordinatorSnapshot};
pub use error::{AbortedBy, BarrierError, BuildError, Gone, OnStartError, RoundId, Silence};
pub use messages::Messages;
pub use partitions::Partitions;
pub use slots::{
    Slot, SlotGrant, SlotPool, SlotPoolBuilder, SlotPoolError, SlotSnapshot, SlotWait, SlotsError,
};
pub use stage::{
    BarrierStage, BarrierStageBuilder, StageBuildError, StageError, StageHandle, TaskFailure, TaskIds,
};
pub use state::GangSnapshot;
pub use tally::Counts;
pub use task::{BarrierTask, BarrierTaskInfo, StageAttempt, SyncKind};
