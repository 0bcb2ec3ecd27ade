//! Setting a bus up.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use async_event_queue::{EventClass, Feed, FeedOptions, Overflow, QueueOptions, WithoutListeners};

use crate::bus::LiveListenerBus;
use crate::error::BuildError;
use crate::names::BusName;

/// Sets a [`LiveListenerBus`] up.
pub struct BusBuilder<E> {
    name: Option<String>,
    feed: FeedOptions<E>,
    default_queue: QueueOptions,
    queues: BTreeMap<String, QueueOptions>,
}

impl<E> fmt::Debug for BusBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusBuilder")
            .field("name", &self.name)
            .field("feed", &self.feed)
            .field("default_queue", &self.default_queue)
            .field("queues", &self.queues)
            .finish()
    }
}

impl<E: Send + Sync + 'static> BusBuilder<E> {
    pub(crate) fn new() -> Self {
        Self {
            name: None,
            feed: FeedOptions::new(String::new()),
            default_queue: QueueOptions::new(),
            queues: BTreeMap::new(),
        }
    }

    /// The bus's name: the `bus` label in metrics and logs.
    ///
    /// Defaults to `listener-bus`, with a number behind it while another bus of the process has that name. Buses given
    /// the same name share their series: counters add up.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The events that may wait in a queue without settings of its own. Defaults to 10 000 events.
    #[must_use]
    pub fn capacity(mut self, events: usize) -> Self {
        self.default_queue = self.default_queue.capacity(events);
        self
    }

    /// Places for critical events alone in a queue without settings of its own. Defaults to 1 000 events.
    #[must_use]
    pub fn critical_reserve(mut self, events: usize) -> Self {
        self.default_queue = self.default_queue.critical_reserve(events);
        self
    }

    /// What a full queue without settings of its own does. Defaults to [`Overflow::DropNewest`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.default_queue = self.default_queue.overflow(overflow);
        self
    }

    /// Removes a listener after this many panics in a row, in queues without settings of their own.
    /// Defaults to never.
    #[must_use]
    pub fn remove_after_panics(mut self, consecutive: NonZeroU32) -> Self {
        self.default_queue = self.default_queue.remove_after_panics(consecutive);
        self
    }

    /// Settings for the queue of this name, in place of the bus's.
    #[must_use]
    pub fn queue(mut self, name: impl Into<String>, options: QueueOptions) -> Self {
        self.queues.insert(name.into(), options);
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

    /// How many ordinary events may wait for the start; see [`FeedOptions::start_buffer`].
    /// Defaults to 10 000 events.
    #[must_use]
    pub fn start_buffer(mut self, events: usize) -> Self {
        self.feed = self.feed.start_buffer(events);
        self
    }

    /// A listener inside one event for longer is logged and shown in a gauge. Defaults to one second.
    #[must_use]
    pub fn slow_event_threshold(mut self, threshold: Duration) -> Self {
        self.feed = self.feed.slow_event_threshold(threshold);
        self
    }

    /// How long dropping the last handle waits for the queues to drain. Defaults to five seconds.
    #[must_use]
    pub fn drop_timeout(mut self, timeout: Duration) -> Self {
        self.feed = self.feed.drop_timeout(timeout);
        self
    }

    /// How many listeners have a `listener` label of their own in metrics; the others share `other`.
    /// Defaults to 128.
    #[must_use]
    pub fn timed_listeners(mut self, listeners: usize) -> Self {
        self.feed = self.feed.timed_listeners(listeners);
        self
    }

    /// Makes the bus; it buffers what is posted until it is started.
    ///
    /// # Errors
    /// Settings that no queue can have, naming the queue; `default` for those of the bus.
    pub fn build(self) -> Result<LiveListenerBus<E>, BuildError> {
        self.default_queue.check("default")?;
        for (name, options) in &self.queues {
            options.check(name)?;
        }
        let name = self.name.map_or_else(BusName::numbered, BusName::given);
        let feed = Feed::new(self.feed.bus(name.as_str()));
        let stopping = |options: QueueOptions| options.without_listeners(WithoutListeners::Stop);
        let queues = self.queues.into_iter().map(|(name, options)| (name, stopping(options))).collect();
        Ok(LiveListenerBus::new(name, feed, stopping(self.default_queue), queues))
    }
}
