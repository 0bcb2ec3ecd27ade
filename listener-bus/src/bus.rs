//! Named queues behind one `post`.

mod lifecycle;
mod queues;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_event_queue::{
    AttachError, Feed, FeedQueue, Listener, ListenerHandle, Poster, QueueOptions, QueueSnapshot, Removal,
    RemoveListenerError,
};

use crate::builder::BusBuilder;
use crate::error::AddListenerError;
use crate::into_listener::IntoListener;
use crate::names::{APP_STATUS, BusName, EVENT_LOG, EXECUTOR_MANAGEMENT, SHARED};
use queues::Queues;

/// Hands every posted event to named queues, each with its own listeners and its own thread.
///
/// A cheap handle; when the last one is dropped, the bus stops, within the time of [`BusBuilder::drop_timeout`]. A
/// listener that posts holds a [`Poster`], which does not keep the bus alive.
#[must_use = "dropping the last handle stops the bus"]
pub struct LiveListenerBus<E: Send + Sync + 'static> {
    shared: Arc<Shared<E>>,
}

struct Shared<E: Send + Sync + 'static> {
    // Before the name, which must not go to another bus while this one still counts.
    feed: Feed<E>,
    default_queue: QueueOptions,
    options: BTreeMap<String, QueueOptions>,
    /// Which queue has which name. Held while a queue is made, never while anything is waited for.
    queues: Mutex<Queues<E>>,
    name: BusName,
}

impl<E: Send + Sync + 'static> Clone for LiveListenerBus<E> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

/// A handle of a bus that does not keep it alive, for who is on the bus and may outlive it.
pub struct WeakListenerBus<E: Send + Sync + 'static> {
    shared: Weak<Shared<E>>,
}

impl<E: Send + Sync + 'static> Clone for WeakListenerBus<E> {
    fn clone(&self) -> Self {
        Self { shared: Weak::clone(&self.shared) }
    }
}

impl<E: Send + Sync + 'static> fmt::Debug for WeakListenerBus<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakListenerBus").finish_non_exhaustive()
    }
}

impl<E: Send + Sync + 'static> WeakListenerBus<E> {
    /// The bus, while somebody has a handle of it.
    pub fn upgrade(&self) -> Option<LiveListenerBus<E>> {
        self.shared.upgrade().map(|shared| LiveListenerBus { shared })
    }
}

impl<E: Send + Sync + 'static> fmt::Debug for LiveListenerBus<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveListenerBus").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// A bus at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BusSnapshot {
    /// Events posted to the bus, once each whatever the number of queues.
    pub posted: u64,
    /// The queues, in the order they were first made; counts go on when a queue comes back under its name.
    pub queues: Vec<QueueSnapshot>,
}

