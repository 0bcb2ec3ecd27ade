//! The queues of a feed, and what the feed knows of each.

use std::sync::Arc;
use std::time::Instant;

use super::aftermath::Aftermath;
use super::post::Waited;
use super::{FeedCore, FeedPhase};
use crate::core::QueueCore;
use crate::error::AttachError;
use crate::log::{Admission, Block, Leftover};
use crate::options::{EventClass, Overflow};
use crate::posted::DropReason;
use crate::sync::lock;

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
    /// It takes no ordinary event until there is room for some.
    is_resting: bool,
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
        Self {
            core,
            intake: Intake::Open,
            admitted: 0,
            begun: 0,
            refused_since: None,
            is_resting: false,
            handed: None,
            is_asleep: false,
        }
    }

    /// Whether it has joined the feed by the time of this event.
    pub(super) fn hears_of(&self, sequence: u64) -> bool {
        sequence >= self.core.joined_at()
    }

    /// Counts events that came in a window.
    pub(super) fn count_taken(&mut self, events: u64) {
        self.admitted += events;
    }

    /// How many ordinary events of a block it will take without being asked.
    pub(super) fn ready_for(&mut self, block: u64) -> u64 {
        let is_open =
            self.intake == Intake::Open && self.refused_since.is_none() && self.handed == Some(block);
        if !is_open || self.is_asleep || self.core.options.overflow == Overflow::DropOldest {
            return 0;
        }
        let limit = self.core.options.limit(EventClass::Ordinary);
        if limit.saturating_sub(self.admitted - self.begun) < LONGEST_REST {
            self.begun = self.core.mailbox.progress.begun();
        }
        limit.saturating_sub(self.admitted - self.begun)
    }

    fn has_room(&mut self, class: EventClass, sequence: u64) -> bool {
        let may_rest = class == EventClass::Ordinary && !self.is_resting;
        if !self.has_places(class) {
            return false;
        }
        if may_rest && self.handed != Some(Block::<E>::number_of(sequence)) {
            let capacity = self.core.options.limit(EventClass::Ordinary);
            let most_blocks = 2 * Block::<E>::number_of(capacity) + SPARE_BLOCKS;
            self.is_resting = self.core.mailbox.inbox.blocks() >= most_blocks;
            return self.has_places(class);
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
            EventClass::Ordinary if self.is_resting => (limit / REST_PART).clamp(1, LONGEST_REST),
            EventClass::Ordinary | EventClass::Critical => 1,
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
            self.is_resting &= class == EventClass::Critical;
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

impl<E> FeedCore<E> {
    /// Takes a queue into the feed, as one of `members`; answers whether the feed has started, and so needs it to be launched.
    pub(super) fn join(&self, queue: &Arc<QueueCore<E>>, members: usize) -> Result<bool, AttachError> {
        // Made before the lock is taken, so that no post waits for memory.
        let mut roomy = Vec::with_capacity(members);
        let mut state = self.state();
        if matches!(state.phase, FeedPhase::Stopped(_)) {
            return Err(AttachError::Stopped { bus: self.options.bus.clone(), queue: queue.name.clone() });
        }
        let has_started = state.phase != FeedPhase::Waiting;
        queue.join_at(if has_started { state.next_sequence } else { 0 });
        roomy.append(&mut state.members);
        roomy.push(Member::new(Arc::clone(queue)));
        std::mem::swap(&mut state.members, &mut roomy);
        drop(state);
        Ok(has_started)
    }

    /// Takes a queue out of the feed, whatever waits in it.
    pub(super) fn part(&self, queue: &QueueCore<E>) {
        let mut state = self.state();
        let index = state.members.iter().position(|member| member.core.id == queue.id);
        let member = index.map(|index| state.members.remove(index));
        drop(state);
        drop(member);
    }

    /// Notes that a dispatch thread sleeps, unless something has been posted since `cursor`.
    pub(crate) fn fall_asleep(&self, queue: u64, cursor: u64) -> bool {
        let mut state = self.state();
        if self.head.get() > cursor {
            return false;
        }
        if let Some(member) = state.members.iter_mut().find(|member| member.core.id == queue) {
            member.is_asleep = true;
        }
        true
    }

    /// Takes a queue whose dispatch thread is dying out of the feed, and drops what waits in it.
    pub(crate) fn expel(&self, queue: &QueueCore<E>) {
        let mut queues = lock(&self.queues);
        let mut state = self.state();
        let Some(index) = state.members.iter().position(|member| member.core.id == queue.id) else { return };
        let mut member = state.members.remove(index);
        let head = self.head.get();
        let leftover = member.discard(DropReason::Stopped, head);
        queue.leave_at(head);
        drop(state);
        queues.retain(|other| other.id != queue.id);
        drop(queues);
        drop(leftover);
    }

    /// Takes a queue without listeners out of the feed, if its settings say so.
    pub(crate) fn leave_if_deserted(&self, queue: &QueueCore<E>) {
        if !queue.stops_without_listeners() {
            return;
        }
        let mut queues = lock(&self.queues);
        let mut state = self.state();
        let Some(index) = state.members.iter().position(|member| member.core.id == queue.id) else { return };
        let head = self.head.get();
        let Some(leftover) = queue.discard_if_deserted(head, state.members[index].admitted) else { return };
        let member = state.members.remove(index);
        queue.leave_at(head);
        drop(state);
        queues.retain(|other| other.id != queue.id);
        drop(queues);
        drop((member, leftover));
        queue.publish();
    }
}
