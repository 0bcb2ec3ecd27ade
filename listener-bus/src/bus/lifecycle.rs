//! Posting, starting, waiting and stopping.

use std::time::Duration;

use async_event_queue::{Posted, StartError, StopError, StopReport, WaitError};

use super::LiveListenerBus;

impl<E: Send + Sync + 'static> LiveListenerBus<E> {
    /// Hands an event to every queue, or keeps it until the start. Events of one thread reach every queue in the order
    /// they were posted, and all queues see the events of all threads in one order.
    ///
    /// # Blocking
    /// Only for queues whose overflow policy is [`Overflow::Block`](crate::Overflow::Block), and for the time given
    /// there at the most.
    #[inline]
    pub fn post(&self, event: impl Into<E>) -> Posted {
        self.shared.feed.post(event.into())
    }

    /// As [`post`](Self::post), but never blocks: a full queue that would make it wait drops the event.
    pub fn try_post(&self, event: impl Into<E>) -> Posted {
        self.shared.feed.try_post(event.into())
    }

    /// Starts the queues' threads, hands them what was posted so far, in order, and from then on every post at once.
    ///
    /// # Errors
    /// [`StartError`]: a bus starts once; a thread that could not be started may be tried again.
    ///
    /// # Blocking
    /// Only for queues whose policy is [`Overflow::Block`](crate::Overflow::Block) and that have no room for what was
    /// buffered.
    pub fn start(&self) -> Result<(), StartError> {
        self.shared.feed.start()
    }

    /// Refuses new events, delivers what is queued, closes the listeners, and says what became of everything.
    ///
    /// What a queue has not delivered when `deadline` has passed is dropped, counted, and its thread left behind. May
    /// be called again, from any thread: a later call waits for what an earlier one has begun. Called by a listener,
    /// it waits for the other queues only; the listener's own goes on to deliver what it has after the call.
    ///
    /// # Errors
    /// [`StopError::NotStarted`], and then nothing has changed.
    ///
    /// # Blocking
    /// For `deadline` at the most, all queues together.
    pub fn stop(&self, deadline: Duration) -> Result<StopReport, StopError> {
        self.shared.feed.stop(deadline)
    }

    /// As [`stop`](Self::stop), without blocking the thread.
    ///
    /// # Errors
    /// [`StopError::NotStarted`].
    ///
    /// # Cancel safety
    /// New events are refused from the first poll on. If the future is dropped, the queues drain all the same, but
    /// none is cut off at the deadline; stop again to see them end.
    #[cfg(feature = "tokio")]
    pub async fn stop_async(&self, deadline: Duration) -> Result<StopReport, StopError> {
        self.shared.feed.stop_async(deadline).await
    }

    /// Waits until all queues are empty: everything posted, also meanwhile, has been handled by all listeners.
    ///
    /// # Errors
    /// [`WaitError`], naming the queue that was not empty after `timeout`.
    ///
    /// # Blocking
    /// For `timeout` at the most.
    pub fn wait_until_empty(&self, timeout: Duration) -> Result<(), WaitError> {
        self.shared.feed.wait_until_empty(timeout)
    }

    /// As [`wait_until_empty`](Self::wait_until_empty), without blocking the thread.
    ///
    /// # Errors
    /// [`WaitError`].
    ///
    /// # Cancel safety
    /// Safe: dropping the future ends the wait and nothing else.
    #[cfg(feature = "tokio")]
    pub async fn wait_until_empty_async(&self, timeout: Duration) -> Result<(), WaitError> {
        self.shared.feed.wait_until_empty_async(timeout).await
    }
}
