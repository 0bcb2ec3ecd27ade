//! The end of a feed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::post::{Numbered, leave_to_drop};
use super::{Feed, FeedCore, FeedPhase, FeedState, Stopped};
use crate::core::QueueCore;
use crate::error::StopError;
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
        for stopping in queues.iter_mut().filter(|stopping| stopping.state.is_awaited()) {
            if stopping.queue.mailbox.wait_ended_async(deadline).await {
                stopping.state = StopState::Ended;
            }
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
    /// The caller is one of its listeners.
    Own,
    /// Its end is waited for, and its thread watched.
    Awaited(Watch),
    Ended,
}

impl StopState {
    fn is_awaited(&self) -> bool {
        matches!(self, Self::Awaited(_))
    }
}

impl<E> Stopping<E> {
    fn new(queue: Arc<QueueCore<E>>) -> Self {
        if queue.mailbox.is_dispatch_thread() {
            return Self { queue, state: StopState::Own };
        }
        let mut watch = Watch::default();
        watch.look(queue.mailbox.progress.position(), Instant::now());
        Self { queue, state: StopState::Awaited(watch) }
    }
}

impl<E: Send + Sync + 'static> FeedCore<E> {
    pub(super) fn stop(&self, deadline: Duration) -> Result<StopReport, StopError> {
        let mut queues = self.begin_stop()?;
        let deadline = deadline_after(deadline);
        for stopping in queues.iter_mut().filter(|stopping| stopping.state.is_awaited()) {
            if stopping.queue.mailbox.wait_ended(deadline) {
                stopping.state = StopState::Ended;
            }
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
        let queues: Vec<_> = state.members.iter().map(|member| Arc::clone(&member.core)).collect();
        drop(state);
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
        let tail = state.log.close().and_then(|block| leave_to_drop(block, &state.members));
        for member in &mut state.members {
            member.close(until);
        }
        (unsent, tail)
    }

    fn finish_stop(&self, queues: Vec<Stopping<E>>) -> StopReport {
        let queues: Vec<_> = queues.into_iter().map(|stopping| self.report(stopping)).collect();
        self.bell.stop();
        self.publish();
        if queues.iter().all(|queue| queue.end != QueueEnd::Draining) {
            self.state().phase = FeedPhase::Stopped(Stopped::Reported);
        }
        StopReport { queues }
    }

    /// What became of a queue; one that has not ended in time loses what waits.
    fn report(&self, stopping: Stopping<E>) -> QueueReport {
        let Stopping { queue, state } = stopping;
        let mut watch = match state {
            StopState::Own => return self.report_on(&queue, 0, QueueEnd::Draining),
            StopState::Ended => return self.report_on(&queue, 0, QueueEnd::Drained),
            StopState::Awaited(watch) => watch,
        };
        let stuck = queue.stuck_since(&mut watch);
        let undelivered = self.snapshot(&queue).size as u64;
        self.discard(queue.id, DropReason::Stopped);
        queue.log_outstanding_drops();
        let mut report = self.report_on(&queue, undelivered, QueueEnd::TimedOut { stuck });
        // What the thread has taken it drops when it comes back, and counts then; the report speaks of it now.
        report.dropped.add(DropReason::Stopped, self.snapshot(&queue).size as u64);
        report
    }

    fn report_on(&self, queue: &QueueCore<E>, undelivered: u64, end: QueueEnd) -> QueueReport {
        let snapshot = self.snapshot(queue);
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

    /// As [`discard`](Self::discard), for a queue whose dispatch thread is dying: the queue is closed by that.
    pub(crate) fn expel(&self, queue: u64) {
        self.discard(queue, DropReason::Stopped);
    }
}
