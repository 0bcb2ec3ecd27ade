//! The coordinator as a program, with clients of all kinds.

mod bad_input;
mod commits;
mod metrics;
mod program;
mod settings;
mod stop;
mod tokens;
mod waiters;
