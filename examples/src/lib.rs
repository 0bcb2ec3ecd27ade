//! What the programs here share.

pub mod address;
pub mod event_time;
pub mod faults;
pub mod linger;
pub mod log;
pub mod logging;
pub mod logs;
pub mod pause;
pub mod progress;
pub mod serving;
pub mod signals;
pub mod slow_listener;
pub mod token;
pub mod units;
