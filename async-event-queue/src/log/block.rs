//! Slots for a run of events: the code that the compiler does not check.
#![expect(
    unsafe_code,
    reason = "an event is written in place and read in place; see `crate::log` for why that holds"
)]

mod run;

use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Arc, UnsafeCell};

pub(crate) use run::{Events, Run};

/// The most slots a block has: a bit each in a word; in loom's models few, so that blocks end in them.
const MOST_SLOTS: usize = if cfg!(loom) { 2 } else { 64 };
/// A block of big events has fewer slots, so as to be made in the time that a post may take.
const MOST_BYTES: usize = 32 * 1024;
/// But not fewer than this.
const FEWEST_SLOTS: usize = if cfg!(loom) { 2 } else { 8 };

/// Room for the events of one run of numbers. A cheap handle.
#[derive(Debug)]
pub(crate) struct Block<E>(Arc<Slots<E>>);

struct Slots<E> {
    number: u64,
    /// The slots that have no event although later ones do, a bit each.
    holes: AtomicU64,
    /// Behind the last slot that may have an event; set when no more are written.
    filled: AtomicU64,
    events: Box<[UnsafeCell<MaybeUninit<E>>]>,
}

// SAFETY: a slot is written by one thread before any other reads it, and only read after that (see `crate::log`). Events are
// read through `&E` by several threads, and dropped by whichever is last.
unsafe impl<E: Send + Sync> Sync for Slots<E> {}

impl<E> std::fmt::Debug for Slots<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slots").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<E> Clone for Block<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E> Block<E> {
    /// A power of two, so that a number's slot is found by shifting.
    const SLOTS: u64 = {
        let mut slots = MOST_SLOTS;
        while slots > FEWEST_SLOTS && slots * size_of::<E>() > MOST_BYTES {
            slots /= 2;
        }
        slots as u64
    };

    /// An empty block with a slot for `sequence`.
    pub(super) fn around(sequence: u64) -> Self {
        let number = Self::number_of(sequence);
        let events = (0..Self::SLOTS).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
        let block = Slots { number, holes: AtomicU64::new(0), filled: AtomicU64::new(0), events };
        let block = Self(Arc::new(block));
        block.mark_holes(block.begin(), sequence);
        block
    }

    /// The number of the block that has the slot for `sequence`.
    #[inline]
    pub(crate) fn number_of(sequence: u64) -> u64 {
        sequence / Self::SLOTS
    }

    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.0.number
    }

    /// The number of the first event of this block.
    #[inline]
    pub(crate) fn begin(&self) -> u64 {
        self.0.number * Self::SLOTS
    }

    /// The number after the last event of this block.
    #[inline]
    pub(crate) fn end(&self) -> u64 {
        Self::end_of(self.0.number)
    }

    #[inline]
    pub(super) fn end_of(number: u64) -> u64 {
        (number + 1) * Self::SLOTS
    }

    #[expect(clippy::cast_possible_truncation, reason = "less than 64")]
    #[inline]
    fn index_of(sequence: u64) -> usize {
        (sequence % Self::SLOTS) as usize
    }

    /// A bit for each slot of these numbers, which are this block's.
    fn bits(&self, from: u64, until: u64) -> u64 {
        let ones = |slots: u64| {
            1_u64.checked_shl(u32::try_from(slots).unwrap_or(u32::MAX)).map_or(u64::MAX, |bit| bit - 1)
        };
        ones(until.saturating_sub(self.begin())) & !ones(from.saturating_sub(self.begin()))
    }

    /// Marks these numbers, which are this block's, as never stored. By the writer only.
    pub(super) fn mark_holes(&self, from: u64, until: u64) {
        if from < until {
            let holes = self.0.holes.load(Ordering::Relaxed) | self.bits(from, until);
            self.0.holes.store(holes, Ordering::Relaxed);
        }
    }

    /// Notes that no event from `next` on is stored here. By the writer only, before it lets go of its handle.
    pub(super) fn seal(&self, next: u64) {
        self.0.filled.store(next.clamp(self.begin(), self.end()) - self.begin(), Ordering::Relaxed);
    }

    /// # Safety
    ///
    /// `sequence` has its slot in this block; it has not been written before, and the head has not passed it. One thread at a
    /// time writes.
    #[inline]
    pub(super) unsafe fn write(&self, sequence: u64, event: E) {
        self.0.events[Self::index_of(sequence)].with_mut(|slot| {
            // SAFETY: nobody reads a slot that the head has not passed, and one thread at a time writes.
            unsafe { slot.write(MaybeUninit::new(event)) };
        });
    }
}

