//! The queues of a feed, and what the feed knows of each.

use std::sync::Arc;
use std::time::Instant;

use super::FeedCore;
use super::aftermath::Aftermath;
use crate::core::QueueCore;
use crate::listener::Gap;
use crate::log::Block;
use crate::mailbox::Leftover;
use crate::options::{EventClass, Overflow};
use crate::posted::DropReason;
use crate::sync::atomic::Ordering;

/// One queue as its posters see it: plain numbers under the feed's lock, so that an event costs a queue a few
/// comparisons and no lock of its own.
pub(super) struct Member<E> {
    pub(super) core: Arc<QueueCore<E>>,
    pub(super) intake: Intake,
    /// Events taken in and not evicted.
    admitted: u64,
    /// How many of those the dispatch thread had begun when last looked; asked again only when the queue seems full.
    begun: u64,
    /// The number of the block handed over last.
    handed: Option<u64>,
    /// The dispatch thread sleeps, and wants to be woken for the next event.
    pub(super) is_asleep: bool,
}

/// Whether a queue takes events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intake {
    Open,
    /// It is stopping or stopped: whatever it is offered is dropped for that.
    Closed,
}

impl<E> Member<E> {
    pub(super) fn new(core: Arc<QueueCore<E>>) -> Self {
        Self { core, intake: Intake::Open, admitted: 0, begun: 0, handed: None, is_asleep: false }
    }

    /// Whether it has joined the feed by the time of this event.
    pub(super) fn hears_of(&self, sequence: u64) -> bool {
        sequence >= self.core.joined_at
    }

    pub(super) fn has_room(&mut self, class: EventClass) -> bool {
        let options = &self.core.options;
        if options.admit(class, self.admitted - self.begun) {
            return true;
        }
        self.begun = self.core.mailbox.progress.begun();
        options.admit(class, self.admitted - self.begun)
    }

    /// How many events would have to begin before one of `class` has room: the answer for who waits without the lock.
    pub(super) fn room_test(&self, class: EventClass) -> impl Fn(u64) -> bool + use<E> {
        let (options, admitted) = (self.core.options, self.admitted);
        move |begun| options.admit(class, admitted.saturating_sub(begun))
    }

    /// Takes an event in, or counts why not; true if it needs the event in `block`.
    pub(super) fn offer(
        &mut self,
        class: EventClass,
        sequence: u64,
        block: &Block<E>,
        aftermath: &mut Aftermath<E>,
    ) -> bool {
        if self.intake == Intake::Closed {
            // Behind the pill: no listener is told, for they are being closed.
            aftermath.count_drop(&self.core, DropReason::Stopped);
            return false;
        }
        let is_taken = match self.core.options.overflow {
            Overflow::DropOldest => self.offer_evicting(class, sequence, aftermath),
            Overflow::DropNewest => self.offer_within(class, sequence, DropReason::Full, aftermath),
            Overflow::Block { .. } => self.offer_within(class, sequence, DropReason::TimedOut, aftermath),
        };
        if is_taken && self.handed != Some(block.number()) {
            self.handed = Some(block.number());
            match self.core.options.overflow {
                Overflow::DropOldest => aftermath.spent.extend(self.core.mailbox.hand_over_evicting(block)),
                Overflow::DropNewest | Overflow::Block { .. } => self.core.mailbox.hand_over(block),
            }
        }
        is_taken
    }

    fn offer_within(
        &mut self,
        class: EventClass,
        sequence: u64,
        reason: DropReason,
        aftermath: &mut Aftermath<E>,
    ) -> bool {
        if self.has_room(class) {
            self.admitted += 1;
            return true;
        }
        self.core.mailbox.note_gap(Gap { first: sequence, last: sequence });
        aftermath.count_drop(&self.core, reason);
        false
    }

    fn offer_evicting(&mut self, class: EventClass, sequence: u64, aftermath: &mut Aftermath<E>) -> bool {
        let mut desk = self.core.mailbox.desk();
        let has_room = self.core.options.admit(class, desk.lanes.len() as u64);
        let is_taken = has_room || desk.lanes.evict_for(class).is_some();
        if is_taken {
            desk.lanes.push(class, sequence);
        }
        drop(desk);
        if has_room {
            self.admitted += 1;
        } else if is_taken {
            aftermath.count_eviction(&self.core);
        } else {
            aftermath.count_drop(&self.core, DropReason::Evicted);
        }
        is_taken
    }

    /// Counts the events from `first` on and before `until` as dropped without having been offered.
    pub(super) fn miss(&self, first: u64, until: u64, reason: DropReason) {
        let first = first.max(self.core.joined_at);
        if first < until && self.intake == Intake::Open {
            // A queue that evicts finds its gaps between the numbers that are left.
            if self.core.options.overflow != Overflow::DropOldest {
                self.core.mailbox.note_gap(Gap { first, last: until - 1 });
            }
            self.core.tally.add(reason, until - first);
        }
    }

    pub(super) fn close(&mut self, until: u64) {
        self.intake = Intake::Closed;
        self.core.mailbox.drain(until);
    }

    /// Drops what waits; see [`QueueCore::discard`].
    pub(super) fn discard(&mut self, reason: DropReason, until: u64) -> (u64, Leftover<E>) {
        self.intake = Intake::Closed;
        self.core.discard(reason, until, self.admitted)
    }

    /// The queue, if a post of `class` has to wait for it, and until when.
    pub(super) fn blocks(&mut self, class: EventClass, patience: &super::post::Waited) -> Option<Instant> {
        let Overflow::Block { at_most } = self.core.options.overflow else { return None };
        if self.intake == Intake::Closed || self.has_room(class) {
            return None;
        }
        patience.left_for(at_most)
    }
}

impl<E> FeedCore<E> {
    /// Notes that a dispatch thread sleeps, unless something has been posted since `cursor`.
    pub(crate) fn fall_asleep(&self, queue: u64, cursor: u64) -> bool {
        let mut state = self.state();
        if self.head.load(Ordering::Relaxed) > cursor {
            return false;
        }
        if let Some(member) = state.members.iter_mut().find(|member| member.core.id == queue) {
            member.is_asleep = true;
        }
        true
    }

    /// Takes a queue whose dispatch thread is dying out of the feed, and drops what waits in it.
    pub(crate) fn expel(&self, queue: &QueueCore<E>) {
        let mut state = self.state();
        let Some(index) = state.members.iter().position(|member| member.core.id == queue.id) else { return };
        let mut member = state.members.remove(index);
        let head = self.head.load(Ordering::Relaxed);
        let leftover = member.discard(DropReason::Stopped, head);
        queue.leave_at(head);
        drop(state);
        drop(leftover);
    }

    /// Takes a queue without listeners out of the feed, if its settings say so.
    pub(crate) fn leave_if_deserted(&self, queue: &QueueCore<E>) {
        let mut state = self.state();
        let Some(index) = state.members.iter().position(|member| member.core.id == queue.id) else { return };
        let head = self.head.load(Ordering::Relaxed);
        let Some(leftover) = queue.discard_if_deserted(head, state.members[index].admitted) else { return };
        state.members.remove(index);
        queue.leave_at(head);
        drop(state);
        drop(leftover);
        queue.publish(head);
    }
}
