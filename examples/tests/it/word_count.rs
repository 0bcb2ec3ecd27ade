//! The word count, run as a user runs it.

mod bad_input;
mod correct;
mod failures;
mod metrics;
mod program;
