//! How far a dispatch thread is: written by it alone, read by everyone.

use crate::sync::atomic::{AtomicU64, Ordering};

/// No listener has been called yet.
const NOBODY: u64 = 0;
/// Marks a listener that is called for something else than an event.
const APART: u64 = 1 << 63;

/// Events begun and finished, and the listener being called.
///
/// Atomics and not the queue's lock, because they change with every event: taking the lock twice an event
/// costs more than the delivery (the `fan_out` benchmark). One writer, so plain stores do; `Release` on
/// `steps` pairs with the `Acquire` loads here, so that who sees an event finished sees what its listeners did.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Twice the events finished, plus one while an event is being handled.
    steps: AtomicU64,
    /// The id of the listener being called; between events that of the last one, unless it is marked.
    listener: AtomicU64,
}

/// Where the dispatch thread was when somebody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    steps: u64,
    pub(crate) listener: u64,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { steps: AtomicU64::new(0), listener: AtomicU64::new(NOBODY) }
    }

    #[inline]
    pub(crate) fn begin_event(&self) {
        self.advance();
    }

    #[inline]
    pub(crate) fn finish_event(&self) {
        self.advance();
    }

    #[inline]
    fn advance(&self) {
        self.steps.store(self.steps.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    /// Events finished, for a dispatch thread that counts on from there by itself: an event's two notes would else wait for each
    /// other, which takes as long as the rest of a quick delivery.
    pub(crate) fn finished(&self) -> u64 {
        self.steps.load(Ordering::Relaxed) / 2
    }

    /// Notes that the next event behind `finished` ones is begun.
    #[inline]
    pub(crate) fn note_begun_after(&self, finished: u64) {
        self.steps.store(2 * finished + 1, Ordering::Release);
    }

    /// Notes that so many events are finished, and none is begun.
    #[inline]
    pub(crate) fn note_finished(&self, finished: u64) {
        self.steps.store(2 * finished, Ordering::Release);
    }

    /// The event goes to this listener.
    #[inline]
    pub(crate) fn enter(&self, listener: u64) {
        self.listener.store(listener, Ordering::Relaxed);
    }

    /// This listener is called, but not for an event.
    pub(crate) fn enter_apart(&self, listener: u64) {
        self.enter(listener | APART);
    }

    pub(crate) fn leave_apart(&self) {
        self.enter(NOBODY);
    }

    pub(crate) fn begun(&self) -> u64 {
        self.steps.load(Ordering::Acquire).div_ceil(2)
    }

    /// Both from one reading.
    pub(crate) fn begun_and_finished(&self) -> (u64, u64) {
        let steps = self.steps.load(Ordering::Acquire);
        (steps.div_ceil(2), steps / 2)
    }

    /// Counts an event as finished if its handling was cut off.
    pub(crate) fn abandon_event(&self) {
        if self.steps.load(Ordering::Relaxed) % 2 == 1 {
            self.advance();
        }
        self.leave_apart();
    }

    /// Whether `position` was in the event finished last.
    pub(crate) fn was_last(&self, position: Position) -> bool {
        position.steps + 1 == self.steps.load(Ordering::Relaxed)
    }

    /// Where the thread is inside a listener; the same answer twice means the same call.
    pub(crate) fn position(&self) -> Option<Position> {
        let steps = self.steps.load(Ordering::Acquire);
        let listener = self.listener.load(Ordering::Relaxed);
        let is_inside = steps % 2 == 1 || listener & APART != 0;
        (is_inside && listener != NOBODY).then_some(Position { steps, listener: listener & !APART })
    }
}
