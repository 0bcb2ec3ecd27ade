//! What can go wrong, one enum an operation.

use std::io;
use std::time::Duration;

use thiserror::Error;

/// Settings that no queue can have.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A queue must hold at least one event.
    #[error("capacity of event queue {queue} must be greater than 0, but 0 is configured")]
    ZeroCapacity {
        /// The queue's name.
        queue: String,
    },
}

/// Why a queue could not join its feed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AttachError {
    /// The settings are wrong.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The feed has been stopped.
    #[error("cannot add event queue {queue}: the bus {bus} is stopped")]
    Stopped {
        /// The bus's name.
        bus: String,
        /// The queue's name.
        queue: String,
    },
    /// The feed runs, and the queue's dispatch thread could not be started.
    #[error("cannot start the dispatch thread of event queue {queue}")]
    Spawn {
        /// The queue's name.
        queue: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Why a start was refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Started before; a bus starts once.
    #[error("{bus} has already been started")]
    AlreadyStarted {
        /// The bus's name.
        bus: String,
    },
    /// Stopped; a bus does not start again.
    #[error("{bus} has been stopped and cannot start again")]
    Stopped {
        /// The bus's name.
        bus: String,
    },
    /// A thread could not be started; the start may be tried again.
    #[error("cannot start thread {thread} of {bus}")]
    Spawn {
        /// The bus's name.
        bus: String,
        /// The thread's name.
        thread: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Why a stop did nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StopError {
    /// Never started, so nothing has been delivered; the bus still buffers, and may still be started.
    #[error("cannot stop {bus}: it has not been started, and {buffered} events wait for the start")]
    NotStarted {
        /// The bus's name.
        bus: String,
        /// Events that wait for the start.
        buffered: usize,
    },
}

/// Why a wait for empty queues ended without one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WaitError {
    /// Events were still waiting or being handled.
    #[error("event queue {queue} is not empty after {waited:?}: {pending} events are not processed")]
    NotEmpty {
        /// The queue's name; `start buffer` for events that wait for the start.
        queue: String,
        /// Events waiting or being handled.
        pending: u64,
        /// How long the wait took.
        waited: Duration,
    },
    /// Called from a listener: its own queue cannot become empty before the listener returns.
    #[error("waiting for event queue {queue} from its own listener would never end")]
    InsideListener {
        /// The queue's name.
        queue: String,
    },
}

/// Why a listener was not added.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AddListenerError {
    /// The queue takes no listeners any more.
    #[error("cannot add listener {listener}: event queue {queue} is stopped")]
    Stopped {
        /// The listener's name.
        listener: String,
        /// The queue's name.
        queue: String,
    },
}

/// Why a listener did not come back.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RemoveListenerError {
    /// It has been removed before, or was never on this queue.
    #[error("listener {listener} is not on event queue {queue}")]
    Unknown {
        /// The listener's name.
        listener: String,
        /// The queue's name.
        queue: String,
    },
    /// The listener is removed, but its queue is still inside an event; asking again later may succeed.
    #[error("listener {listener} is not back after {waited:?}: event queue {queue} is still inside an event")]
    StillInside {
        /// The listener's name.
        listener: String,
        /// The queue's name.
        queue: String,
        /// How long the wait took.
        waited: Duration,
    },
    /// Called from a listener of the same queue: the removal takes effect after the current event, so waiting
    /// for it here would never end.
    #[error("waiting for listener {listener} from inside event queue {queue} would never end")]
    InsideListener {
        /// The listener's name.
        listener: String,
        /// The queue's name.
        queue: String,
    },
    /// It has been handed out already.
    #[error("listener {listener} of event queue {queue} has already been given back")]
    Gone {
        /// The listener's name.
        listener: String,
        /// The queue's name.
        queue: String,
    },
}
