//! Posting: a number, a place in every queue, and the wake-ups.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use super::{Feed, FeedCore, FeedPhase, FeedState};
use crate::core::QueueCore;
use crate::lanes::Entry;
use crate::options::{EventClass, Overflow};
use crate::posted::{DropReason, Posted};
use crate::signal::deadline_from;
use crate::state::Offer;

/// Whether a post may wait for room in a queue that blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    AsConfigured,
    None,
}

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
        self.core.post(event, Patience::AsConfigured)
    }

    /// As [`Feed::try_post`].
    pub fn try_post(&self, event: E) -> Posted {
        self.core.post(event, Patience::None)
    }
}

impl<E: Send + Sync + 'static> Feed<E> {
    /// Hands an event to every queue. Events of one thread reach every queue in the order they were posted.
    ///
    /// # Blocking
    /// Only for queues whose overflow policy is [`Overflow::Block`], and for the time given there at the most.
    pub fn post(&self, event: E) -> Posted {
        self.core().post(event, Patience::AsConfigured)
    }

    /// As [`post`](Self::post), but never blocks: a full queue that would make it wait drops the event.
    pub fn try_post(&self, event: E) -> Posted {
        self.core().post(event, Patience::None)
    }

    /// A handle that posts, and does not keep the feed alive.
    pub fn poster(&self) -> Poster<E> {
        Poster { core: Arc::clone(self.core()) }
    }
}

impl<E> FeedCore<E> {
    fn post(&self, event: E, patience: Patience) -> Posted {
        // The user's closure runs before any lock is taken.
        let class = self.options.class_of(&event);
        let event = Arc::new(event);
        let mut aftermath = Aftermath::new();
        let mut state = match patience {
            Patience::AsConfigured => self.lock_with_room(class, None),
            Patience::None => self.state(),
        };
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        let entry = Entry { sequence, event: Arc::clone(&event) };
        match state.phase {
            FeedPhase::Waiting | FeedPhase::Starting => {
                let posted = state.buffer(class, entry);
                let first_drop = !posted.is_queued() && state.start_buffer.dropped == 1;
                drop(state);
                if first_drop {
                    tracing::error!(
                        bus = self.options.bus,
                        "dropped an event: the buffer for events posted before the start is full"
                    );
                }
                posted
            }
            FeedPhase::Running | FeedPhase::Stopped => {
                state.hand_on(class, &entry, &mut aftermath);
                if state.queues.is_empty() && state.phase == FeedPhase::Stopped {
                    aftermath.dropped = Some(DropReason::Stopped);
                }
                drop(state);
                drop(entry);
                aftermath.settle(self)
            }
        }
    }

    /// Locks the feed once every queue that blocks has room, refuses everything, or has been waited for as long as
    /// it may be, counted from here or until `deadline`. Only who holds the feed's lock can take the room.
    pub(super) fn lock_with_room(
        &self,
        class: EventClass,
        deadline: Option<Instant>,
    ) -> crate::sync::MutexGuard<'_, FeedState<E>> {
        let mut begun = None;
        loop {
            let state = self.state();
            let Some((queue, at_most)) = state.blocking_queue(class, begun, deadline) else { return state };
            drop(state);
            if queue.mailbox.is_dispatch_thread() {
                // It would wait for itself: what is full now counts as waited for.
                return self.state();
            }
            let begun = *begun.get_or_insert_with(Instant::now);
            let deadline = deadline.unwrap_or_else(|| deadline_from(begun, at_most));
            queue.mailbox.wait_for_room(class, deadline);
        }
    }
}

impl<E> FeedState<E> {
    /// Keeps an event for the start. The queues that wait for it too count what they will miss.
    fn buffer(&mut self, class: EventClass, entry: Entry<E>) -> Posted {
        let posted = self.start_buffer.offer(class, entry);
        if let Posted::Dropped(reason) = posted {
            for queue in &self.queues {
                queue.mailbox.charge(reason, 1);
            }
        }
        posted
    }

    /// A queue that has no room and may still be waited for.
    pub(super) fn blocking_queue(
        &self,
        class: EventClass,
        begun: Option<Instant>,
        deadline: Option<Instant>,
    ) -> Option<(Arc<QueueCore<E>>, std::time::Duration)> {
        if !matches!(self.phase, FeedPhase::Running | FeedPhase::Starting) {
            return None;
        }
        self.queues.iter().find_map(|queue| {
            let Overflow::Block { at_most } = queue.options.overflow else { return None };
            let is_over = match (deadline, begun) {
                (Some(deadline), _) => Instant::now() >= deadline,
                (None, Some(begun)) => begun.elapsed() >= at_most,
                (None, None) => false,
            };
            (!is_over && queue.mailbox.is_blocked_for(class)).then(|| (Arc::clone(queue), at_most))
        })
    }

    /// Offers an event to every queue that had joined when it was posted.
    pub(super) fn hand_on(&self, class: EventClass, entry: &Entry<E>, aftermath: &mut Aftermath<E>) {
        for queue in &self.queues {
            if entry.sequence >= queue.joined_at {
                let entry = Entry { sequence: entry.sequence, event: Arc::clone(&entry.event) };
                aftermath.offer(queue, class, entry);
            }
        }
    }
}

/// What is left to do for a post once no lock is held. Empty, and then without memory of its own, for most posts.
pub(super) struct Aftermath<E> {
    dropped: Option<DropReason>,
    asleep: Vec<Arc<QueueCore<E>>>,
    evicted: Vec<Arc<E>>,
    first_drops: Vec<(Arc<QueueCore<E>>, DropReason)>,
    is_late: bool,
}

impl<E> Aftermath<E> {
    pub(super) fn new() -> Self {
        Self {
            dropped: None,
            asleep: Vec::new(),
            evicted: Vec::new(),
            first_drops: Vec::new(),
            is_late: false,
        }
    }

    fn offer(&mut self, queue: &Arc<QueueCore<E>>, class: EventClass, entry: Entry<E>) {
        let offered = queue.mailbox.offer(class, entry);
        if offered.wake {
            self.asleep.push(Arc::clone(queue));
        }
        self.is_late |= offered.late;
        let reason = match offered.offer {
            Offer::Queued => return,
            Offer::Evicted(event) => {
                self.evicted.push(event);
                DropReason::Evicted
            }
            Offer::Dropped(reason) => {
                self.dropped.get_or_insert(reason);
                reason
            }
        };
        if offered.first_drop {
            self.first_drops.push((Arc::clone(queue), reason));
        }
    }

    pub(super) fn settle(self, feed: &FeedCore<E>) -> Posted {
        drop(self.evicted);
        for queue in &self.asleep {
            queue.mailbox.wake();
        }
        for (queue, reason) in &self.first_drops {
            queue.log_first_drop(*reason);
        }
        if self.is_late {
            // No thread is left that would copy the counters.
            feed.publish();
        }
        self.dropped.map_or(Posted::Queued, Posted::Dropped)
    }
}
