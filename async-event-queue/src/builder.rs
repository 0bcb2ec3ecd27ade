//! Setting a queue up.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::error::AttachError;
use crate::options::{EventClass, FeedOptions, Overflow, QueueOptions};
use crate::queue::AsyncEventQueue;

/// Sets an [`AsyncEventQueue`] up.
pub struct QueueBuilder<E> {
    name: String,
    feed: FeedOptions<E>,
    queue: QueueOptions,
}

impl<E> fmt::Debug for QueueBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueBuilder")
            .field("feed", &self.feed)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

impl<E> QueueBuilder<E> {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { feed: FeedOptions::new(name.clone()), name, queue: QueueOptions::new() }
    }

    /// The events that may wait; see [`QueueOptions::capacity`]. Defaults to 10 000 events.
    #[must_use]
    pub fn capacity(mut self, events: usize) -> Self {
        self.queue = self.queue.capacity(events);
        self
    }

    /// Places for critical events alone; see [`QueueOptions::critical_reserve`]. Defaults to 1 000 events.
    #[must_use]
    pub fn critical_reserve(mut self, events: usize) -> Self {
        self.queue = self.queue.critical_reserve(events);
        self
    }

    /// What happens to an event that finds the queue full. Defaults to [`Overflow::DropNewest`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.queue = self.queue.overflow(overflow);
        self
    }

    /// Removes a listener after this many panics in a row. Defaults to never.
    #[must_use]
    pub fn remove_after_panics(mut self, consecutive: NonZeroU32) -> Self {
        self.queue = self.queue.remove_after_panics(consecutive);
        self
    }

    /// Tells critical events from ordinary ones; see [`FeedOptions::classify`]. Defaults to all being ordinary.
    #[must_use]
    pub fn classify(mut self, classify: impl Fn(&E) -> EventClass + Send + Sync + 'static) -> Self {
        self.feed = self.feed.classify(classify);
        self
    }

    /// Names an event's type in logs about it. Defaults to the Rust type `E`.
    #[must_use]
    pub fn event_type(mut self, name: impl Fn(&E) -> String + Send + Sync + 'static) -> Self {
        self.feed = self.feed.event_type(name);
        self
    }

    /// A listener inside one event for longer is logged and shown in a gauge. Defaults to one second.
    #[must_use]
    pub fn slow_event_threshold(mut self, threshold: Duration) -> Self {
        self.feed = self.feed.slow_event_threshold(threshold);
        self
    }

    /// How long dropping the last handle waits for the queue to drain. Defaults to five seconds.
    #[must_use]
    pub fn drop_timeout(mut self, timeout: Duration) -> Self {
        self.feed = self.feed.drop_timeout(timeout);
        self
    }
}

impl<E: Send + Sync + 'static> QueueBuilder<E> {
    /// Makes the queue; it buffers what is posted until it is started.
    ///
    /// # Errors
    /// Settings that no queue can have, naming the queue.
    pub fn build(self) -> Result<AsyncEventQueue<E>, AttachError> {
        AsyncEventQueue::with_options(self.name, self.feed, self.queue)
    }
}
