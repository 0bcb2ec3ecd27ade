//! The word count, run as a user runs it.

mod bad_input;
mod correct;
mod event_log;
mod failures;
mod metrics;
pub(crate) mod program;
