//! The queues of a feed, and what the feed knows of each.

use std::sync::Arc;
use std::time::Instant;

use super::aftermath::Aftermath;
use super::post::Waited;
use crate::core::QueueCore;
use crate::log::{Admission, Block, Leftover};
use crate::options::{EventClass, Overflow};
use crate::posted::DropReason;

/// A queue that has twice the blocks in store that its capacity would fill, and these,
const SPARE_BLOCKS: u64 = 4;
/// holds events that lie far apart, as one does that is slow in a flood: each block has few of its events. It begins no
/// further block for one event alone, but waits until this part of its capacity is free,
const REST_PART: u64 = 8;
/// or these places, and so takes events in runs.
const LONGEST_REST: u64 = 64;

/// One queue as its posters see it: plain numbers under the feed's lock, so that an event costs a queue a few
/// comparisons and no lock of its own.
pub(super) struct Member<E> {
    pub(super) core: Arc<QueueCore<E>>,
    pub(super) intake: Intake,
    /// Events taken in and not evicted.
    admitted: u64,
    /// How many of those the dispatch thread had begun when last looked; asked again only when the queue seems full.
    begun: u64,
    /// It has refused every event since this one.
    refused_since: Option<u64>,
    /// The places that must be free for it to take an ordinary event: more than one while it rests.
    wanted: u64,
    /// The number of the block handed over last.
    handed: Option<u64>,
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
        Self {
            core,
            intake: Intake::Open,
            admitted: 0,
            begun: 0,
            refused_since: None,
            wanted: 1,
            handed: None,
        }
    }

    /// Whether it has joined the feed by the time of this event.
    pub(super) fn hears_of(&self, sequence: u64) -> bool {
        sequence >= self.core.joined_at()
    }

    /// Events taken in and not evicted.
    pub(super) fn admitted(&self) -> u64 {
        self.admitted
    }

    /// Counts events that came in a window.
    pub(super) fn count_taken(&mut self, events: u64) {
        self.admitted += events;
    }

    /// How many ordinary events of a block it will take without being asked.
    pub(super) fn ready_for(&mut self, block: u64) -> u64 {
        let is_open =
            self.intake == Intake::Open && self.refused_since.is_none() && self.handed == Some(block);
        if !is_open || self.wanted > 1 || self.core.options.overflow == Overflow::DropOldest {
            return 0;
        }
        let limit = self.core.options.limit(EventClass::Ordinary);
        if limit.saturating_sub(self.admitted - self.begun) < LONGEST_REST {
            self.begun = self.core.mailbox.progress.begun();
        }
        limit.saturating_sub(self.admitted - self.begun)
    }

    fn has_room(&mut self, class: EventClass, sequence: u64) -> bool {
        let may_rest = self.core.options.overflow == Overflow::DropNewest
            && class == EventClass::Ordinary
            && self.wanted == 1
            && self.refused_since.is_some();
        if !self.has_places(class) {
            return false;
        }
        if may_rest && self.handed != Some(Block::<E>::number_of(sequence)) {
            let capacity = self.core.options.limit(EventClass::Ordinary);
            let most_blocks = 2 * Block::<E>::number_of(capacity) + SPARE_BLOCKS;
            if self.core.mailbox.inbox.blocks() >= most_blocks {
                self.wanted = (capacity / REST_PART).clamp(1, LONGEST_REST);
                return self.has_places(class);
            }
        }
        true
    }

    fn has_places(&mut self, class: EventClass) -> bool {
        if self.seems_to_have_room(class) {
            return true;
        }
        self.begun = self.core.mailbox.progress.begun();
        self.seems_to_have_room(class)
    }

    fn seems_to_have_room(&self, class: EventClass) -> bool {
        self.room_test(class)(self.begun)
    }

    /// Whether there is room for an event of `class` once so many have begun: also for who waits without the lock.
    pub(super) fn room_test(&self, class: EventClass) -> impl Fn(u64) -> bool + use<E> {
        let (limit, admitted) = (self.core.options.limit(class), self.admitted);
        let wanted = match class {
            EventClass::Ordinary => self.wanted,
            EventClass::Critical => 1,
        };
        move |begun| admitted.saturating_sub(begun) + wanted <= limit
    }

    /// Takes an event in, or counts why not.
    pub(super) fn offer(&mut self, class: EventClass, sequence: u64, aftermath: &mut Aftermath<E>) -> bool {
        if self.intake == Intake::Closed {
            // Behind the pill: no listener is told, for they are being closed.
            aftermath.count_drop(&self.core, DropReason::Stopped);
            return false;
        }
        match self.core.options.overflow {
            Overflow::DropOldest => self.offer_evicting(class, sequence, aftermath),
            Overflow::DropNewest => self.offer_within(class, sequence, DropReason::Full, aftermath),
            Overflow::Block { .. } => self.offer_within(class, sequence, DropReason::TimedOut, aftermath),
        }
    }

    /// Hands `block` over, which has an event that was taken, unless that was done before. The block before it goes along if
    /// this queue had it too.
    pub(super) fn hand_over(&mut self, block: &Block<E>, aftermath: &mut Aftermath<E>) {
        if self.handed == Some(block.number()) {
            return;
        }
        let handed = self.handed.replace(block.number());
        let inbox = &self.core.mailbox.inbox;
        match self.core.options.overflow {
            Overflow::DropOldest => aftermath.unneeded.extend(inbox.hand_over_evicting(block)),
            Overflow::DropNewest | Overflow::Block { .. } => {
                inbox.hand_over(block, aftermath.spent.take_if(|spent| handed == Some(spent.number())));
            }
        }
    }

    fn offer_within(
        &mut self,
        class: EventClass,
        sequence: u64,
        reason: DropReason,
        aftermath: &mut Aftermath<E>,
    ) -> bool {
        if self.has_room(class, sequence) {
            self.admitted += 1;
            if class == EventClass::Ordinary {
                self.wanted = 1;
            }
            if self.refused_since.take().is_some() {
                self.core.mailbox.inbox.close_gap(sequence);
            }
            return true;
        }
        self.note_refused(sequence);
        aftermath.count_drop(&self.core, reason);
        false
    }

    fn note_refused(&mut self, sequence: u64) {
        if self.refused_since.is_none() {
            self.refused_since = Some(sequence);
            self.core.mailbox.inbox.open_gap(sequence);
        }
    }

    fn offer_evicting(&mut self, class: EventClass, sequence: u64, aftermath: &mut Aftermath<E>) -> bool {
        let limit = self.core.options.limit(class);
        match self.core.mailbox.inbox.offer_evicting(class, sequence, |waiting| waiting < limit) {
            Admission::Taken => {
                self.admitted += 1;
                true
            }
            Admission::TakenForAnother => {
                aftermath.count_eviction(&self.core);
                true
            }
            Admission::Refused => {
                aftermath.count_drop(&self.core, DropReason::Evicted);
                false
            }
        }
    }

    /// Counts the events from `first` on and before `until` as dropped without having been offered.
    pub(super) fn miss(&mut self, first: u64, until: u64, reason: DropReason) {
        let first = first.max(self.core.joined_at());
        if first < until && self.intake == Intake::Open {
            // A queue that evicts finds its gaps between the numbers that are left.
            if self.core.options.overflow != Overflow::DropOldest {
                self.note_refused(first);
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
    pub(super) fn blocks(&mut self, class: EventClass, sequence: u64, patience: Waited) -> Option<Instant> {
        let Overflow::Block { at_most } = self.core.options.overflow else { return None };
        if self.intake == Intake::Closed || self.has_room(class, sequence) {
            return None;
        }
        patience.left_for(at_most)
    }
}
