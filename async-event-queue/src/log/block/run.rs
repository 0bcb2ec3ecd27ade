//! Events that may be read.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::Block;
use crate::sync::UnsafeCell;
use crate::sync::atomic::Ordering;

/// Published events that lie side by side in one block.
#[derive(Debug)]
pub(crate) struct Run<E> {
    block: Block<E>,
    numbers: Range<u64>,
}

impl<E> Run<E> {
    /// The events with their numbers.
    pub(crate) fn events(&self) -> Events<'_, E> {
        let from = Block::<E>::index_of(self.numbers.start);
        Events { next: self.numbers.start, slots: self.block.0.events[from..from + self.len()].iter() }
    }

    fn len(&self) -> usize {
        usize::try_from(self.numbers.end - self.numbers.start).unwrap_or(0)
    }

    /// The number after the last one.
    pub(crate) fn end(&self) -> u64 {
        self.numbers.end
    }

    pub(in crate::log) fn into_block(self) -> Block<E> {
        self.block
    }
}

/// Goes through a [`Run`].
#[derive(Debug)]
pub(crate) struct Events<'a, E> {
    next: u64,
    slots: std::slice::Iter<'a, UnsafeCell<MaybeUninit<E>>>,
}

impl<'a, E> Iterator for Events<'a, E> {
    type Item = (u64, &'a E);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let sequence = self.next;
        // SAFETY: `Block::run` has been promised that the head has passed these numbers, and has seen that they are no holes; so
        // the slot was written before, and is not written any more. The block lives as long as the run that is borrowed.
        let event = self.slots.next()?.with(|slot| unsafe { &*slot.cast::<E>() });
        self.next += 1;
        Some((sequence, event))
    }
}

impl<E> Block<E> {
    /// The events of these numbers, if all of them are stored here.
    ///
    /// # Safety
    ///
    /// The thread has loaded a head that has passed them.
    pub(in crate::log) unsafe fn run(self, numbers: Range<u64>) -> Option<Run<E>> {
        let is_here = self.begin() <= numbers.start && numbers.end <= self.end();
        if !is_here || self.0.holes.load(Ordering::Relaxed) & self.bits(numbers.start, numbers.end) != 0 {
            return None;
        }
        Some(Run { block: self, numbers })
    }
}
