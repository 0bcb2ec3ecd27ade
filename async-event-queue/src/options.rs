//! What a queue can be told before it exists.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::error::OptionsError;

/// Capacity of a queue unless told otherwise, in events: as `spark.scheduler.listenerbus.eventqueue.capacity`.
pub const DEFAULT_CAPACITY: usize = 10_000;

/// Places beyond the capacity that only critical events may take, unless told otherwise, in events.
pub const DEFAULT_CRITICAL_RESERVE: usize = 1_000;

/// What happens to an event that finds its queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The new event is dropped, as in Spark's `AsyncEventQueue`. `post` never blocks.
    #[default]
    DropNewest,
    /// The oldest waiting ordinary event makes room. `post` never blocks.
    DropOldest,
    /// `post` waits for room, and drops the event when there is still none after this time.
    ///
    /// A listener that posts to its own full queue is not made to wait for itself: its event is dropped at once.
    Block {
        /// The longest time one `post` waits for this queue.
        at_most: Duration,
    },
}

/// How much an event matters when its queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventClass {
    /// May take a place within the capacity.
    #[default]
    Ordinary,
    /// May also take a place in the critical reserve, so that a flood of ordinary events never drops it.
    Critical,
}

/// What a queue does when it has no listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WithoutListeners {
    /// It goes on; its events are delivered to nobody.
    #[default]
    Continue,
    /// It stops when the last listener leaves; what waits is dropped with [`DropReason::NoListener`](crate::DropReason).
    Stop,
}

/// The settings of one queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueOptions {
    pub(crate) capacity: usize,
    pub(crate) critical_reserve: usize,
    pub(crate) overflow: Overflow,
    pub(crate) remove_after_panics: Option<NonZeroU32>,
    pub(crate) without_listeners: WithoutListeners,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            capacity: DEFAULT_CAPACITY,
            critical_reserve: DEFAULT_CRITICAL_RESERVE,
            overflow: Overflow::default(),
            remove_after_panics: None,
            without_listeners: WithoutListeners::default(),
        }
    }
}

impl QueueOptions {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The events that may wait, not counting the one being handled. Honoured exactly; zero is refused when the
    /// queue is built. Defaults to 10 000 events.
    #[must_use]
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events;
        self
    }

    /// Places beyond the capacity for critical events alone. When these are taken too, critical events are
    /// dropped like others. Defaults to 1 000 events.
    #[must_use]
    pub fn critical_reserve(mut self, events: usize) -> Self {
        self.critical_reserve = events;
        self
    }

    /// What happens to an event that finds the queue full. Defaults to [`Overflow::DropNewest`].
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Removes a listener after this many panics in a row. Defaults to never.
    #[must_use]
    pub fn remove_after_panics(mut self, consecutive: NonZeroU32) -> Self {
        self.remove_after_panics = Some(consecutive);
        self
    }

    /// What becomes of the queue when its last listener leaves. Defaults to [`WithoutListeners::Continue`].
    #[must_use]
    pub fn without_listeners(mut self, behaviour: WithoutListeners) -> Self {
        self.without_listeners = behaviour;
        self
    }

    /// The capacity that was set, in events.
    pub fn capacity_events(&self) -> usize {
        self.capacity
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`OptionsError::ZeroCapacity`], naming `queue`.
    pub fn check(&self, queue: &str) -> Result<(), OptionsError> {
        if self.capacity == 0 {
            return Err(OptionsError::ZeroCapacity { queue: queue.to_owned() });
        }
        Ok(())
    }

    /// How many events may wait if one of `class` is to be taken in.
    pub(crate) fn limit(&self, class: EventClass) -> u64 {
        let limit = match class {
            EventClass::Ordinary => self.capacity,
            EventClass::Critical => self.capacity.saturating_add(self.critical_reserve),
        };
        limit as u64
    }
}

type Classify<E> = Arc<dyn Fn(&E) -> EventClass + Send + Sync>;
type TypeOf<E> = Arc<dyn Fn(&E) -> String + Send + Sync>;

/// The settings that all queues of one [`Feed`](crate::Feed) share.
pub struct FeedOptions<E> {
    pub(crate) bus: String,
    pub(crate) classify: Option<Classify<E>>,
    pub(crate) event_type: Option<TypeOf<E>>,
    pub(crate) start_buffer: usize,
    pub(crate) slow_event: Duration,
    pub(crate) drop_timeout: Duration,
    pub(crate) timed_listeners: usize,
}

impl<E> FeedOptions<E> {
    /// The default settings; `bus` is the `bus` label in metrics and logs.
    ///
    /// Feeds that share a name share the series: their counters add up, and their gauges show the last writer.
    pub fn new(bus: impl Into<String>) -> Self {
        Self {
            bus: bus.into(),
            classify: None,
            event_type: None,
            start_buffer: DEFAULT_CAPACITY,
            slow_event: Duration::from_secs(1),
            drop_timeout: Duration::from_secs(5),
            timed_listeners: 128,
        }
    }

    /// Changes the `bus` label in metrics and logs.
    #[must_use]
    pub fn bus(mut self, bus: impl Into<String>) -> Self {
        self.bus = bus.into();
        self
    }

    /// Tells critical events from ordinary ones. Called on the posting thread, at most once for a post: not for one that
    /// finds room in every queue anyway. Defaults to all events being ordinary.
    #[must_use]
    pub fn classify(mut self, classify: impl Fn(&E) -> EventClass + Send + Sync + 'static) -> Self {
        self.classify = Some(Arc::new(classify));
        self
    }

    /// Names an event's type in logs about it. Defaults to the Rust type `E`.
    #[must_use]
    pub fn event_type(mut self, name: impl Fn(&E) -> String + Send + Sync + 'static) -> Self {
        self.event_type = Some(Arc::new(name));
        self
    }

    /// How many ordinary events may wait for the start; as many critical ones again as the default reserve.
    /// Zero drops whatever ordinary event is posted before the start. Defaults to 10 000 events.
    #[must_use]
    pub fn start_buffer(mut self, events: usize) -> Self {
        self.start_buffer = events;
        self
    }

    /// A listener that is inside one event for longer is logged, and shown in a gauge while it is there.
    /// Defaults to one second, as `spark.scheduler.listenerbus.logSlowEvent.threshold`.
    #[must_use]
    pub fn slow_event_threshold(mut self, threshold: Duration) -> Self {
        self.slow_event = threshold;
        self
    }

    /// How long dropping the last handle waits for the queues to drain. Defaults to five seconds.
    #[must_use]
    pub fn drop_timeout(mut self, timeout: Duration) -> Self {
        self.drop_timeout = timeout;
        self
    }

    /// How many listeners have a `listener` label of their own in metrics; the others share `other`.
    /// Defaults to 128, as `spark.scheduler.listenerbus.metrics.maxListenerClassesTimed`.
    #[must_use]
    pub fn timed_listeners(mut self, listeners: usize) -> Self {
        self.timed_listeners = listeners;
        self
    }

    pub(crate) fn type_of(&self, event: &E) -> String {
        match &self.event_type {
            Some(name) => name(event),
            None => crate::listener::short_type_name(std::any::type_name::<E>()),
        }
    }
}

impl<E> fmt::Debug for FeedOptions<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedOptions")
            .field("bus", &self.bus)
            .field("start_buffer", &self.start_buffer)
            .field("slow_event", &self.slow_event)
            .field("drop_timeout", &self.drop_timeout)
            .field("timed_listeners", &self.timed_listeners)
            .finish_non_exhaustive()
    }
}
