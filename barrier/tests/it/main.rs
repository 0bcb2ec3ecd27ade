//! The promises of the crate, a module each.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, also in its helpers"
)]

mod bus;
mod endings;
mod limits;
mod logs;
mod metrics;
mod retries;
mod rounds;
mod slots;
mod stage;
mod stage_abort;
#[cfg(feature = "tokio")]
mod stage_async;
#[cfg(feature = "tokio")]
mod stage_cancel;
mod stage_events;
mod stage_retry;
mod stage_support;
#[cfg(feature = "tokio")]
mod stage_tokio;
mod support;
mod waiting_rounds;
