//! The coordinator over gRPC.

mod client;
mod failure;
mod server;
mod service;
mod token;
pub mod v1;
mod wire;

pub use client::{ConnectError, GrpcCoordinator, GrpcCoordinatorBuilder};
pub use server::{BarrierServer, BarrierServerBuilder, ServeError};
pub use service::{BarrierService, BarrierServiceBuilder, ServiceError};
pub use token::TokenError;
