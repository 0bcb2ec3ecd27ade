//! A queue on its own.

use std::fmt;
use std::time::Duration;

use crate::attached::FeedQueue;
use crate::builder::QueueBuilder;
use crate::error::{AddListenerError, AttachError, RemoveListenerError, StartError, StopError, WaitError};
use crate::feed::{Feed, Poster};
use crate::handle::{ListenerHandle, Removal};
use crate::listener::Listener;
use crate::options::{FeedOptions, QueueOptions};
use crate::posted::Posted;
use crate::report::StopReport;
use crate::snapshot::QueueSnapshot;

/// A bounded queue of events and the one thread that calls its listeners.
///
/// A cheap handle; when the last one is dropped, the queue stops, within the time of
/// [`QueueBuilder::drop_timeout`]. A listener that posts holds a [`Poster`], which does not keep the queue alive.
#[must_use = "dropping the last handle stops the queue"]
pub struct AsyncEventQueue<E: Send + Sync + 'static> {
    feed: Feed<E>,
    queue: FeedQueue<E>,
}

impl<E: Send + Sync + 'static> Clone for AsyncEventQueue<E> {
    fn clone(&self) -> Self {
        Self { feed: self.feed.clone(), queue: self.queue.clone() }
    }
}

impl<E: Send + Sync + 'static> fmt::Debug for AsyncEventQueue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncEventQueue").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl<E: Send + Sync + 'static> AsyncEventQueue<E> {
    /// A queue with the default settings.
    ///
    /// # Panics
    /// Never: the default settings are in order.
    pub fn new(name: impl Into<String>) -> Self {
        Self::builder(name).build().expect("the default settings are in order")
    }

    /// Sets a queue up; `name` is its name in logs, in reports, and in metrics, there as `bus` and as `queue`.
    pub fn builder(name: impl Into<String>) -> QueueBuilder<E> {
        QueueBuilder::new(name)
    }

    pub(crate) fn with_options(
        name: String,
        feed: FeedOptions<E>,
        options: QueueOptions,
    ) -> Result<Self, AttachError> {
        let feed = Feed::new(feed.start_buffer(options.capacity));
        let queue = feed.attach(name, options)?;
        Ok(Self { feed, queue })
    }

    /// Adds a listener; see [`FeedQueue::add_listener`].
    ///
    /// # Errors
    /// [`AddListenerError::Stopped`].
    pub fn add_listener<L: Listener<E>>(&self, listener: L) -> Result<ListenerHandle<L>, AddListenerError> {
        self.queue.add_listener(listener)
    }

    /// Removes a listener and gives it back; see [`FeedQueue::remove_listener`].
    ///
    /// # Errors
    /// [`RemoveListenerError::Unknown`].
    pub fn remove_listener<L>(&self, handle: &ListenerHandle<L>) -> Result<Removal<L>, RemoveListenerError> {
        self.queue.remove_listener(handle)
    }

    /// Posts an event; see [`Feed::post`].
    ///
    /// # Blocking
    /// Only under [`Overflow::Block`](crate::Overflow::Block).
    pub fn post(&self, event: E) -> Posted {
        self.feed.post(event)
    }

    /// Posts an event and never blocks; see [`Feed::try_post`].
    pub fn try_post(&self, event: E) -> Posted {
        self.feed.try_post(event)
    }

    /// A handle that posts, and does not keep the queue alive.
    pub fn poster(&self) -> Poster<E> {
        self.feed.poster()
    }

    /// Starts the dispatch thread; see [`Feed::start`].
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(&self) -> Result<(), StartError> {
        self.feed.start()
    }

    /// Stops the queue; see [`Feed::stop`].
    ///
    /// # Errors
    /// [`StopError`].
    ///
    /// # Blocking
    /// For `deadline` at the most.
    pub fn stop(&self, deadline: Duration) -> Result<StopReport, StopError> {
        self.feed.stop(deadline)
    }

    /// As [`stop`](Self::stop), without blocking the thread; see [`Feed::stop_async`].
    ///
    /// # Errors
    /// [`StopError`].
    ///
    /// # Cancel safety
    /// As [`Feed::stop_async`].
    #[cfg(feature = "tokio")]
    pub async fn stop_async(&self, deadline: Duration) -> Result<StopReport, StopError> {
        self.feed.stop_async(deadline).await
    }

    /// Waits until the queue is empty, and everything posted has been handled; see [`Feed::wait_until_empty`].
    ///
    /// # Errors
    /// [`WaitError`].
    ///
    /// # Blocking
    /// For `timeout` at the most.
    pub fn wait_until_empty(&self, timeout: Duration) -> Result<(), WaitError> {
        self.feed.wait_until_empty(timeout)
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
        self.feed.wait_until_empty_async(timeout).await
    }

    /// What the queue has counted, and its listeners.
    pub fn snapshot(&self) -> QueueSnapshot {
        self.queue.snapshot()
    }
}
