//! The public promises of the gRPC service and its client.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

mod auth;
mod bare;
mod endings;
mod fake;
mod heartbeats;
mod lines;
mod lost;
mod many;
mod proxy;
mod reconnect;
mod refused;
mod same_code;
mod shutdown;
mod sizes;
mod support;
mod takeover;
mod threads;
mod tls;
mod unary;
mod waiting_log;
