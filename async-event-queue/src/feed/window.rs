//! Posts that need no look at any queue.

use super::{FeedPhase, FeedState};
use crate::log::Block;

/// A run of numbers whose events every queue takes, as was found out before: each has the room and the block, and none
/// sleeps. Posting one of them costs the same however many queues there are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    begin: u64,
    end: u64,
}

impl<E> FeedState<E> {
    /// The number of an event that every queue takes; none if the queues have to be asked.
    #[inline]
    pub(super) fn number_in_window(&mut self) -> Option<u64> {
        let sequence = self.next_sequence;
        if sequence >= self.window.end {
            return None;
        }
        self.next_sequence += 1;
        Some(sequence)
    }

    /// Brings what is known of the queues up to date; the next post asks them.
    pub(super) fn close_window(&mut self) {
        let taken = self.next_sequence - self.window.begin;
        if self.window.end > self.window.begin {
            self.members.iter_mut().for_each(|member| member.count_taken(taken));
        }
        self.window = Window { begin: self.next_sequence, end: self.next_sequence };
    }

    /// Finds out how many events all queues are ready to take in the block being filled.
    pub(super) fn open_window(&mut self) {
        let begin = self.next_sequence;
        let block = Block::<E>::number_of(begin);
        let is_running = self.phase == FeedPhase::Running;
        let ready = self.members.iter_mut().map(|member| member.ready_for(block)).min();
        let end = self.log.block_end().min(begin.saturating_add(ready.filter(|_| is_running).unwrap_or(0)));
        self.window = Window { begin, end };
    }
}
