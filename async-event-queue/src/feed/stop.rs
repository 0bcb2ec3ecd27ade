//! The end of a feed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Feed, FeedCore, FeedPhase};
use crate::core::QueueCore;
use crate::error::StopError;
use crate::lanes::Lanes;
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
        for stopping in queues.iter_mut().filter(|stopping| !stopping.is_own) {
            stopping.has_ended = stopping.queue.mailbox.wait_ended_async(deadline).await;
        }
        Ok(core.finish_stop(queues))
    }
}

/// A queue that is being stopped.
struct Stopping<E> {
    queue: Arc<QueueCore<E>>,
    watch: Watch,
    /// The caller is one of its listeners.
    is_own: bool,
    has_ended: bool,
}

impl<E> FeedCore<E> {
    pub(super) fn stop(&self, deadline: Duration) -> Result<StopReport, StopError> {
        let mut queues = self.begin_stop()?;
        let deadline = deadline_after(deadline);
        for stopping in queues.iter_mut().filter(|stopping| !stopping.is_own) {
            stopping.has_ended = stopping.queue.mailbox.wait_ended(deadline);
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
        state.phase = FeedPhase::Stopped;
        let unsent: Lanes<E> = state.start_buffer.take();
        for queue in &state.queues {
            queue.mailbox.charge(DropReason::Stopped, unsent.len() as u64);
            queue.mailbox.advance_to(state.next_sequence);
            queue.mailbox.drain();
        }
        let queues = state.queues.clone();
        drop(state);
        drop(unsent);
        let stopping = queues.into_iter().map(|queue| {
            let mut watch = Watch::default();
            watch.look(queue.mailbox.progress.position(), Instant::now());
            Stopping { is_own: queue.mailbox.is_dispatch_thread(), has_ended: false, watch, queue }
        });
        Ok(stopping.collect())
    }

    fn finish_stop(&self, queues: Vec<Stopping<E>>) -> StopReport {
        let reports = queues.into_iter().map(Stopping::report).collect();
        self.bell.stop();
        self.publish();
        StopReport { queues: reports }
    }

    /// Drops what waits for a start that will not come.
    pub(super) fn give_up_unstarted(&self, reason: DropReason) {
        let mut state = self.state();
        state.phase = FeedPhase::Stopped;
        let unsent = state.start_buffer.take();
        let queues = state.queues.clone();
        drop(state);
        let lost = unsent.len() as u64;
        if lost > 0 {
            tracing::warn!(bus = self.options.bus, events = lost, %reason, "dropped a bus with events in it");
        }
        for queue in queues {
            queue.mailbox.charge(reason, lost);
            queue.discard(reason);
        }
        drop(unsent);
        self.publish();
    }
}

impl<E> Stopping<E> {
    /// What became of the queue; one that has not ended in time loses what waits.
    fn report(mut self) -> QueueReport {
        let queue = &self.queue;
        if self.is_own {
            return queue.report(0, QueueEnd::Draining);
        }
        if self.has_ended {
            return queue.report(0, QueueEnd::Drained);
        }
        let stuck = queue.stuck_since(&mut self.watch);
        let undelivered = queue.snapshot().size as u64;
        queue.discard(DropReason::Stopped);
        queue.log_outstanding_drops();
        queue.report(undelivered, QueueEnd::TimedOut { stuck })
    }
}

impl<E> QueueCore<E> {
    fn report(&self, undelivered: u64, end: QueueEnd) -> QueueReport {
        let snapshot = self.snapshot();
        QueueReport {
            queue: snapshot.name,
            delivered: snapshot.delivered,
            dropped: snapshot.dropped,
            undelivered,
            end,
        }
    }
}