impl<E: Send + Sync + 'static> LiveListenerBus<E> {
    /// Sets a bus for events `E` up.
    pub fn builder() -> BusBuilder<E> {
        BusBuilder::new()
    }

    pub(crate) fn new(
        name: BusName,
        feed: Feed<E>,
        default_queue: QueueOptions,
        options: BTreeMap<String, QueueOptions>,
    ) -> Self {
        let queues = Mutex::new(Queues::default());
        Self { shared: Arc::new(Shared { feed, default_queue, options, queues, name }) }
    }

    /// The bus's name.
    pub fn name(&self) -> &str {
        self.shared.name.as_str()
    }

    /// Adds a listener to the queue for listeners that belong to no other.
    ///
    /// # Errors
    /// As [`add_to_queue`](Self::add_to_queue).
    pub fn add_to_shared_queue<L, Kind>(&self, listener: L) -> Result<ListenerHandle<L>, AddListenerError>
    where
        L: IntoListener<E, Kind> + 'static,
    {
        self.add_to_queue(SHARED, listener)
    }

    /// Adds a listener to the queue for the application's status.
    ///
    /// # Errors
    /// As [`add_to_queue`](Self::add_to_queue).
    pub fn add_to_status_queue<L, Kind>(&self, listener: L) -> Result<ListenerHandle<L>, AddListenerError>
    where
        L: IntoListener<E, Kind> + 'static,
    {
        self.add_to_queue(APP_STATUS, listener)
    }

    /// Adds a listener to the queue for what manages executors.
    ///
    /// # Errors
    /// As [`add_to_queue`](Self::add_to_queue).
    pub fn add_to_management_queue<L, Kind>(&self, listener: L) -> Result<ListenerHandle<L>, AddListenerError>
    where
        L: IntoListener<E, Kind> + 'static,
    {
        self.add_to_queue(EXECUTOR_MANAGEMENT, listener)
    }

    /// Adds a listener to the queue for the event log.
    ///
    /// # Errors
    /// As [`add_to_queue`](Self::add_to_queue).
    pub fn add_to_event_log_queue<L, Kind>(&self, listener: L) -> Result<ListenerHandle<L>, AddListenerError>
    where
        L: IntoListener<E, Kind> + 'static,
    {
        self.add_to_queue(EVENT_LOG, listener)
    }

    /// Adds a listener to the queue of this name, which is made if need be. A queue made before the start gets
    /// everything posted so far; one made later gets what is posted from now on. A listener added to a queue that is
    /// there gets every event dispatched after this call.
    ///
    /// # Errors
    /// [`AddListenerError`], naming the listener and the queue.
    pub fn add_to_queue<L, Kind>(
        &self,
        queue: &str,
        listener: L,
    ) -> Result<ListenerHandle<L>, AddListenerError>
    where
        L: IntoListener<E, Kind> + 'static,
    {
        let mut listener = listener.into_listener();
        loop {
            let place = self.place_in(queue).map_err(|error| refused(&listener, error))?;
            match place.try_add_listener(listener) {
                Ok(handle) => return Ok(handle.opened_by(L::open)),
                // The queue has just lost its last listener, or the bus is being stopped: the next look tells.
                Err(back) => listener = back,
            }
        }
    }

    /// The active queue of this name, made if need be.
    fn place_in(&self, queue: &str) -> Result<FeedQueue<E>, AttachError> {
        let mut queues = self.queues();
        if let Some(place) = queues.active(queue) {
            return Ok(place);
        }
        let (place, spent) = queues.attach(&self.shared.feed, queue, self.options(queue))?;
        drop(queues);
        drop(spent);
        Ok(place)
    }

    /// Removes a listener; the [`Removal`] gives it back. It gets no event after the one being handled. A queue whose
    /// last listener leaves is stopped, and what waits in it is dropped with reason `no_listener`.
    ///
    /// A listener that was there when the bus stopped can be had back here too.
    ///
    /// # Errors
    /// [`RemoveListenerError::Unknown`].
    pub fn remove_listener<L>(&self, handle: &ListenerHandle<L>) -> Result<Removal<L>, RemoveListenerError> {
        let queue = self.queues().by_id(handle.queue_id());
        let unknown = || RemoveListenerError::Unknown {
            listener: handle.listener_name().to_owned(),
            queue: handle.queue_name().to_owned(),
        };
        queue.ok_or_else(unknown)?.remove_listener(handle)
    }

    /// A handle that does not keep the bus alive.
    pub fn downgrade(&self) -> WeakListenerBus<E> {
        WeakListenerBus { shared: Arc::downgrade(&self.shared) }
    }

    /// A handle that posts, and does not keep the bus alive.
    pub fn poster(&self) -> Poster<E> {
        self.shared.feed.poster()
    }

    /// The names of the queues that take events, in the order they were made.
    pub fn active_queues(&self) -> Vec<String> {
        self.queues().all_active().map(|queue| queue.name().to_owned()).collect()
    }

    /// The capacity of the active queue of this name, in events.
    pub fn queue_capacity(&self, queue: &str) -> Option<usize> {
        self.queues().active(queue).map(|queue| queue.capacity())
    }

    /// What the bus and its queues have counted.
    pub fn snapshot(&self) -> BusSnapshot {
        // The queues first: what they have been offered has been posted.
        let queues = self.queues().snapshots();
        BusSnapshot { posted: self.shared.feed.posted(), queues }
    }

    fn options(&self, queue: &str) -> QueueOptions {
        self.shared.options.get(queue).copied().unwrap_or(self.shared.default_queue)
    }

    fn queues(&self) -> MutexGuard<'_, Queues<E>> {
        self.shared.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused<E>(listener: &impl Listener<E>, error: AttachError) -> AddListenerError {
    let listener = listener.name().into_owned();
    match error {
        AttachError::Stopped { bus, queue } => AddListenerError::Stopped { bus, queue, listener },
        source => AddListenerError::Queue { listener, source },
    }
}
