//! The promises of the crate, a module each.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

mod capacity;
mod delivery;
mod drops;
mod feeds;
mod gaps;
mod listeners;
mod logs;
mod metrics;
mod model;
mod order;
mod overflow;
mod panics;
mod start;
mod stop;
mod support;
mod wait;
