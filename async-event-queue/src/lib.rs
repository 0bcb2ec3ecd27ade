#![doc = include_str!("../README.md")]

mod attached;
mod builder;
mod core;
mod dispatch;
mod drop_log;
mod error;
mod feed;
mod handle;
mod labels;
mod listener;
mod log;
mod mailbox;
pub mod metrics;
mod monitor;
mod options;
mod posted;
mod progress;
mod queue;
mod report;
mod roster;
mod sampler;
mod signal;
mod sleeper;
mod snapshot;
mod stuck;
mod sync;
mod tally;

pub use attached::FeedQueue;
pub use builder::QueueBuilder;
pub use error::{
    AddListenerError, AttachError, OptionsError, RemoveListenerError, StartError, StopError, WaitError,
};
pub use feed::{Feed, Poster};
pub use handle::{ListenerHandle, Removal};
pub use listener::{Gap, Listener};
pub use options::{
    DEFAULT_CAPACITY, DEFAULT_CRITICAL_RESERVE, EventClass, FeedOptions, Overflow, QueueOptions,
    WithoutListeners,
};
pub use posted::{DropReason, Drops, Posted};
pub use queue::AsyncEventQueue;
pub use report::{QueueEnd, QueueReport, StopReport};
pub use snapshot::{ListenerSnapshot, QueueSnapshot};
pub use stuck::StuckListener;
