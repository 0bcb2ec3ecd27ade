//! From buffering to handing on.

use std::time::Instant;

use super::post::Aftermath;
use super::{Feed, FeedCore, FeedPhase, FeedState};
use crate::error::StartError;
use crate::lanes::{Entry, Lanes};
use crate::options::{DEFAULT_CRITICAL_RESERVE, EventClass, Overflow};
use crate::posted::{DropReason, Posted};
use crate::signal::deadline_after;

/// Holds what is posted before the start, within bounds.
#[derive(Debug)]
pub(super) struct StartBuffer<E> {
    capacity: usize,
    lanes: Lanes<E>,
    pub(super) dropped: u64,
}

impl<E> StartBuffer<E> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, lanes: Lanes::default(), dropped: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.len()
    }

    pub(super) fn take(&mut self) -> Lanes<E> {
        std::mem::take(&mut self.lanes)
    }

    pub(super) fn offer(&mut self, class: EventClass, entry: Entry<E>) -> Posted {
        let limit = match class {
            EventClass::Ordinary => self.capacity,
            EventClass::Critical => self.capacity.saturating_add(DEFAULT_CRITICAL_RESERVE),
        };
        if self.lanes.len() < limit {
            self.lanes.push(class, entry);
            return Posted::Queued;
        }
        self.dropped += 1;
        Posted::Dropped(DropReason::NotStarted)
    }
}

impl<E: Send + Sync + 'static> Feed<E> {
    /// Starts the dispatch threads, hands on what was posted so far, in order, and from then on every post at once.
    ///
    /// A queue takes what was buffered as it takes any post: beyond its capacity it drops, or makes this call wait.
    ///
    /// # Errors
    /// [`StartError::AlreadyStarted`] and [`StartError::Stopped`]; [`StartError::Spawn`] when a thread cannot be
    /// started, and then the start may be tried again.
    ///
    /// # Blocking
    /// Only for queues whose policy is [`Overflow::Block`] and that have not room for what was buffered, and for the
    /// longest time given there at the most.
    pub fn start(&self) -> Result<(), StartError> {
        let core = self.core();
        core.begin_start()?;
        core.hand_on_start_buffer();
        Ok(())
    }
}

impl<E: Send + Sync + 'static> FeedCore<E> {
    fn begin_start(self: &std::sync::Arc<Self>) -> Result<(), StartError> {
        let bus = || self.options.bus.clone();
        let spawn_error = |thread: String, source| StartError::Spawn { bus: bus(), thread, source };
        let mut state = self.state();
        match state.phase {
            FeedPhase::Waiting => {}
            FeedPhase::Starting | FeedPhase::Running => {
                return Err(StartError::AlreadyStarted { bus: bus() });
            }
            FeedPhase::Stopped => return Err(StartError::Stopped { bus: bus() }),
        }
        for queue in &state.queues {
            crate::dispatch::launch(queue).map_err(|source| spawn_error(queue.name.clone(), source))?;
        }
        crate::monitor::launch(self, &self.bell)
            .map_err(|source| spawn_error(format!("{}-monitor", self.options.bus), source))?;
        state.phase = FeedPhase::Starting;
        drop(state);
        Ok(())
    }

    fn hand_on_start_buffer(&self) {
        let longest = self.queues().into_iter().filter_map(|queue| match queue.options.overflow {
            Overflow::Block { at_most } => Some(at_most),
            Overflow::DropNewest | Overflow::DropOldest => None,
        });
        let deadline = deadline_after(longest.max().unwrap_or_default());
        let mut blocked = Some(EventClass::Ordinary);
        while let Some(class) = blocked {
            let mut aftermath = Aftermath::new();
            let mut state = self.lock_with_room(class, Some(deadline));
            blocked = state.hand_on_buffered(&mut aftermath, deadline);
            drop(state);
            aftermath.settle(self);
        }
    }
}

impl<E> FeedState<E> {
    /// Hands on what was buffered and opens the feed, unless a queue makes it wait: then for the class of the event
    /// that is next. All under one lock, so that no flood of posts can keep the buffer from running empty.
    fn hand_on_buffered(&mut self, aftermath: &mut Aftermath<E>, deadline: Instant) -> Option<EventClass> {
        while let Some(class) = self.start_buffer.lanes.front_class() {
            if self.blocking_queue(class, None, Some(deadline)).is_some() {
                return Some(class);
            }
            if let Some(entry) = self.start_buffer.lanes.pop() {
                self.hand_on(class, &entry, aftermath);
            }
        }
        match self.phase {
            FeedPhase::Starting => {
                self.start_buffer.lanes.release_memory();
                self.phase = FeedPhase::Running;
                for queue in &self.queues {
                    queue.mailbox.advance_to(self.next_sequence);
                }
            }
            FeedPhase::Waiting | FeedPhase::Running | FeedPhase::Stopped => {}
        }
        None
    }
}
