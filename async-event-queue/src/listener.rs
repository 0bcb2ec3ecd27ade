//! Who is called for each event.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dispatch::Batch;

/// Called for each event of the queue it was added to, one event at a time, on the queue's dispatch thread.
///
/// It is owned by that thread while the queue runs, so it needs no lock. A closure `FnMut(&E)` is a listener,
/// and so is an `Arc<Mutex<L>>`, for one that others want to look into while it works.
pub trait Listener<E>: Send + 'static {
    /// The name in logs, in metrics (label `listener`) and in reports. Defaults to the type's name.
    fn name(&self) -> Cow<'static, str> {
        Cow::Owned(short_type_name(std::any::type_name::<Self>()))
    }

    /// Called for each event.
    fn on_event(&mut self, event: &E);

    /// Called for each event with its sequence number, which rises by one with every event that was posted.
    /// Defaults to [`on_event`](Self::on_event) without the number.
    fn on_sequenced(&mut self, sequence: u64, event: &E) {
        let _ = sequence;
        self.on_event(event);
    }

    /// Called when events were dropped before the next one this listener gets, or before it is closed: what it
    /// has counted or inferred so far may be wrong from here on. Defaults to doing nothing.
    fn on_gap(&mut self, gap: &Gap) {
        let _ = gap;
    }

    /// Called once after its last event: when it is removed, or when the queue stops. What is flushed here
    /// counts against the deadline of the stop. Not called if the queue never started. Defaults to doing nothing.
    fn on_close(&mut self) {}
}

/// A run of events that a queue has dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The sequence number of the first dropped event.
    pub first: u64,
    /// The sequence number of the last dropped event.
    pub last: u64,
}

impl Gap {
    /// How many events were dropped; none between `first` and `last` was delivered.
    pub fn events(&self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "events {} to {} ({}) were dropped", self.first, self.last, self.events())
    }
}

impl<E, F> Listener<E> for F
where
    F: FnMut(&E) + Send + 'static,
{
    fn on_event(&mut self, event: &E) {
        self(event);
    }
}

impl<E, L: Listener<E>> Listener<E> for Arc<Mutex<L>> {
    fn name(&self) -> Cow<'static, str> {
        self.lock().unwrap_or_else(PoisonError::into_inner).name()
    }

    fn on_event(&mut self, event: &E) {
        self.lock().unwrap_or_else(PoisonError::into_inner).on_event(event);
    }

    fn on_sequenced(&mut self, sequence: u64, event: &E) {
        self.lock().unwrap_or_else(PoisonError::into_inner).on_sequenced(sequence, event);
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.lock().unwrap_or_else(PoisonError::into_inner).on_gap(gap);
    }

    fn on_close(&mut self) {
        self.lock().unwrap_or_else(PoisonError::into_inner).on_close();
    }
}

/// A listener that can be given back as the type it was added as.
pub(crate) trait AnyListener<E>: Listener<E> {
    /// Calls it for each event of the batch.
    fn handle(&mut self, batch: &mut Batch<'_, E>);

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

impl<E, L: Listener<E>> AnyListener<E> for L {
    fn handle(&mut self, batch: &mut Batch<'_, E>) {
        while let Some((sequence, event)) = batch.next() {
            self.on_sequenced(sequence, event);
        }
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

/// The type's name without paths and type parameters; a closure is named after the function it is in.
pub(crate) fn short_type_name(full: &str) -> String {
    let plain = full.split('<').next().unwrap_or(full);
    let mut segments = plain.rsplit("::").filter(|segment| *segment != "{{closure}}");
    let last = segments.next().unwrap_or(plain);
    if plain.ends_with("{{closure}}") { format!("{last}::closure") } else { last.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_named_after_its_type() {
        struct Counter;
        impl Listener<u64> for Counter {
            fn on_event(&mut self, _: &u64) {}
        }
        assert_eq!(Listener::<u64>::name(&Counter), "Counter");
        assert_eq!(Listener::<u64>::name(&Arc::new(Mutex::new(Counter))), "Counter");
        assert_eq!(short_type_name("app::sink::Sink<app::Row<u8>>"), "Sink");
    }

    #[test]
    fn a_closure_is_named_after_the_function_it_is_in() {
        let closure = |_: &u64| ();
        assert_eq!(
            Listener::<u64>::name(&closure),
            "a_closure_is_named_after_the_function_it_is_in::closure"
        );
    }
}
