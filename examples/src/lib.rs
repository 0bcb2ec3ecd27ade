//! What the programs here share.

pub mod event_time;
pub mod faults;
pub mod log;
pub mod logging;
pub mod logs;
pub mod progress;
pub mod units;
