//! Where events are stored: one log a feed, written once and read in place by every queue.
//!
//! The rest of the crate does not know how. Who posts holds the feed's lock, and with it the [`Log`], the writing end. Each
//! queue has an [`Inbox`], through which it is handed the blocks it needs and told what it was refused, and a [`Reader`],
//! which its dispatch thread has to itself.
//!
//! ```text
//!            Log (under the feed's lock)
//!             │ push
//!             v
//! ┌─────────┐ ┌─────────┐ ┌────┄            Block: up to 64 slots, freed when the last one who needs it lets go
//! │ 64 .. 127│ │128 .. 191│ │192          Head:  all before this number is stored, and told to the inboxes
//! └─────────┘ └─────────┘ └────┄            Inbox: a queue's blocks, its gaps, and where the first gap begins
//!      ^           ^                        Reader: a cursor in one block
//!   Reader      Reader
//! ```
//!
//! What holds, and what the `unsafe` code in [`block`] rests on:
//!
//! 1. *One writer.* Blocks are made by a [`Log`] and written through `&mut Log` only. It never goes back: a slot is written or
//!    passed over before the next one, so none is written twice, and none after the head has passed it.
//! 2. *Publishing.* The head is stored with `Release` after the slot was written, and after the inboxes know of a block or a
//!    gap. A reader loads it with `Acquire`, and reads nothing at or behind the number it got; so it finds written what it
//!    reads, and nobody writes it any more.
//! 3. *Admission.* A queue that takes an event has its block handed over; an event that nobody takes is not stored, and its
//!    slot is marked as a hole. A reader looks for holes before it reads: a slot without an event is an error, not a read.
//! 4. *Freeing.* A block lives as long as somebody has a handle: the log, for the one it fills; an inbox; a reader. The last
//!    handle's drop drops the events, each once: slots before `filled` that are no holes. The log sets `filled` before it
//!    gives its own handle away, so it is there for whoever is last.
//!
//! A block lies with a queue from its first event that the queue took to its last; so a queue keeps no more blocks than it has
//! events waiting: one each, if they are critical events of a flood, and far fewer otherwise, as it takes events in runs. The log's own handle of a full block goes to
//! a queue that has the block as well, so that it is a dispatch thread that drops the events.

mod block;
mod inbox;
mod lanes;
#[cfg(all(test, loom))]
mod models;
mod reader;

use std::sync::Arc;

use crossbeam::utils::CachePadded;

use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::sync::spin_loop;

pub(crate) use block::{Block, Events, Run};
pub(crate) use inbox::{Admission, Inbox, Leftover};
pub(crate) use reader::{Claim, Reader};

/// Looks at the counts before some are taken that may have a post half counted: its poster may have lost its core.
const LOOKS: u32 = if cfg!(loom) { 3 } else { 1_000 };

/// How far a log is, for everyone to read. A cheap handle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head(Arc<CachePadded<Progress>>);

#[derive(Debug, Default)]
struct Progress {
    published: AtomicU64,
    /// While posts before this number are being counted as dropped, the head is still lower.
    dropping: AtomicU64,
}

impl Head {
    /// The number after the last event that every queue has been offered.
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        self.0.published.load(Ordering::Acquire)
    }

    /// The number after the last event of which anything is counted: ahead of the head while a post is being counted as dropped.
    pub(crate) fn counted(&self) -> u64 {
        self.get().max(self.0.dropping.load(Ordering::Relaxed))
    }

    #[inline]
    fn publish(&self, until: u64) {
        self.0.published.store(until, Ordering::Release);
    }

    /// The head, and what `read` finds counted when it is there: no post comes between, and none is half counted. Takes no
    /// lock, so it cannot hold a post up. It looks again if it was disturbed, but not for ever: then what is counted may be
    /// ahead of the head.
    pub(crate) fn settled<T>(&self, read: impl Fn() -> T) -> (u64, T) {
        for _ in 0..LOOKS {
            let head = self.get();
            let counts = read();
            fence(Ordering::Acquire);
            let is_counting = self.0.dropping.load(Ordering::Relaxed) > head;
            if !is_counting && self.0.published.load(Ordering::Relaxed) == head {
                return (head, counts);
            }
            spin_loop();
        }
        let head = self.get();
        let counts = read();
        fence(Ordering::Acquire);
        (head, counts)
    }
}

/// The writing end of a log: the block being filled.
#[derive(Debug)]
pub(crate) struct Log<E> {
    head: Head,
    tail: Option<Block<E>>,
    /// The number after the last one that has a slot in it.
    end: u64,
    /// The first slot that is neither written nor passed over.
    next: u64,
}

impl<E> Log<E> {
    pub(crate) fn new() -> Self {
        Self { head: Head::default(), tail: None, end: 0, next: 0 }
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// The number after the last one that has a slot in the block being filled.
    pub(crate) fn block_end(&self) -> u64 {
        self.end
    }

    /// The block with the slot for `sequence`, and the one before it if that is full now.
    pub(crate) fn turn_to(&mut self, sequence: u64) -> (&Block<E>, Option<Block<E>>) {
        let spent = if sequence >= self.end { self.close() } else { None };
        let tail = self.tail.get_or_insert_with(|| Block::around(sequence));
        self.end = tail.end();
        (tail, spent)
    }

    /// Stores an event, which some queue has taken, and publishes it. Numbers that were left out are passed over.
    #[expect(unsafe_code, reason = "`&mut self` and `next` are what a block asks of its writer")]
    #[inline]
    pub(crate) fn push(&mut self, sequence: u64, event: E) {
        if sequence != self.next {
            self.pass_over(sequence);
        }
        if sequence >= self.end {
            drop(self.turn_to(sequence).1);
        }
        let block = self.tail.get_or_insert_with(|| Block::around(sequence));
        // SAFETY: the slot has not been written, as `next` only ever rises, and the head has not passed it.
        unsafe { block.write(sequence, event) };
        self.next = sequence + 1;
        self.head.publish(sequence + 1);
    }

    /// Tells who reads the counts that posts before `until`, which are not published yet, are being counted as dropped.
    pub(crate) fn begin_drops(&self, until: u64) {
        self.head.0.dropping.store(until, Ordering::Relaxed);
        fence(Ordering::Release);
    }

    /// Publishes that nobody needs what lies before `until` and has not been stored.
    pub(crate) fn skip(&mut self, until: u64) {
        self.pass_over(until);
        self.head.publish(until);
    }

    #[cold]
    fn pass_over(&mut self, until: u64) {
        if let Some(tail) = &self.tail {
            tail.mark_holes(self.next.max(tail.begin()), until.min(tail.end()));
        }
        self.next = self.next.max(until);
    }

    /// Gives up the block being filled.
    pub(crate) fn close(&mut self) -> Option<Block<E>> {
        let tail = self.tail.take()?;
        self.end = 0;
        tail.seal(self.next);
        Some(tail)
    }
}

impl<E> Drop for Log<E> {
    fn drop(&mut self) {
        drop(self.close());
    }
}
