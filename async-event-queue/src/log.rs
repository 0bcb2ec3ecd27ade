//! Where events are stored: blocks of slots, each written once and read in place by every queue.
//!
//! This is all the rest of the crate knows of storage. An event is moved into its slot under the feed's lock; no queue
//! copies or counts it. A block lives as long as somebody still needs an event in it: the feed, for the block it fills,
//! and each queue that has taken one in and not handled it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

/// Events in a block. A block's events are dropped together, so up to this many stay alive behind the newest one.
const SLOTS: u64 = 64;

/// Room for the events of one run of sequence numbers. A cheap handle.
#[derive(Debug)]
pub(crate) struct Block<E> {
    number: u64,
    slots: Arc<Slots<E>>,
}

#[derive(Debug)]
struct Slots<E>(Box<[OnceLock<E>]>);

impl<E> Clone for Block<E> {
    fn clone(&self) -> Self {
        Self { number: self.number, slots: Arc::clone(&self.slots) }
    }
}

impl<E> Block<E> {
    /// An empty block with a slot for `sequence`.
    pub(crate) fn around(sequence: u64) -> Self {
        let slots = (0..SLOTS).map(|_| OnceLock::new()).collect();
        Self { number: Self::number_of(sequence), slots: Arc::new(Slots(slots)) }
    }

    /// The number of the block that has the slot for `sequence`.
    pub(crate) fn number_of(sequence: u64) -> u64 {
        sequence / SLOTS
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The number of the first event of this block.
    pub(crate) fn begin(&self) -> u64 {
        self.number * SLOTS
    }

    /// The number after the last event of this block.
    pub(crate) fn end(&self) -> u64 {
        (self.number + 1) * SLOTS
    }

    fn slot(&self, sequence: u64) -> Option<&OnceLock<E>> {
        let is_here = Self::number_of(sequence) == self.number;
        is_here.then(|| self.slots.0.get(usize::try_from(sequence % SLOTS).unwrap_or(usize::MAX))).flatten()
    }

    /// Stores the event, once.
    pub(crate) fn put(&self, sequence: u64, event: E) {
        if let Some(slot) = self.slot(sequence) {
            let stored = slot.set(event);
            debug_assert!(stored.is_ok(), "event {sequence} is stored twice");
        }
    }

    #[inline]
    pub(crate) fn get(&self, sequence: u64) -> Option<&E> {
        self.slot(sequence)?.get()
    }
}

/// An event whose drop panics takes neither the others nor the thread down.
impl<E> Drop for Slots<E> {
    fn drop(&mut self) {
        for event in self.0.iter_mut().filter_map(OnceLock::take) {
            if catch_unwind(AssertUnwindSafe(|| drop(event))).is_err() {
                tracing::error!(event = std::any::type_name::<E>(), "dropping an event panicked");
            }
        }
    }
}

/// The writing end: the block being filled.
#[derive(Debug)]
pub(crate) struct Log<E> {
    tail: Option<Block<E>>,
}

impl<E> Default for Log<E> {
    fn default() -> Self {
        Self { tail: None }
    }
}

impl<E> Log<E> {
    /// The block with the slot for `sequence`, and the one before it if nobody fills that any more: to be let go once no
    /// lock is held.
    pub(crate) fn turn_to(&mut self, sequence: u64) -> (&Block<E>, Option<Block<E>>) {
        let is_full = |tail: &Block<E>| tail.number() != Block::<E>::number_of(sequence);
        let spent = self.tail.take_if(|tail| is_full(tail));
        (self.tail.get_or_insert_with(|| Block::around(sequence)), spent)
    }

    /// Gives the last block up.
    pub(crate) fn close(&mut self) -> Option<Block<E>> {
        self.tail.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_gives_back_what_was_put_in_and_nothing_else() {
        let block = Block::around(3 * SLOTS + 5);
        assert_eq!((block.number(), block.end()), (3, 4 * SLOTS));
        block.put(3 * SLOTS, "first");
        block.put(4 * SLOTS - 1, "last");
        assert_eq!(block.get(3 * SLOTS), Some(&"first"));
        assert_eq!(block.get(4 * SLOTS - 1), Some(&"last"));
        assert_eq!(block.get(3 * SLOTS + 1), None);
        assert_eq!(block.get(4 * SLOTS), None, "that one belongs to the next block");
    }
}
