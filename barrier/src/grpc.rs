//! The coordinator over gRPC: a service for tonic servers, a ready-made server, and a client whose contexts are the same
//! as those of a coordinator in this process.
//!
//! ```
//! use barrier::grpc::{BarrierServer, GrpcCoordinator};
//! use barrier::{BarrierCoordinator, BarrierTask, StageAttempt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = BarrierServer::builder(BarrierCoordinator::builder().build()?).bind()?;
//! let uri = format!("http://{}", server.local_addr());
//! tokio::spawn(server.serve(std::future::pending()));
//!
//! let client = GrpcCoordinator::builder(uri).connect().await?;
//! let mut context = client.context(BarrierTask::new(StageAttempt::new(3, 0), 1, 0, 17))?;
//! assert_eq!(context.all_gather_text_async("alone").await?, ["alone"]);
//! drop(context);
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! What holds:
//! - A request that is sent again is counted once. A round that has finished while the connection was broken still
//!   answers, until the gang's next round has finished.
//! - A task that is gone fails its gang: its connection broke and it did not come back in time, or it gave no sign of
//!   life in time. Every other task is told which one it was, also one that computes
//!   ([`ended_async`](crate::BarrierTaskContext::ended_async)).
//! - A wait may be long: the connection is kept alive, and made again when it breaks.
//! - A server that was stopped, started again or that cannot be reached ends the waits with an error.
//! - Without a token, the ready-made server listens on loopback addresses only.
//!
//! What does not: a coordinator keeps its gangs in memory, so they do not survive it; and a client that ends without
//! [`close`](GrpcCoordinator::close) looks like one that was killed.
//!
//! Clients in other languages are written from `proto/barrier/v1/barrier.proto`, which says all they need to know.

mod client;
mod failure;
mod server;
mod service;
pub mod v1;
mod wire;

pub use client::{ConnectError, GrpcCoordinator, GrpcCoordinatorBuilder};
pub use listener_bus::access::TokenError;
pub use server::{BarrierServer, BarrierServerBuilder, ServeError};
pub use service::{BarrierService, BarrierServiceBuilder, ServiceError};
