//! Waiting for all queues of a feed.

use std::time::{Duration, Instant};

use super::{Feed, FeedCore};
use crate::error::WaitError;
use crate::signal::deadline_after;

impl<E: Send + Sync + 'static> Feed<E> {
    /// Waits until all queues are empty: everything posted, also meanwhile, has been handled by all listeners.
    ///
    /// # Errors
    /// The first queue that was not empty when `timeout` had passed, or that this thread itself dispatches.
    ///
    /// # Blocking
    /// For `timeout` at the most.
    pub fn wait_until_empty(&self, timeout: Duration) -> Result<(), WaitError> {
        let begun = Instant::now();
        let deadline = deadline_after(timeout);
        self.core().wait_started(begun, deadline)?;
        // A listener may have posted to a queue that was found empty before.
        loop {
            let posted = self.posted();
            for queue in self.core().queues() {
                queue.wait_until_empty(begun, deadline)?;
            }
            if self.posted() == posted || Instant::now() >= deadline {
                break;
            }
        }
        Ok(())
    }

    /// As [`wait_until_empty`](Self::wait_until_empty), without blocking the thread.
    ///
    /// # Errors
    /// As [`wait_until_empty`](Self::wait_until_empty).
    ///
    /// # Cancel safety
    /// Safe: dropping the future ends the wait and nothing else.
    ///
    /// # Panics
    /// Outside a tokio runtime with its timer enabled.
    #[cfg(feature = "tokio")]
    pub async fn wait_until_empty_async(&self, timeout: Duration) -> Result<(), WaitError> {
        let begun = Instant::now();
        let deadline = deadline_after(timeout);
        self.core().wait_started_async(begun, deadline).await?;
        loop {
            let posted = self.posted();
            for queue in self.core().queues() {
                queue.wait_until_empty_async(begun, deadline).await?;
            }
            if self.posted() == posted || Instant::now() >= deadline {
                break;
            }
        }
        Ok(())
    }
}

impl<E> FeedCore<E> {
    /// Waits until nothing waits for the start any more.
    pub(crate) fn wait_started(&self, begun: Instant, deadline: Instant) -> Result<(), WaitError> {
        match self.started.wait_for(&self.start_gate, deadline, |()| self.is_sent()) {
            Some(()) => Ok(()),
            None => self.check_start_buffer(begun),
        }
    }

    #[cfg(feature = "tokio")]
    async fn wait_started_async(&self, begun: Instant, deadline: Instant) -> Result<(), WaitError> {
        match self.started.wait_for_async(&self.start_gate, deadline, |()| self.is_sent()).await {
            Some(()) => Ok(()),
            None => self.check_start_buffer(begun),
        }
    }

    fn is_sent(&self) -> Option<()> {
        (self.state().start_buffer.len() == 0).then_some(())
    }

    fn check_start_buffer(&self, begun: Instant) -> Result<(), WaitError> {
        let pending = self.state().start_buffer.len();
        if pending == 0 {
            return Ok(());
        }
        Err(WaitError::NotEmpty {
            queue: "start buffer".to_owned(),
            pending: pending as u64,
            waited: begun.elapsed(),
        })
    }
}
