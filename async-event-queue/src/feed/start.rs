//! From buffering to handing on.

use std::collections::VecDeque;
use std::sync::Arc;

use super::aftermath::Aftermath;
use super::post::{Numbered, Waited};
use super::{Feed, FeedCore, FeedPhase, FeedState};
use crate::error::StartError;
use crate::options::{DEFAULT_CRITICAL_RESERVE, EventClass, Overflow};
use crate::posted::DropReason;
use crate::signal::deadline_after;
use crate::sync::lock;

/// Holds what is posted before the start, within bounds.
#[derive(Debug)]
pub(super) struct StartBuffer<E> {
    capacity: usize,
    events: VecDeque<Numbered<E>>,
    dropped: u64,
}

impl<E> StartBuffer<E> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, events: VecDeque::new(), dropped: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn take(&mut self) -> VecDeque<Numbered<E>> {
        std::mem::take(&mut self.events)
    }

    /// Keeps an event, or gives it back.
    pub(super) fn offer(&mut self, event: Numbered<E>) -> Result<(), Numbered<E>> {
        let limit = match event.class {
            EventClass::Ordinary => self.capacity,
            EventClass::Critical => self.capacity.saturating_add(DEFAULT_CRITICAL_RESERVE),
        };
        if self.events.len() >= limit {
            self.dropped += 1;
            return Err(event);
        }
        self.events.push_back(event);
        Ok(())
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
    fn begin_start(self: &Arc<Self>) -> Result<(), StartError> {
        let bus = || self.options.bus.clone();
        let spawn_error = |thread: String, source| StartError::Spawn { bus: bus(), thread, source };
        // So that no queue is left without a thread that joins meanwhile, and no other start comes in between.
        let queues = lock(&self.queues);
        let check = |phase| match phase {
            FeedPhase::Waiting => Ok(()),
            FeedPhase::Starting | FeedPhase::Running => Err(StartError::AlreadyStarted { bus: bus() }),
            FeedPhase::Stopped(_) => Err(StartError::Stopped { bus: bus() }),
        };
        check(self.state().phase)?;
        for queue in queues.iter() {
            crate::dispatch::launch(queue).map_err(|source| spawn_error(queue.name.clone(), source))?;
        }
        crate::monitor::launch(self, &self.bell)
            .map_err(|source| spawn_error(format!("{}-monitor", self.options.bus), source))?;
        let mut state = self.state();
        check(state.phase)?;
        state.phase = FeedPhase::Starting;
        drop(state);
        drop(queues);
        Ok(())
    }

    fn hand_on_start_buffer(&self) {
        let longest = self.queues().into_iter().filter_map(|queue| match queue.options.overflow {
            Overflow::Block { at_most } => Some(at_most),
            Overflow::DropNewest | Overflow::DropOldest => None,
        });
        let waited = Waited::Until(deadline_after(longest.max().unwrap_or_default()));
        let mut blocked = Some(EventClass::Ordinary);
        while let Some(class) = blocked {
            let mut aftermath = Aftermath::new();
            let mut state = self.with_room(self.state.lock(), class, waited);
            blocked = self.hand_on_buffered(&mut state, waited, &mut aftermath);
            drop(state);
            aftermath.settle(self);
        }
        self.tell_started();
    }

    /// Hands on what was buffered and opens the feed, unless a queue makes it wait: then for the class of the event
    /// that is next. All under one lock, so that no flood of posts can keep the buffer from running empty.
    fn hand_on_buffered(
        &self,
        state: &mut FeedState<E>,
        waited: Waited,
        aftermath: &mut Aftermath<E>,
    ) -> Option<EventClass> {
        while let Some(class) = state.start_buffer.events.front().map(|event| event.class) {
            if state.blocking_member(class, waited, None).is_some() {
                return Some(class);
            }
            if let Some(event) = state.start_buffer.events.pop_front() {
                self.miss(state, event.sequence, DropReason::NotStarted);
                state.publish_event(event, aftermath);
            }
        }
        match state.phase {
            FeedPhase::Starting => {
                state.start_buffer.take();
                let posted = state.next_sequence;
                self.miss(state, posted, DropReason::NotStarted);
                state.phase = FeedPhase::Running;
            }
            FeedPhase::Waiting | FeedPhase::Running | FeedPhase::Stopped(_) => {}
        }
        // The head may have moved without a post.
        state.collect_sleepers(aftermath);
        None
    }

    /// Counts every event before `until` that no queue has been offered as dropped.
    pub(super) fn miss(&self, state: &mut FeedState<E>, until: u64, reason: DropReason) {
        let head = self.head.get();
        if until <= head {
            return;
        }
        state.log.begin_drops(until);
        for member in &mut state.members {
            member.miss(head, until, reason);
        }
        state.log.skip(until);
    }

    /// Has those look who wait for the start buffer to run empty.
    pub(super) fn tell_started(&self) {
        drop(lock(&self.start_gate));
        self.started.notify_all();
    }
}
