//! Event logs, read and written.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bucket;
mod codecs;
mod crash;
mod damage;
mod follow;
mod fuzz;
mod layouts;
mod listener;
mod reader;
mod replay;
mod settings;
mod support;
mod writer;
