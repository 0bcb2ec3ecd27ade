//! What can be added to a bus.

use std::any::Any;

use async_event_queue::Listener;

/// Marks what is a [`Listener`] of the bus's event type by itself.
#[derive(Debug)]
pub struct Direct;

/// Whatever can be added to a bus of events `E`: a [`Listener<E>`](Listener), a closure, or, on a bus of
/// [`SchedulerEvent`](crate::SchedulerEvent)s, a [`SchedulerListener`](crate::SchedulerListener).
///
/// `Kind` is inferred; it keeps the ways apart for a type that could be added in only one of them.
pub trait IntoListener<E, Kind>: Sized {
    /// What is added in its place.
    type Listener: Listener<E>;

    /// Wraps it up.
    fn into_listener(self) -> Self::Listener;

    /// Unwraps it, when it is given back.
    fn open(returned: Box<dyn Any + Send>) -> Option<Self>;
}

impl<E, L: Listener<E>> IntoListener<E, Direct> for L {
    type Listener = L;

    fn into_listener(self) -> L {
        self
    }

    fn open(returned: Box<dyn Any + Send>) -> Option<L> {
        returned.downcast::<L>().ok().map(|listener| *listener)
    }
}
