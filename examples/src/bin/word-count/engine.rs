//! The engine, to be copied: stages of tasks that run in the slots of executors, with retries, speculation and lost
//! executors; every step is posted on a bus, and the end of each attempt told to the commit coordinator.

mod attempt;
mod driver;
mod end_reason;
mod events;
mod executors;
mod stage_run;
mod task;

pub(crate) use driver::{Driver, Stage};
pub(crate) use events::{Events, millis};
pub(crate) use executors::Executors;
pub(crate) use task::{Faults, Hopeless, Speculation, Task};
