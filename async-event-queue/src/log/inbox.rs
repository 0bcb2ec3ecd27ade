//! What one queue is handed by those who post.

use std::collections::VecDeque;

use super::lanes::Lanes;
use super::{Block, Head};
use crate::listener::Gap;
use crate::options::EventClass;
use crate::sync::BriefLock;
use crate::sync::atomic::{AtomicU64, Ordering};

/// So many blocks lie in an inbox before it is worth while to look for those that are not needed.
const SPARE_BLOCKS: usize = 16;
/// There is no gap.
const NOWHERE: u64 = u64::MAX;

/// The blocks that a queue needs and its reader has not fetched, and what it was refused.
///
/// Posters write it under the feed's lock; the queue's reader and whoever discards take from it. Nobody else takes its lock.
#[derive(Debug)]
pub(crate) struct Inbox<E> {
    head: Head,
    contents: BriefLock<Contents<E>>,
    /// Where the first gap begins that has not been fetched. Set under the lock, and before the head passes the gap.
    gap_at: AtomicU64,
    /// How many numbers the lanes have.
    evictable: AtomicU64,
}

#[derive(Debug)]
struct Contents<E> {
    blocks: VecDeque<Block<E>>,
    gaps: VecDeque<Gap>,
    /// Where a gap begins that has no end yet: every event from there on is refused.
    open_gap: Option<u64>,
    /// The waiting events, for a queue that may evict.
    lanes: Lanes,
    /// Blocks that were left when all were last looked at.
    swept: usize,
}

/// What becomes of an event that is offered to a queue that may evict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Taken,
    /// An older one was dropped instead.
    TakenForAnother,
    Refused,
}

