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
        self.core().check_start_buffer(begun)
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
        loop {
            let posted = self.posted();
            for queue in self.core().queues() {
                queue.wait_until_empty_async(begun, deadline).await?;
            }
            if self.posted() == posted || Instant::now() >= deadline {
                break;
            }
        }
        self.core().check_start_buffer(begun)
    }
}

impl<E> FeedCore<E> {
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
