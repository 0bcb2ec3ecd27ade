//! Posting: a number, a slot in the log, a place in every queue, and the wake-ups.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::aftermath::{Aftermath, Teller};
use super::{Feed, FeedCore, FeedPhase, FeedState};
use crate::options::EventClass;
use crate::posted::{DropReason, Posted};
use crate::signal::deadline_from;
use crate::sync::BriefGuard;
use crate::sync::atomic::Ordering;

/// Posts to a feed without keeping it alive: what a listener holds that posts itself.
pub struct Poster<E> {
    core: Arc<FeedCore<E>>,
}

impl<E> Clone for Poster<E> {
    fn clone(&self) -> Self {
        Self { core: Arc::clone(&self.core) }
    }
}

impl<E> fmt::Debug for Poster<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poster").field("bus", &self.core.options.bus).finish_non_exhaustive()
    }
}

impl<E: Send + Sync + 'static> Poster<E> {
    /// As [`Feed::post`].
    pub fn post(&self, event: E) -> Posted {
        self.core.post(event, Waited::NotYet)
    }

    /// As [`Feed::try_post`].
    pub fn try_post(&self, event: E) -> Posted {
        self.core.post(event, Waited::Enough)
    }
}

impl<E: Send + Sync + 'static> Feed<E> {
    /// Hands an event to every queue. Events of one thread reach every queue in the order they were posted, and all
    /// queues see the events of all threads in one order.
    ///
    /// # Blocking
    /// Only for queues whose overflow policy is [`Overflow::Block`](crate::Overflow::Block), and for the time given
    /// there at the most.
    pub fn post(&self, event: E) -> Posted {
        self.core().post(event, Waited::NotYet)
    }

    /// As [`post`](Self::post), but never blocks: a full queue that would make it wait drops the event.
    pub fn try_post(&self, event: E) -> Posted {
        self.core().post(event, Waited::Enough)
    }

    /// A handle that posts, and does not keep the feed alive.
    pub fn poster(&self) -> Poster<E> {
        Poster { core: Arc::clone(self.core()) }
    }
}

/// An event with its place in the feed.
#[derive(Debug)]
pub(super) struct Numbered<E> {
    pub(super) class: EventClass,
    pub(super) sequence: u64,
    pub(super) event: E,
}

/// How long a post has waited for queues that block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Waited {
    NotYet,
    /// Since then, each queue for its own time.
    Since(Instant),
    /// It may wait until then, for all queues together.
    Until(Instant),
    /// No more.
    Enough,
}

impl Waited {
    /// Until when a queue may be waited for that allows `at_most`.
    pub(super) fn left_for(self, at_most: Duration) -> Option<Instant> {
        let deadline = match self {
            Self::NotYet => return Some(deadline_from(Instant::now(), at_most)),
            Self::Since(begun) => deadline_from(begun, at_most),
            Self::Until(deadline) => deadline,
            Self::Enough => return None,
        };
        (Instant::now() < deadline).then_some(deadline)
    }

    fn begin(self) -> Self {
        match self {
            Self::NotYet => Self::Since(Instant::now()),
            Self::Since(_) | Self::Until(_) | Self::Enough => self,
        }
    }
}

impl<E> FeedCore<E> {
    #[inline]
    fn post(&self, event: E, waited: Waited) -> Posted {
        let mut state = self.state.lock();
        if let Some(sequence) = state.number_in_window() {
            state.log.push(sequence, event);
            if !state.asleep.is_empty() {
                let asleep = std::mem::take(&mut state.asleep);
                drop(state);
                asleep.wake();
            }
            return Posted::Queued;
        }
        self.post_asking(state, event, waited)
    }

