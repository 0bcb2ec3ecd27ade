#![doc = include_str!("../README.md")]

/// The example in the repository's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(feature = "access")]
pub mod access;
mod builder;
mod bus;
pub mod coordination;
mod error;
#[cfg(feature = "event-log")]
pub mod event_log;
pub mod events;
mod into_listener;
mod names;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "prometheus")]
pub mod prometheus;
#[cfg(any(feature = "event-log", feature = "page"))]
mod redaction;
mod scheduler;
#[cfg(any(feature = "page", feature = "prometheus"))]
mod server;
#[cfg(feature = "status")]
pub mod status;

pub use async_event_queue::{
    AttachError, DEFAULT_CAPACITY, DEFAULT_CRITICAL_RESERVE, DropReason, Drops, EventClass, Gap, Listener,
    ListenerHandle, ListenerSnapshot, OptionsError, Overflow, Posted, Poster, QueueEnd, QueueOptions,
    QueueReport, QueueSnapshot, Removal, RemoveListenerError, StartError, StopError, StopReport,
    StuckListener, WaitError, metrics,
};
pub use builder::BusBuilder;
pub use bus::{BusSnapshot, LiveListenerBus, WeakListenerBus};
pub use error::{AddListenerError, BuildError};
pub use events::{SchedulerEvent, SchedulerListener};
pub use into_listener::{Direct, IntoListener};
pub use names::{APP_STATUS, EVENT_LOG, EXECUTOR_MANAGEMENT, SHARED};
pub use scheduler::{Scheduler, ViaScheduler};
