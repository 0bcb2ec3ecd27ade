//! What can go wrong, one enum an operation.

use async_event_queue::{AttachError, OptionsError};
use thiserror::Error;

/// Settings that no bus can have.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A queue's settings are wrong.
    #[error(transparent)]
    Queue(#[from] OptionsError),
}

/// Why a listener was not added; it is dropped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AddListenerError {
    /// The bus has been stopped.
    #[error("cannot add listener {listener} to queue {queue}: the bus {bus} is stopped")]
    Stopped {
        /// The bus's name.
        bus: String,
        /// The queue's name.
        queue: String,
        /// The listener's name.
        listener: String,
    },
    /// The queue could not be made.
    #[error("cannot add listener {listener}")]
    Queue {
        /// The listener's name.
        listener: String,
        /// Why there is no queue for it.
        source: AttachError,
    },
}
