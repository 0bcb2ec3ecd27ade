//! The end of a feed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::post::Numbered;
use super::{Feed, FeedCore, FeedPhase, FeedState, Stopped};
use crate::core::QueueCore;
use crate::error::StopError;
use crate::mailbox::{Ended, Ending, Stopper};
use crate::posted::DropReason;
use crate::report::{QueueEnd, QueueReport, StopReport};
use crate::signal::deadline_after;
use crate::stuck::Watch;

impl<E: Send + Sync + 'static> Feed<E> {
    /// Refuses new events, delivers what is queued, closes the listeners, and says what became of everything.
    ///
    /// What a queue has not delivered when `deadline` has passed is dropped, counted, and its thread left behind. May
    /// be called again, from any thread: a later call waits for what an earlier one has begun. Called by a listener,
    /// it waits for the other queues only; the listener's own goes on to deliver what it has after the call.
    ///
    /// # Errors
    /// [`StopError::NotStarted`], and then nothing has changed.
    ///
    /// # Blocking
    /// For `deadline` at the most.
    pub fn stop(&self, deadline: Duration) -> Result<StopReport, StopError> {
        self.core().stop(deadline)
    }

    /// As [`stop`](Self::stop), without blocking the thread.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    ///
    /// # Cancel safety
    /// New events are refused from the first poll on. If the future is dropped, the queues drain all the same, but
    /// none is cut off at the deadline; stop again to see them end.
    ///
    /// # Panics
    /// Outside a tokio runtime with its timer enabled.
    #[cfg(feature = "tokio")]
    pub async fn stop_async(&self, deadline: Duration) -> Result<StopReport, StopError> {
        let core = self.core();
        let mut queues = core.begin_stop()?;
        let deadline = deadline_after(deadline);
        let stopper = enter(&queues);
        for stopping in queues.iter_mut().filter(|stopping| stopping.state.is_awaited()) {
            stopping.note(stopping.queue.mailbox.wait_ended_async(deadline, stopper).await);
        }
        Ok(core.finish_stop(queues))
    }
}

/// A queue that is being stopped.
struct Stopping<E> {
    queue: Arc<QueueCore<E>>,
    state: StopState,
}

enum StopState {
    /// One of its listeners is the caller, or stops the bus as well: the rest is delivered after that.
    Draining,
    /// Its end is waited for, and its thread watched.
    Awaited(Watch),
    Ended(Ended),
}

impl StopState {
    fn is_awaited(&self) -> bool {
        matches!(self, Self::Awaited(_))
    }
}

impl<E> Stopping<E> {
    fn new(queue: Arc<QueueCore<E>>) -> Self {
        if queue.mailbox.is_dispatch_thread() {
            return Self { queue, state: StopState::Draining };
        }
        let mut watch = Watch::default();
        watch.look(queue.mailbox.progress.position(), Instant::now());
        Self { queue, state: StopState::Awaited(watch) }
    }

    fn note(&mut self, ending: Option<Ending>) {
        match ending {
            None => {}
            Some(Ending::Ended(ended)) => self.state = StopState::Ended(ended),
            Some(Ending::Stopping) => self.state = StopState::Draining,
        }
    }
}

/// Before the wait, as who the caller waits; a queue that has it as a listener is not to be waited for by others' listeners.
fn enter<E>(queues: &[Stopping<E>]) -> Stopper {
    match queues.iter().find(|stopping| matches!(stopping.state, StopState::Draining)) {
        Some(own) => {
            own.queue.mailbox.enter_stop();
            Stopper::Listener
        }
        None => Stopper::Outside,
    }
}

