//! A listener's way back.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crossbeam::channel::{Receiver, RecvTimeoutError, TryRecvError};

use crate::error::RemoveListenerError;
use crate::mailbox::Returned;
use crate::sync::thread;

/// Names one listener on one queue, to remove it and to get it back as an `L`.
pub struct ListenerHandle<L> {
    pub(crate) queue: u64,
    pub(crate) listener: u64,
    names: Arc<Names>,
    open: fn(Returned) -> Option<L>,
}

#[derive(Debug)]
pub(crate) struct Names {
    listener: String,
    queue: String,
}

impl<L> fmt::Debug for ListenerHandle<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerHandle").field("names", &self.names).finish_non_exhaustive()
    }
}

impl<L> Clone for ListenerHandle<L> {
    fn clone(&self) -> Self {
        Self { queue: self.queue, listener: self.listener, names: Arc::clone(&self.names), open: self.open }
    }
}

impl<L: 'static> ListenerHandle<L> {
    pub(crate) fn new(queue: (u64, &str), listener: (u64, &str)) -> Self {
        let names = Names { listener: listener.1.to_owned(), queue: queue.1.to_owned() };
        Self { queue: queue.0, listener: listener.0, names: Arc::new(names), open: open_as::<L> }
    }

    /// The same listener, to be given back as what `open` makes of it; for adaptors that wrap a listener in
    /// another type when they add it.
    #[must_use]
    pub fn opened_by<M>(self, open: fn(Box<dyn Any + Send>) -> Option<M>) -> ListenerHandle<M> {
        ListenerHandle { queue: self.queue, listener: self.listener, names: self.names, open }
    }
}

impl<L> ListenerHandle<L> {
    /// The listener's name on its queue.
    pub fn listener_name(&self) -> &str {
        &self.names.listener
    }

    /// The queue's name.
    pub fn queue_name(&self) -> &str {
        &self.names.queue
    }

    /// The queue's number, by which a bus finds it again.
    pub fn queue_id(&self) -> u64 {
        self.queue
    }

    pub(crate) fn downgrade(&self) -> Weak<Names> {
        Arc::downgrade(&self.names)
    }

    pub(crate) fn unknown(&self) -> RemoveListenerError {
        RemoveListenerError::Unknown {
            listener: self.names.listener.clone(),
            queue: self.names.queue.clone(),
        }
    }
}

fn open_as<L: 'static>(returned: Returned) -> Option<L> {
    returned.downcast::<L>().ok().map(|listener| *listener)
}

/// A removed listener, which comes back once its current event is over.
///
/// It gets no event after that one, whether or not anybody waits here; dropped, the listener is dropped too.
#[must_use = "holds the listener; drop it if the listener is not wanted back"]
pub struct Removal<L> {
    handle: ListenerHandle<L>,
    back: Receiver<Returned>,
    dispatch_thread: Option<thread::ThreadId>,
}

impl<L> fmt::Debug for Removal<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Removal").field("names", &self.handle.names).finish_non_exhaustive()
    }
}

impl<L> Removal<L> {
    pub(crate) fn new(
        handle: &ListenerHandle<L>,
        back: Receiver<Returned>,
        dispatch_thread: Option<thread::ThreadId>,
    ) -> Self {
        Self { handle: handle.clone(), back, dispatch_thread }
    }

    /// Waits for the listener.
    ///
    /// # Errors
    /// [`RemoveListenerError::StillInside`] after `timeout`, and then it may be asked for again;
    /// [`RemoveListenerError::InsideListener`] at once on the queue's own dispatch thread, which cannot wait for
    /// itself; [`RemoveListenerError::Gone`] when it has been handed out before.
    ///
    /// # Blocking
    /// For `timeout` at the most.
    pub fn wait(&self, timeout: Duration) -> Result<L, RemoveListenerError> {
        let (listener, queue) = (self.handle.names.listener.clone(), self.handle.names.queue.clone());
        match self.back.try_recv() {
            Ok(returned) => return self.open(returned),
            Err(TryRecvError::Disconnected) => return Err(RemoveListenerError::Gone { listener, queue }),
            Err(TryRecvError::Empty) => {}
        }
        if self.dispatch_thread == Some(thread::current().id()) {
            return Err(RemoveListenerError::InsideListener { listener, queue });
        }
        match self.back.recv_timeout(timeout) {
            Ok(returned) => self.open(returned),
            Err(RecvTimeoutError::Timeout) => {
                Err(RemoveListenerError::StillInside { listener, queue, waited: timeout })
            }
            Err(RecvTimeoutError::Disconnected) => Err(RemoveListenerError::Gone { listener, queue }),
        }
    }

    fn open(&self, returned: Returned) -> Result<L, RemoveListenerError> {
        (self.handle.open)(returned).ok_or_else(|| self.handle.unknown())
    }
}
