//! The public promises of the gRPC services and their clients.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

mod access;
mod answers;
mod bad_input;
mod blocking;
mod broken;
mod executors;
mod order;
mod proxy;
mod same_code;
mod stop;
mod support;
mod tls;
mod waits;