/// What nobody will handle, to be let go once no lock is held.
#[derive(Debug)]
pub(crate) struct Leftover<E>(#[expect(dead_code, reason = "held to be dropped")] VecDeque<Block<E>>);

impl<E> Leftover<E> {
    pub(crate) fn nothing() -> Self {
        Self(VecDeque::new())
    }
}

impl<E> Inbox<E> {
    pub(crate) fn new(head: Head) -> Self {
        let contents = Contents {
            blocks: VecDeque::new(),
            gaps: VecDeque::new(),
            open_gap: None,
            lanes: Lanes::default(),
            swept: 0,
        };
        let contents = BriefLock::new(contents);
        Self { head, contents, gap_at: AtomicU64::new(NOWHERE), evictable: AtomicU64::new(0) }
    }

    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Hands over the block that has the next event for this queue; and the one before it, if this queue is to let go of it.
    pub(crate) fn hand_over(&self, block: &Block<E>, spent: Option<Block<E>>) {
        let mut contents = self.contents.lock();
        // If the queue has not fetched its own handle of the spent block yet, another one is of no use, and not the last.
        let has_own = contents.blocks.back().map(Block::number) == spent.as_ref().map(Block::number);
        contents.blocks.extend(spent.filter(|_| !has_own));
        contents.blocks.push_back(block.clone());
    }

    /// Blocks that have been handed over and not fetched.
    pub(crate) fn blocks(&self) -> u64 {
        self.contents.lock().blocks.len() as u64
    }

    /// As [`hand_over`](Self::hand_over), for a queue that evicts; gives back the blocks it needs no more, to be let go
    /// once no lock is held.
    pub(crate) fn hand_over_evicting(&self, block: &Block<E>) -> VecDeque<Block<E>> {
        let mut contents = self.contents.lock();
        let spent = contents.take_unneeded();
        contents.blocks.push_back(block.clone());
        spent
    }

    /// Notes that the queue has been refused `first`, and will be refused every event until the gap is closed.
    pub(crate) fn open_gap(&self, first: u64) {
        let mut contents = self.contents.lock();
        contents.open_gap = Some(first);
        self.mark_gaps(&contents);
    }

    /// Notes that the gap, if one is open, ends before `end`.
    pub(crate) fn close_gap(&self, end: u64) {
        let mut contents = self.contents.lock();
        if let Some(first) = contents.open_gap.take_if(|first| *first < end) {
            contents.gaps.push_back(Gap { first, last: end - 1 });
        }
        contents.open_gap = None;
        self.mark_gaps(&contents);
    }

    fn mark_gaps(&self, contents: &Contents<E>) {
        let first = contents.gaps.front().map(|gap| gap.first).or(contents.open_gap);
        self.gap_at.store(first.unwrap_or(NOWHERE), Ordering::Relaxed);
    }

    /// Offers the event `sequence` to a queue that evicts: `may_wait` tells whether one more may wait beside so many.
    pub(crate) fn offer_evicting(
        &self,
        class: EventClass,
        sequence: u64,
        may_wait: impl Fn(u64) -> bool,
    ) -> Admission {
        let mut contents = self.contents.lock();
        let admission = if may_wait(contents.lanes.len() as u64) {
            Admission::Taken
        } else if contents.lanes.evict_for(class).is_some() {
            Admission::TakenForAnother
        } else {
            return Admission::Refused;
        };
        contents.lanes.push(class, sequence);
        self.count_evictable(&contents);
        admission
    }

    fn count_evictable(&self, contents: &Contents<E>) {
        self.evictable.store(contents.lanes.len() as u64, Ordering::Relaxed);
    }

    /// How many events wait that could be evicted.
    pub(crate) fn evictable(&self) -> u64 {
        self.evictable.load(Ordering::Relaxed)
    }

    /// Where the first gap begins. For who has loaded a head: no gap before that head is missed.
    pub(super) fn gap_at(&self) -> u64 {
        self.gap_at.load(Ordering::Relaxed)
    }

    /// Takes the gap at `cursor`, as far as it lies before `limit`; answers the number behind what was taken.
    pub(super) fn take_gap(&self, cursor: u64, limit: u64) -> Option<u64> {
        let mut contents = self.contents.lock();
        let contents = &mut *contents;
        let next = match contents.gaps.front_mut() {
            Some(gap) if gap.first > cursor => return None,
            Some(gap) => {
                let next = limit.min(gap.last + 1);
                gap.first = next;
                contents.gaps.pop_front_if(|gap| gap.first > gap.last);
                next
            }
            None => {
                let open = contents.open_gap.as_mut().filter(|first| **first <= cursor)?;
                *open = limit;
                limit
            }
        };
        self.mark_gaps(contents);
        Some(next)
    }

    /// Takes the block with this number, and those before it.
    pub(super) fn fetch(&self, number: u64, into: &mut VecDeque<Block<E>>) {
        self.contents.lock().move_blocks(number, into);
    }

    /// The lowest number that waits in a queue that evicts, if it lies before `limit`.
    pub(super) fn lowest_before(&self, limit: u64) -> Option<u64> {
        self.contents.lock().lanes.lowest_before(limit)
    }

    /// Takes `sequence`, if it still is the lowest number that waits, with its block: from now on it cannot be evicted.
    pub(super) fn take_lowest(&self, sequence: u64, into: &mut VecDeque<Block<E>>) -> bool {
        let mut contents = self.contents.lock();
        let is_taken = contents.lanes.pop_before(sequence + 1).is_some();
        if is_taken {
            contents.move_blocks(Block::<E>::number_of(sequence), into);
            self.count_evictable(&contents);
        }
        is_taken
    }

    /// Empties it, for good.
    pub(crate) fn clear(&self) -> Leftover<E> {
        let mut contents = self.contents.lock();
        contents.gaps.clear();
        contents.open_gap = None;
        contents.lanes = Lanes::default();
        self.mark_gaps(&contents);
        self.count_evictable(&contents);
        Leftover(std::mem::take(&mut contents.blocks))
    }
}

impl<E> Contents<E> {
    /// Takes the blocks out that no waiting event lies in: those in front at once, and those behind a block that a critical event
    /// keeps when they have become many, so that a post seldom looks at all.
    fn take_unneeded(&mut self) -> VecDeque<Block<E>> {
        let Self { blocks, lanes, swept, .. } = self;
        let is_needed = |block: &Block<E>| lanes.have_any(block.begin(), block.end());
        let mut spent: VecDeque<_> =
            std::iter::from_fn(|| blocks.pop_front_if(|block| !is_needed(block))).collect();
        if blocks.len() > 2 * *swept + SPARE_BLOCKS {
            let (needed, unneeded) = std::mem::take(blocks).into_iter().partition(is_needed);
            *blocks = needed;
            *swept = blocks.len();
            spent.extend::<VecDeque<_>>(unneeded);
        }
        spent
    }

    fn move_blocks(&mut self, until: u64, into: &mut VecDeque<Block<E>>) {
        into.extend(std::iter::from_fn(|| self.blocks.pop_front_if(|block| block.number() <= until)));
    }
}
