//! Where a client works: in the runtime it was connected in, or on a thread of its own.

use std::io;
use std::thread;
use std::time::Duration;

use crossbeam::channel::{RecvTimeoutError, bounded};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::error::ConnectError;

/// The stack of the thread of a client for programs of threads, in bytes.
const STACK: usize = 512 << 10;
/// Beyond what a call may take, for a machine that is busy.
const GRACE: Duration = Duration::from_secs(10);
/// What a call is told that was not made.
pub(super) const HELD_UP: &str = "the runtime of the client is held up";

/// A runtime, which ends with it if it is its own.
#[derive(Debug)]
pub(super) struct Home {
    runtime: Handle,
    /// Dropped to end the thread.
    _thread: Option<oneshot::Sender<()>>,
}

impl Home {
    /// The present runtime.
    pub(super) fn here() -> Self {
        Self { runtime: Handle::current(), _thread: None }
    }

    /// A thread of its own, with a runtime of its own.
    pub(super) fn thread() -> Result<Self, ConnectError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(ConnectError::Spawn)?;
        let (handle, (end, ended)) = (runtime.handle().clone(), oneshot::channel());
        let thread = thread::Builder::new().name("commit-client".to_owned()).stack_size(STACK);
        let work = move || {
            // It ends when the sender is gone.
            drop(runtime.block_on(ended));
            runtime.shutdown_background();
        };
        thread.spawn(work).map_err(ConnectError::Spawn)?;
        Ok(Self { runtime: handle, _thread: Some(end) })
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(self.runtime.spawn(work));
    }

    /// Does work there and blocks until it is done.
    pub(super) fn block<T: Send + 'static>(
        &self,
        at_most: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, NotDone> {
        let (tell, told) = bounded(1);
        self.spawn(async move {
            // Nobody takes it if the caller has given up.
            drop(tell.send(work.await));
        });
        let at_most = at_most.saturating_add(GRACE);
        told.recv_timeout(at_most).map_err(|error| match error {
            RecvTimeoutError::Disconnected => NotDone::Ended,
            RecvTimeoutError::Timeout => NotDone::HeldUp(at_most),
        })
    }
}

/// Why work is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotDone {
    /// The runtime has ended.
    Ended,
    /// The runtime did not come to it for so long: it is itself blocked, perhaps by this.
    HeldUp(Duration),
}

impl NotDone {
    pub(super) fn while_connecting(self) -> ConnectError {
        ConnectError::Spawn(match self {
            Self::Ended => io::Error::other("the thread has ended"),
            Self::HeldUp(_) => io::Error::new(io::ErrorKind::TimedOut, HELD_UP),
        })
    }
}
