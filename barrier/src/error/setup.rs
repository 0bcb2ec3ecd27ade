//! What can go wrong with setting a coordinator up.

use std::io;

use listener_bus::AddListenerError;
use thiserror::Error;

/// Settings that no coordinator can have.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A time or a limit is zero.
    #[error("{setting} of the barrier coordinator {coordinator} must be greater than 0")]
    Zero {
        /// The coordinator's name.
        coordinator: String,
        /// Which setting.
        setting: &'static str,
    },
    /// The thread that watches timeouts could not be started.
    #[error("cannot start the thread that watches the timeouts of the barrier coordinator {coordinator}")]
    Spawn {
        /// The coordinator's name.
        coordinator: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Why a coordinator does not listen to a bus.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OnStartError {
    /// It listens to a bus already.
    #[error("the barrier coordinator {coordinator} has already been started")]
    AlreadyStarted {
        /// The coordinator's name.
        coordinator: String,
    },
    /// It was stopped; it does not start again.
    #[error("the barrier coordinator {coordinator} has been stopped and cannot start again")]
    Stopped {
        /// The coordinator's name.
        coordinator: String,
    },
    /// The bus did not take its listener.
    #[error(transparent)]
    Listener(#[from] AddListenerError),
}
