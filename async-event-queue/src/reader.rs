//! A dispatch thread's place in the log.

use std::collections::VecDeque;
use std::ops::Range;

use crate::listener::Gap;
use crate::log::Block;

/// Events a dispatch thread claims at a time.
const MOST_CLAIMED: u64 = 64;

/// What the dispatch thread holds: the blocks it needs, the gaps it has to tell of, and how far it may read.
#[derive(Debug)]
pub(crate) struct Reader<E> {
    /// The number after the last event handled or told as dropped.
    cursor: u64,
    /// The number after the last event claimed.
    limit: u64,
    blocks: VecDeque<Block<E>>,
    gaps: VecDeque<Gap>,
}

/// What comes next.
#[derive(Debug)]
pub(crate) enum Next<E> {
    /// Events that lie in one block without a gap; the block goes [back](Reader::keep) to the reader afterwards.
    Run(Block<E>, Range<u64>),
    Gap(Gap),
    /// All that was claimed has been read.
    Nothing,
}

impl<E> Reader<E> {
    pub(crate) fn new(joined_at: u64) -> Self {
        Self { cursor: joined_at, limit: joined_at, blocks: VecDeque::new(), gaps: VecDeque::new() }
    }

    pub(crate) fn cursor(&self) -> u64 {
        self.cursor
    }

    pub(crate) fn advance_to(&mut self, sequence: u64) {
        self.cursor = self.cursor.max(sequence);
    }

    pub(crate) fn take_in(&mut self, blocks: &mut Vec<Block<E>>, gaps: &mut Vec<Gap>) {
        self.blocks.extend(blocks.drain(..));
        for gap in gaps.drain(..) {
            match self.gaps.back_mut() {
                Some(last) if last.last + 1 == gap.first => last.last = gap.last,
                Some(_) | None => self.gaps.push_back(gap),
            }
        }
    }

    /// Claims what lies before `head`, within bounds; answers how many events that is.
    ///
    /// A gap behind the last event is left for the next claim, by when it may have grown: one gap is told as one.
    pub(crate) fn claim(&mut self, head: u64) -> u64 {
        let limit = head.min(self.cursor + MOST_CLAIMED);
        let last_gap = self.gaps.iter().rev().find(|gap| gap.first < limit && limit <= gap.last + 1);
        self.limit = last_gap.map_or(limit, |gap| if gap.first > self.cursor { gap.first } else { limit });
        self.unread()
    }

    /// Claims the one event at `sequence`, which is next.
    pub(crate) fn claim_one(&mut self, sequence: u64) {
        self.limit = sequence + 1;
    }

    /// Events claimed and not read.
    pub(crate) fn unread(&self) -> u64 {
        let claimed = self.limit.saturating_sub(self.cursor);
        let dropped: u64 = self
            .gaps
            .iter()
            .map(|gap| self.limit.min(gap.last + 1).saturating_sub(gap.first.max(self.cursor)))
            .sum();
        claimed.saturating_sub(dropped)
    }

    pub(crate) fn next(&mut self) -> Next<E> {
        if self.cursor >= self.limit {
            return Next::Nothing;
        }
        if let Some(gap) = self.gaps.pop_front_if(|gap| gap.first <= self.cursor) {
            self.advance_to(gap.last + 1);
            return Next::Gap(gap);
        }
        let number = Block::<E>::number_of(self.cursor);
        while self.blocks.pop_front_if(|block| block.number() < number).is_some() {}
        let block = self.blocks.pop_front().expect("the block of a claimed event has been handed over");
        let gap = self.gaps.front().map_or(u64::MAX, |gap| gap.first);
        let end = self.limit.min(block.end()).min(gap);
        Next::Run(block, self.cursor..end)
    }

    /// Takes back the block of a run. Handed out whole and not cloned: a reference count that two threads change costs
    /// more than the rest of a delivery.
    pub(crate) fn keep(&mut self, block: Block<E>) {
        self.blocks.push_front(block);
    }

    /// Lets go of everything; what was claimed and not read is not handled.
    pub(crate) fn clear(&mut self) {
        self.limit = self.cursor;
        self.blocks = VecDeque::new();
        self.gaps = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_reads_runs_and_gaps_in_order_across_blocks() {
        let mut reader = Reader::new(60);
        let blocks = [Block::around(60), Block::around(64)];
        for sequence in [60, 61, 63, 64, 65] {
            blocks[usize::from(sequence >= 64)].put(sequence, sequence);
        }
        reader.take_in(
            &mut blocks.to_vec(),
            &mut vec![Gap { first: 62, last: 62 }, Gap { first: 66, last: 70 }],
        );
        assert_eq!(reader.claim(67), 5);
        let mut read = Vec::new();
        loop {
            match reader.next() {
                Next::Run(block, run) => {
                    reader.advance_to(run.end);
                    read.extend(run.map(|sequence| *block.get(sequence).unwrap()));
                    reader.keep(block);
                }
                Next::Gap(gap) => read.push(1_000 + gap.first),
                Next::Nothing => break,
            }
        }
        assert_eq!(read, [60, 61, 1_062, 63, 64, 65]);
        assert_eq!((reader.unread(), reader.cursor()), (0, 66));
        reader.take_in(&mut vec![], &mut vec![Gap { first: 71, last: 80 }]);
        assert_eq!(reader.claim(81), 0);
        assert!(matches!(reader.next(), Next::Gap(Gap { first: 66, last: 80 })), "one gap is told as one");
    }
}
