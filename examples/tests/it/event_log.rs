//! The event-log tool, run as a user runs it.

mod bad_input;
mod cat;
mod check;
mod convert;
mod follow;
mod program;
mod stats;