    /// Posts an event that the queues have to be asked about.
    #[inline(never)]
    fn post_asking(&self, state: BriefGuard<'_, FeedState<E>>, event: E, waited: Waited) -> Posted {
        let (class, state) = match &self.options.classify {
            None => (EventClass::Ordinary, state),
            Some(classify) => {
                // The user's closure runs under no lock.
                drop(state);
                (classify(&event), self.state.lock())
            }
        };
        let mut state = self.with_room(state, class, waited);
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        match state.phase {
            FeedPhase::Waiting | FeedPhase::Starting => {
                self.buffered_until.store(sequence + 1, Ordering::Relaxed);
                let kept = state.start_buffer.offer(Numbered { class, sequence, event });
                let is_first_drop = kept.is_err() && state.start_buffer.dropped() == 1;
                drop(state);
                if is_first_drop {
                    tracing::error!(
                        bus = self.options.bus,
                        "dropped an event: the buffer for events posted before the start is full"
                    );
                }
                kept.map_or(Posted::Dropped(DropReason::NotStarted), |()| Posted::Queued)
            }
            FeedPhase::Running | FeedPhase::Stopped(_) => {
                let mut aftermath = Aftermath::new();
                state.publish_event(Numbered { class, sequence, event }, &mut aftermath);
                if state.phase != FeedPhase::Running && state.members.is_empty() {
                    aftermath.refuse(DropReason::Stopped);
                }
                state.open_window();
                drop(state);
                aftermath.settle(self)
            }
        }
    }

    /// The locked feed once every queue that blocks has room, refuses everything, or has been waited for long enough.
    /// Only who holds the feed's lock can take the room.
    pub(super) fn with_room<'a>(
        &'a self,
        state: BriefGuard<'a, FeedState<E>>,
        class: EventClass,
        waited: Waited,
    ) -> BriefGuard<'a, FeedState<E>> {
        let (mut state, mut waited) = (state, waited);
        let mut own = None;
        loop {
            state.close_window();
            let Some((index, deadline)) = state.blocking_member(class, waited, own) else { return state };
            let queue = Arc::clone(&state.members[index].core);
            let is_room = state.members[index].room_test(class);
            drop(state);
            if queue.mailbox.is_dispatch_thread() {
                // It would wait for itself.
                own = Some(queue.id);
            } else {
                waited = waited.begin();
                queue.mailbox.wait_for_room(deadline, is_room);
            }
            state = self.state.lock();
        }
    }
}

impl<E> FeedState<E> {
    /// Puts an event into the log and offers it to every queue that had joined when it was posted.
    pub(super) fn publish_event(&mut self, numbered: Numbered<E>, aftermath: &mut Aftermath<E>) {
        let Numbered { class, sequence, event } = numbered;
        let Self { log, members, .. } = self;
        log.begin_drops(sequence + 1);
        let mut is_taken = false;
        for member in members.iter_mut().filter(|member| member.hears_of(sequence)) {
            if member.offer(class, sequence, aftermath) {
                let (block, spent) = log.turn_to(sequence);
                aftermath.keep_spent(spent);
                member.hand_over(block, aftermath);
                is_taken = true;
            }
        }
        if is_taken {
            log.push(sequence, event);
        } else {
            aftermath.keep_refused(event);
            log.skip(sequence + 1);
        }
        if self.members.is_empty() {
            aftermath.teller = Teller::Monitor;
        }
        self.collect_sleepers(aftermath);
    }

    /// Has those woken who sleep; none of them falls asleep again before the lock is free.
    pub(super) fn collect_sleepers(&mut self, aftermath: &mut Aftermath<E>) {
        if !self.asleep.is_empty() {
            aftermath.asleep = std::mem::take(&mut self.asleep);
        }
    }

    /// A queue, but for the caller's own, that has no room and may still be waited for, and until when.
    pub(super) fn blocking_member(
        &mut self,
        class: EventClass,
        waited: Waited,
        own: Option<u64>,
    ) -> Option<(usize, Instant)> {
        if !matches!(self.phase, FeedPhase::Running | FeedPhase::Starting) {
            return None;
        }
        let sequence = self.next_sequence;
        let others = self.members.iter_mut().enumerate().filter(|(_, member)| Some(member.core.id) != own);
        others.into_iter().find_map(|(index, member)| Some((index, member.blocks(class, sequence, waited)?)))
    }
}
