//! One queue of a feed, as its owner sees it.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel;

use crate::core::QueueCore;
use crate::error::{AddListenerError, RemoveListenerError, WaitError};
use crate::feed::FeedCore;
use crate::handle::{ListenerHandle, Removal};
use crate::labels::Label;
use crate::listener::Listener;
use crate::mailbox::{Removed, give_back};
use crate::metrics::ListenerMetrics;
use crate::roster::{ListenerStats, Seat};
use crate::signal::deadline_after;
use crate::snapshot::QueueSnapshot;

/// One queue that has joined a [`Feed`](crate::Feed): its listeners, its counters and its waits. A cheap handle.
pub struct FeedQueue<E> {
    core: Arc<QueueCore<E>>,
    feed: Arc<FeedCore<E>>,
}

impl<E> Clone for FeedQueue<E> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core), feed: Arc::clone(&self.feed) }
    }
}

impl<E> fmt::Debug for FeedQueue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedQueue").field("core", &self.core).finish_non_exhaustive()
    }
}

impl<E: 'static> FeedQueue<E> {
    pub(crate) fn new(core: Arc<QueueCore<E>>, feed: Arc<FeedCore<E>>) -> Self {
        Self { core, feed }
    }

    /// The queue's name.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// The queue's number, which no other queue of the process has.
    pub fn id(&self) -> u64 {
        self.core.id
    }

    /// Ordinary events that may wait.
    pub fn capacity(&self) -> usize {
        self.core.options.capacity
    }

    /// Whether the queue takes events: it has not been stopped, by its feed or by the last listener's leaving.
    pub fn is_active(&self) -> bool {
        self.core.mailbox.accepts()
    }

    /// Whether the queue has ended, and nobody can ask it for a listener any more: what is left is its counters.
    pub fn is_spent(&self) -> bool {
        self.core.mailbox.is_spent()
    }

    /// Adds a listener behind those that are there. It gets every event that is dispatched after this call returns,
    /// also those that wait already; the event being handled is not affected.
    ///
    /// # Errors
    /// [`AddListenerError::Stopped`]; the listener is dropped.
    pub fn add_listener<L: Listener<E>>(&self, listener: L) -> Result<ListenerHandle<L>, AddListenerError> {
        self.try_add_listener(listener).map_err(|listener| AddListenerError::Stopped {
            listener: listener.name().into_owned(),
            queue: self.core.name.clone(),
        })
    }

    /// As [`add_listener`](Self::add_listener), but gives the listener back if the queue takes none any more.
    ///
    /// # Errors
    /// The listener.
    ///
    /// # Panics
    /// Never: what is given back is the listener that came in.
    pub fn try_add_listener<L: Listener<E>>(&self, listener: L) -> Result<ListenerHandle<L>, L> {
        let name = listener.name().into_owned();
        let mut naming = self.feed.labels.naming();
        let name = self.distinct(name);
        let id = naming.take_number();
        if !self.is_active() {
            return Err(listener);
        }
        let handle = ListenerHandle::new((self.core.id, &self.core.name), (id, &name));
        let stats = Arc::new(ListenerStats::new(&handle, self.metrics(&name)));
        match self.core.mailbox.add(Seat::new(stats, Box::new(listener))) {
            Ok(()) => Ok(handle),
            Err(refused) => {
                Err(*refused.listener.into_any().downcast::<L>().expect("the listener was boxed above"))
            }
        }
    }

    /// A second listener of one name gets a number behind it.
    fn distinct(&self, name: String) -> String {
        let desk = self.core.mailbox.desk();
        let is_taken = |name: &str| desk.listeners.iter().any(|stats| stats.name == name);
        if !is_taken(&name) {
            return name;
        }
        let most = desk.listeners.len() + 1;
        (2..=most).map(|number| format!("{name}-{number}")).find(|name| !is_taken(name)).unwrap_or(name)
    }

    fn metrics(&self, listener: &str) -> ListenerMetrics {
        let (bus, queue) = (self.feed.bus(), self.core.name.as_str());
        match self.feed.labels.give(queue, listener) {
            Label::Own => ListenerMetrics::new(bus, queue, Some(listener)),
            Label::Shared { first } => {
                if first {
                    tracing::warn!(
                        bus,
                        queue,
                        listener,
                        "this and later listeners share the metric label `other`: the cap on timed listeners is reached"
                    );
                }
                ListenerMetrics::new(bus, queue, None)
            }
        }
    }

    /// Removes a listener and gives it back through the [`Removal`]. It gets no event after the one being handled; an
    /// event being handled still reaches the listeners behind it.
    ///
    /// A listener that was there when the queue ended can be had back here too.
    ///
    /// # Errors
    /// [`RemoveListenerError::Unknown`].
    pub fn remove_listener<L>(&self, handle: &ListenerHandle<L>) -> Result<Removal<L>, RemoveListenerError> {
        if handle.queue != self.core.id {
            return Err(handle.unknown());
        }
        let (back, returned) = channel::bounded::<Box<dyn Any + Send>>(1);
        let removed =
            self.core.mailbox.remove(handle.listener, back.clone()).ok_or_else(|| handle.unknown())?;
        let dispatch_thread = self.core.mailbox.dispatch_thread();
        match removed {
            Removed::Now(seat) => give_back(seat, &back),
            Removed::Soon => {}
        }
        self.feed.leave_if_deserted(&self.core);
        Ok(Removal::new(handle, returned, dispatch_thread))
    }

    /// What the queue has counted, and its listeners.
    pub fn snapshot(&self) -> QueueSnapshot {
        self.core.snapshot()
    }

    /// Waits until the queue is empty: everything posted, also meanwhile, has been handled by all its listeners.
    ///
    /// # Errors
    /// [`WaitError`].
    ///
    /// # Blocking
    /// For `timeout` at the most.
    pub fn wait_until_empty(&self, timeout: Duration) -> Result<(), WaitError> {
        let (begun, deadline) = (Instant::now(), deadline_after(timeout));
        self.feed.wait_started(begun, deadline)?;
        self.core.wait_until_empty(begun, deadline)
    }
}
