//! The promises of the crate, a module each.

mod capacity;
mod delivery;
mod gaps;
mod listeners;
mod logs;
mod metrics;
mod model;
mod overflow;
mod panics;
mod start;
mod stop;
mod support;
mod wait;
