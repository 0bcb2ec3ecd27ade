//! What one queue holds and has counted: a state machine without lock, thread or clock.

use std::sync::Arc;

use crate::lanes::{Entry, Lanes};
use crate::options::{EventClass, Limits, Overflow};
use crate::posted::{DropReason, Drops};

/// Where a queue is in its life. It only ever moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Has no dispatch thread yet.
    Waiting,
    /// Accepts and delivers.
    Running,
    /// Refuses new events; what is queued is still delivered. This phase is the poison pill: it lies behind the
    /// last accepted event, needs no place in the queue and cannot fail to get in.
    Draining,
    /// Refuses everything; what was queued has been dropped, and the dispatch thread ends once its listener returns.
    Discarding(DropReason),
    /// The dispatch thread has ended.
    Stopped,
}

/// What an offered event met.
#[derive(Debug)]
pub(crate) enum Offer<E> {
    /// It waits.
    Queued,
    /// It waits in the place of this older one.
    Evicted(Arc<E>),
    /// It was not taken.
    Dropped(DropReason),
}

/// Events posted to a queue and dropped by it. What is neither dropped nor delivered is pending.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) posted: u64,
    pub(crate) dropped: Drops,
}

/// The waiting events of one queue, its phase and its counters.
///
/// The dispatch thread takes all that waits at once, and tells how many of those it has `begun` to handle:
/// whoever asks for room passes that number in, so that the capacity is exact all the same.
#[derive(Debug)]
pub(crate) struct QueueState<E> {
    limits: Limits,
    phase: Phase,
    lanes: Lanes<E>,
    taken: u64,
    tally: Tally,
    next_sequence: u64,
}

impl<E> QueueState<E> {
    /// An empty queue that hears of events from sequence number `joined_at` on.
    pub(crate) fn new(limits: Limits, joined_at: u64) -> Self {
        Self {
            limits,
            phase: Phase::Waiting,
            lanes: Lanes::default(),
            taken: 0,
            tally: Tally::default(),
            next_sequence: joined_at,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// The number of the next event that will be offered: all before it were taken or dropped.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// Events that nobody has begun to handle.
    pub(crate) fn waiting(&self, begun: u64) -> usize {
        let in_batch = self.taken.saturating_sub(begun);
        self.lanes.len().saturating_add(usize::try_from(in_batch).unwrap_or(usize::MAX))
    }

    pub(crate) fn has_room(&self, class: EventClass, begun: u64) -> bool {
        self.limits.admit(class, self.waiting(begun))
    }

    pub(crate) fn lanes_are_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    pub(crate) fn accepts(&self) -> bool {
        match self.phase {
            Phase::Waiting | Phase::Running => true,
            Phase::Draining | Phase::Discarding(_) | Phase::Stopped => false,
        }
    }

    /// Takes an event in, or counts why not.
    pub(crate) fn offer(&mut self, class: EventClass, entry: Entry<E>, begun: u64) -> Offer<E> {
        self.tally.posted += 1;
        if !self.accepts() {
            // Behind the pill: no listener is told, for they are being closed.
            return self.refuse(DropReason::Stopped);
        }
        self.next_sequence = entry.sequence + 1;
        if self.has_room(class, begun) {
            self.lanes.push(class, entry);
            return Offer::Queued;
        }
        match self.limits.overflow {
            Overflow::DropNewest => self.refuse(DropReason::Full),
            Overflow::Block { .. } => self.refuse(DropReason::TimedOut),
            Overflow::DropOldest => self.evict_for(class, entry),
        }
    }

    fn refuse(&mut self, reason: DropReason) -> Offer<E> {
        self.tally.dropped.add(reason, 1);
        Offer::Dropped(reason)
    }

    /// An ordinary event never pushes a critical one out.
    fn evict_for(&mut self, class: EventClass, entry: Entry<E>) -> Offer<E> {
        let oldest = self.lanes.pop_oldest(EventClass::Ordinary).or_else(|| match class {
            EventClass::Ordinary => None,
            EventClass::Critical => self.lanes.pop_oldest(EventClass::Critical),
        });
        self.tally.dropped.add(DropReason::Evicted, 1);
        match oldest {
            Some(oldest) => {
                self.lanes.push(class, entry);
                Offer::Evicted(oldest.event)
            }
            None => Offer::Dropped(DropReason::Evicted),
        }
    }

    /// Counts `events` that were dropped before this queue could be offered them.
    pub(crate) fn charge(&mut self, reason: DropReason, events: u64) {
        self.tally.posted += events;
        self.tally.dropped.add(reason, events);
    }

    /// All events before `sequence` have been offered or charged.
    pub(crate) fn advance_to(&mut self, sequence: u64) {
        self.next_sequence = self.next_sequence.max(sequence);
    }

    /// Hands what waits to the dispatch thread, in exchange for its empty lanes.
    ///
    /// All at once, but one at a time under `DropOldest`: what the dispatch thread holds cannot be evicted.
    pub(crate) fn take(&mut self, batch: &mut Lanes<E>) {
        match self.limits.overflow {
            Overflow::DropNewest | Overflow::Block { .. } => {
                self.taken += self.lanes.len() as u64;
                std::mem::swap(&mut self.lanes, batch);
            }
            Overflow::DropOldest => {
                let class = self.lanes.front_class().unwrap_or_default();
                if let Some(entry) = self.lanes.pop() {
                    self.taken += 1;
                    batch.push(class, entry);
                }
            }
        }
        if self.lanes.is_empty() {
            self.lanes.release_memory();
        }
    }

    /// Counts what the dispatch thread has taken and will not handle.
    pub(crate) fn discard_taken(&mut self, reason: DropReason, events: u64) {
        self.taken -= events;
        self.tally.dropped.add(reason, events);
    }

    pub(crate) fn start(&mut self) {
        match self.phase {
            Phase::Waiting => self.phase = Phase::Running,
            Phase::Running | Phase::Draining | Phase::Discarding(_) | Phase::Stopped => {}
        }
    }

    pub(crate) fn drain(&mut self) {
        match self.phase {
            Phase::Waiting | Phase::Running => self.phase = Phase::Draining,
            Phase::Draining | Phase::Discarding(_) | Phase::Stopped => {}
        }
    }

    /// Drops what waits; the caller lets go of the events once no lock is held.
    #[must_use]
    pub(crate) fn discard(&mut self, reason: DropReason) -> Lanes<E> {
        match self.phase {
            Phase::Waiting | Phase::Running | Phase::Draining => {
                self.phase = Phase::Discarding(reason);
                self.tally.dropped.add(reason, self.lanes.len() as u64);
                std::mem::take(&mut self.lanes)
            }
            Phase::Discarding(_) | Phase::Stopped => Lanes::default(),
        }
    }

    pub(crate) fn end(&mut self) {
        self.phase = Phase::Stopped;
    }
}
