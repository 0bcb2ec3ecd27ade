//! The coordinator over gRPC: two services for tonic servers, a ready-made server, and clients that answer as the
//! coordinator does.
//!
//! ```
//! use commit_coordinator::executors::HeartbeatReceiver;
//! use commit_coordinator::grpc::{CommitServer, GrpcCommitDriver, GrpcCommitWorker};
//! use commit_coordinator::{OutputCommitCoordinator, TaskAttempt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let executors = HeartbeatReceiver::builder(&OutputCommitCoordinator::builder().build()?).build()?;
//! let server = CommitServer::builder(&executors).bind()?;
//! let uri = format!("http://{}", server.local_addr());
//! tokio::spawn(server.serve(std::future::pending()));
//!
//! let driver = GrpcCommitDriver::builder(&uri).connect().await?;
//! let worker = GrpcCommitWorker::builder(&uri).executor("executor-1", "host-a", 4).connect().await?;
//! driver.stage_start_async(3, 9).await?;
//! assert!(worker.can_commit_async(TaskAttempt::new(3, 0, 7, 0)).await?.is_granted());
//! assert!(!worker.can_commit_async(TaskAttempt::new(3, 0, 7, 1)).await?.is_granted());
//! worker.close_async().await;
//! # Ok(())
//! # }
//! ```
//!
//! What holds:
//! - Each call may be made again, and is, while its connection is broken: the same attempt gets the same answer. No grant and no
//!   end is counted twice; a denial that is asked for again is a denial more.
//! - A call of a driver that arrives late, when a later one has started or ended the stage, changes nothing.
//! - A worker's token lets nobody start or end a stage, or say how an attempt has ended. Whoever has it can ask as any attempt, and
//!   so hold any partition; can register executors under any name that no living process has; and can let one fall silent that
//!   holds grants, which puts their partitions in doubt and aborts their stages unless
//!   [`UnknownOutcome`](crate::UnknownOutcome) says otherwise. Give it to workers that may trust each other.
//! - An executor that lives does not lose its name, or its grants, to another process: see
//!   [`register`](crate::executors::HeartbeatReceiver::register).
//! - An executor that is not heard of for too long is lost, and the coordinator is told of the attempts that hold grants there:
//!   see [`HeartbeatReceiver`](crate::executors::HeartbeatReceiver).
//! - A server that stops denies all who wait. One that cannot be reached is given up after a time, and one that refuses at once.
//! - Without tokens, the ready-made server listens on loopback addresses only.
//!
//! What does not: a coordinator keeps its stages in memory, so they do not survive it. Executors register again by themselves;
//! whoever drives the stages has to start them again.
//!
//! Clients in other languages are written from `proto/commit/v1/commit.proto`, which says all they need to know.

mod client;
mod server;
mod service;
pub mod v1;
mod wire;

pub use client::{
    CallError, CanCommitError, ConnectError, GrpcCommitDriver, GrpcCommitDriverBuilder, GrpcCommitWorker,
    GrpcCommitWorkerBuilder, RemoteStageStartError,
};
pub use listener_bus::access::TokenError;
pub use server::{CommitServer, CommitServerBuilder, ServeError};
pub use service::{
    CommitDriverService, CommitDriverServiceBuilder, CommitWorkerService, CommitWorkerServiceBuilder,
    ServiceError,
};
pub use wire::Malformed;