impl<E: Send + Sync + 'static> FeedCore<E> {
    pub(super) fn stop(&self, deadline: Duration) -> Result<StopReport, StopError> {
        let mut queues = self.begin_stop()?;
        let deadline = deadline_after(deadline);
        let stopper = enter(&queues);
        for stopping in queues.iter_mut().filter(|stopping| stopping.state.is_awaited()) {
            stopping.note(stopping.queue.mailbox.wait_ended(deadline, stopper));
        }
        Ok(self.finish_stop(queues))
    }

    /// Under the feed's lock, so that a racing post is either before the pill in every queue or refused by all.
    fn begin_stop(&self) -> Result<Vec<Stopping<E>>, StopError> {
        let mut state = self.state();
        if state.phase == FeedPhase::Waiting {
            let buffered = state.start_buffer.len();
            return Err(StopError::NotStarted { bus: self.options.bus.clone(), buffered });
        }
        let unsent = self.close(&mut state, DropReason::Stopped);
        drop(state);
        let queues = self.queues();
        self.tell_started();
        drop(unsent);
        Ok(queues.into_iter().map(Stopping::new).collect())
    }

    /// Refuses every later post, and drops what still waited for the start for this reason. Gives back what is to be
    /// let go without a lock.
    fn close(&self, state: &mut FeedState<E>, reason: DropReason) -> impl Sized + use<E> {
        state.phase = FeedPhase::Stopped(Stopped::Unreported);
        let unsent = state.start_buffer.take();
        for Numbered { sequence, .. } in &unsent {
            self.miss(state, *sequence, DropReason::NotStarted);
            self.miss(state, *sequence + 1, reason);
        }
        let until = state.next_sequence;
        self.miss(state, until, DropReason::NotStarted);
        let tail = state.log.close();
        for member in &mut state.members {
            member.close(until);
        }
        (unsent, tail)
    }

    fn finish_stop(&self, queues: Vec<Stopping<E>>) -> StopReport {
        for stopping in queues.iter().filter(|stopping| stopping.queue.mailbox.is_dispatch_thread()) {
            stopping.queue.mailbox.leave_stop();
        }
        let queues: Vec<_> = queues.into_iter().map(|stopping| self.report(stopping)).collect();
        self.publish();
        if queues.iter().all(|queue| queue.end != QueueEnd::Draining) {
            self.bell.stop();
            self.state().phase = FeedPhase::Stopped(Stopped::Reported);
        }
        StopReport { queues }
    }

    /// What became of a queue; one that has not ended in time loses what waits.
    fn report(&self, stopping: Stopping<E>) -> QueueReport {
        let Stopping { queue, state } = stopping;
        let mut watch = match state {
            StopState::Draining => return Self::report_on(&queue, 0, QueueEnd::Draining),
            StopState::Ended(Ended::Drained) => return Self::report_on(&queue, 0, QueueEnd::Drained),
            StopState::Ended(Ended::CutOff) => return Self::report_on(&queue, 0, QueueEnd::CutOff),
            StopState::Ended(Ended::Died) => return Self::report_on(&queue, 0, QueueEnd::Died),
            StopState::Awaited(watch) => watch,
        };
        let stuck = queue.stuck_since(&mut watch);
        let undelivered = queue.snapshot().size as u64;
        self.discard(queue.id, DropReason::Stopped);
        queue.log_outstanding_drops();
        let snapshot = queue.snapshot();
        let mut dropped = snapshot.dropped;
        // What the thread has taken it drops when it comes back, and counts then; the report speaks of it now.
        dropped.add(DropReason::Stopped, snapshot.size as u64);
        let (queue, delivered) = (snapshot.name, snapshot.delivered);
        QueueReport { queue, delivered, dropped, undelivered, end: QueueEnd::TimedOut { stuck } }
    }

    fn report_on(queue: &QueueCore<E>, undelivered: u64, end: QueueEnd) -> QueueReport {
        let snapshot = queue.snapshot();
        QueueReport {
            queue: snapshot.name,
            delivered: snapshot.delivered,
            dropped: snapshot.dropped,
            undelivered,
            end,
        }
    }

    /// Drops what waits for a start that will not come.
    pub(super) fn give_up_unstarted(&self) {
        let mut state = self.state();
        let lost = state.start_buffer.len();
        let unsent = self.close(&mut state, DropReason::NotStarted);
        let queues: Vec<_> = state.members.iter().map(|member| member.core.id).collect();
        drop(state);
        drop(unsent);
        if lost > 0 {
            tracing::warn!(
                bus = self.options.bus,
                events = lost,
                "dropped a bus that was never started, with events in it"
            );
        }
        for queue in queues {
            self.discard(queue, DropReason::NotStarted);
        }
        self.publish();
    }
}

impl<E> FeedCore<E> {
    /// Drops what waits in a queue, for good.
    fn discard(&self, queue: u64, reason: DropReason) {
        let mut state = self.state();
        let until = state.next_sequence;
        let member = state.members.iter_mut().find(|member| member.core.id == queue);
        let leftover = member.map(|member| member.discard(reason, until));
        drop(state);
        drop(leftover);
    }
}
