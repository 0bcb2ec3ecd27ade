//! The public promises of the commit coordinator, a module a promise.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that is surprised fails")]

mod decisions;
mod events;
mod executors;
mod ids;
mod leases;
mod lost;
mod metrics;
mod scripts;
mod spark;
mod stages;
mod support;
mod waits;