impl<E> Drop for Slots<E> {
    fn drop(&mut self) {
        if !std::mem::needs_drop::<E>() {
            return;
        }
        let holes = self.holes.load(Ordering::Relaxed);
        let filled = usize::try_from(self.filled.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        for (index, slot) in self.events.iter().enumerate().take(filled) {
            if holes & (1 << index) == 0 {
                // SAFETY: slots before `filled` that are no holes were written; nobody else has a handle any more.
                slot.with_mut(|slot| drop_guarded(|| unsafe { slot.cast::<E>().drop_in_place() }));
            }
        }
    }
}

/// An event whose drop panics takes neither the others nor the thread down.
fn drop_guarded(drop_event: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(drop_event)).is_err() {
        tracing::error!("dropping an event panicked");
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::log::Log;

    fn read<E: Clone>(block: &Block<E>, numbers: Range<u64>) -> Option<Vec<(u64, E)>> {
        // SAFETY: one thread stores and reads here.
        let run = unsafe { block.clone().run(numbers) }?;
        Some(run.events().map(|(number, event)| (number, event.clone())).collect())
    }

    #[test]
    fn a_block_gives_back_what_was_stored_and_refuses_what_was_not() {
        let mut log = Log::new();
        let (block, spent) = log.turn_to(3 * 64 + 5);
        let block = block.clone();
        assert!(spent.is_none());
        log.push(3 * 64 + 5, "first".to_owned());
        log.push(3 * 64 + 7, "second".to_owned());
        assert_eq!((block.number(), block.begin(), block.end()), (3, 3 * 64, 4 * 64));
        assert_eq!(read(&block, 197..198), Some(vec![(197, "first".to_owned())]));
        assert_eq!(read(&block, 199..200), Some(vec![(199, "second".to_owned())]));
        assert_eq!(read(&block, 197..200), None, "198 was passed over");
        assert_eq!(read(&block, 196..198), None, "196 lies before the first");
        assert_eq!(read(&block, 255..257), None, "256 belongs to the next block");
    }

    #[test]
    fn blocks_of_big_events_have_fewer_slots() {
        assert_eq!(Block::<[u8; 1]>::SLOTS, 64);
        assert_eq!(Block::<[u8; 512]>::SLOTS, 64);
        assert_eq!(Block::<[u8; 1024]>::SLOTS, 32);
        assert_eq!(Block::<[u8; 1 << 20]>::SLOTS, 8);
    }

    #[test]
    fn every_event_is_dropped_once_whoever_is_last() {
        let event = Arc::new(());
        let mut log = Log::new();
        let mut held = Vec::new();
        for sequence in 0..200 {
            if sequence % 3 == 0 {
                let (block, spent) = log.turn_to(sequence);
                held.push(block.clone());
                drop(spent);
                log.push(sequence, Arc::clone(&event));
            } else {
                log.skip(sequence + 1);
            }
        }
        assert_eq!(Arc::strong_count(&event), 1 + 67);
        held.retain(|block| block.number() != 1);
        assert_eq!(Arc::strong_count(&event), 1 + 67 - 21, "nobody needs block 1");
        drop(log);
        assert_eq!(Arc::strong_count(&event), 1 + 67 - 21, "the readers are there");
        drop(held);
        assert_eq!(Arc::strong_count(&event), 1);
    }
}
