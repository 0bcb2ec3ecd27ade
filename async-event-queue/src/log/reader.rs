//! A dispatch thread's place in the log.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Block, Inbox, Run};
use crate::options::Overflow;

/// Where a queue reads: what it has handled, what it has claimed, and the block it reads in.
#[derive(Debug)]
pub(crate) struct Reader<E> {
    inbox: Arc<Inbox<E>>,
    /// The number after the last event handled or told as dropped.
    cursor: u64,
    /// The number after the last event claimed.
    limit: u64,
    /// The last head that was loaded.
    published: u64,
    /// Those that were fetched and not read to their ends.
    blocks: VecDeque<Block<E>>,
}

/// What a reader has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// So many events lie ahead, side by side: they are claimed, and nobody else may drop them.
    Events(u64),
    /// What lies ahead before this number was dropped.
    Gap(u64),
    Nothing,
}

impl<E> Reader<E> {
    pub(crate) fn new(inbox: Arc<Inbox<E>>, joined_at: u64) -> Self {
        Self { inbox, cursor: joined_at, limit: joined_at, published: joined_at, blocks: VecDeque::new() }
    }

    pub(crate) fn cursor(&self) -> u64 {
        self.cursor
    }

    #[inline]
    pub(crate) fn advance_to(&mut self, sequence: u64) {
        self.cursor = self.cursor.max(sequence);
    }

    /// Loads the head; nothing behind it is claimed until the next look.
    pub(crate) fn look(&mut self) {
        self.published = self.inbox.head().get();
    }

    /// Claims what lay ahead at the last look, before `until`; drops no event, so it may be called under a lock.
    pub(crate) fn claim(&mut self, until: u64, overflow: Overflow) -> Claim {
        let limit = self.published.min(until);
        if limit <= self.cursor {
            return Claim::Nothing;
        }
        match overflow {
            Overflow::DropNewest | Overflow::Block { .. } => self.claim_run(limit),
            Overflow::DropOldest => self.claim_lowest(limit),
        }
    }

    /// All that lies in one block before the next gap.
    fn claim_run(&mut self, limit: u64) -> Claim {
        let gap_at = self.inbox.gap_at();
        if gap_at <= self.cursor
            && let Some(next) = self.inbox.take_gap(self.cursor, limit)
        {
            return Claim::Gap(next);
        }
        self.claim_until(limit.min(gap_at))
    }

    /// One at a time: what is claimed cannot be evicted.
    fn claim_lowest(&mut self, limit: u64) -> Claim {
        // What lies between the numbers that are left was dropped. Told before the event is claimed, which from then on does
        // not wait any more.
        let lowest = self.inbox.lowest_before(limit).unwrap_or(limit);
        if lowest > self.cursor {
            return Claim::Gap(lowest);
        }
        // Evicted between the two looks: then there is a gap to be seen by the next one.
        if !self.inbox.take_lowest(lowest, &mut self.blocks) {
            return Claim::Nothing;
        }
        self.claim_until(lowest + 1)
    }

    /// Fetches the block too: who discards what waits empties the inbox, but for what is claimed.
    fn claim_until(&mut self, limit: u64) -> Claim {
        let number = Block::<E>::number_of(self.cursor);
        self.limit = limit.min(Block::<E>::end_of(number));
        if self.blocks.back().is_none_or(|block| block.number() < number) {
            self.inbox.fetch(number, &mut self.blocks);
        }
        Claim::Events(self.unread())
    }

    /// Events claimed and not read.
    pub(crate) fn unread(&self) -> u64 {
        self.limit.saturating_sub(self.cursor)
    }

    /// What was claimed and not read; it goes [back](Self::keep) to the reader afterwards. Handed out whole, as a reference
    /// count that two threads change costs more than the rest of a delivery.
    ///
    /// # Panics
    ///
    /// Not while the promises of the log hold.
    #[expect(unsafe_code, reason = "`limit` is what a block asks of its reader")]
    #[inline]
    pub(crate) fn take_run(&mut self) -> Option<Run<E>> {
        if self.limit <= self.cursor {
            return None;
        }
        let number = Block::<E>::number_of(self.cursor);
        while self.blocks.pop_front_if(|block| block.number() < number).is_some() {}
        let block = self.blocks.pop_front().expect("the block of a claimed event has been handed over");
        // SAFETY: `claim` has set the limit no higher than the head that this thread has loaded.
        let run = unsafe { block.run(self.cursor..self.limit) };
        Some(run.expect("what lies before the head and is no gap has been stored"))
    }

    /// Takes back the block of a run, unless all of it has been read.
    #[inline]
    pub(crate) fn keep(&mut self, run: Run<E>) {
        let block = run.into_block();
        if self.cursor < block.end() {
            self.blocks.push_front(block);
        }
    }

    /// Lets go of everything; what was claimed and not read is not handled.
    pub(crate) fn clear(&mut self) {
        self.limit = self.cursor;
        self.blocks = VecDeque::new();
    }
}
