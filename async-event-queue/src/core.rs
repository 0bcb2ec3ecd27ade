//! What all holders of one queue share: its mailbox, its settings and its books.

mod books;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Instant;

use metrics::Histogram;

use books::Books;

use crate::error::WaitError;
use crate::feed::FeedCore;
use crate::log::{Inbox, Leftover};
use crate::mailbox::{Desk, Mailbox};
use crate::metrics::QueueMetrics;
use crate::monitor::MonitorBell;
use crate::options::{FeedOptions, Overflow, QueueOptions, WithoutListeners};
use crate::posted::DropReason;
use crate::snapshot::{ListenerSnapshot, QueueSnapshot};
use crate::stuck::{Stuck, StuckListener, Watch};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::tally::Tally;

pub(crate) struct QueueCore<E> {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) options: QueueOptions,
    /// The first sequence number this queue hears of.
    joined_at: AtomicU64,
    pub(crate) shared: Arc<FeedOptions<E>>,
    pub(crate) feed: Weak<FeedCore<E>>,
    pub(crate) mailbox: Mailbox<E>,
    pub(crate) tally: Tally,
    /// The number of the first event it was not offered, once it has left its feed.
    left_at: AtomicU64,
    bell: Arc<MonitorBell>,
    pub(crate) processing: Histogram,
    books: Mutex<Books>,
}

impl<E> fmt::Debug for QueueCore<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueCore")
            .field("bus", &self.shared.bus)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What a new queue has of its feed.
pub(crate) struct Joining<E> {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) inbox: Inbox<E>,
    pub(crate) shared: Arc<FeedOptions<E>>,
    pub(crate) feed: Weak<FeedCore<E>>,
    pub(crate) bell: Arc<MonitorBell>,
}

impl<E> QueueCore<E> {
    pub(crate) fn new(
        joining: Joining<E>,
        options: QueueOptions,
        metrics: (QueueMetrics, Histogram),
    ) -> Self {
        let Joining { id, name, inbox, shared, feed, bell } = joining;
        let (metrics, processing) = metrics;
        Self {
            processing,
            mailbox: Mailbox::new(inbox),
            tally: Tally::new(),
            left_at: AtomicU64::new(u64::MAX),
            books: Mutex::new(Books::new(metrics)),
            id,
            name,
            options,
            joined_at: AtomicU64::new(0),
            shared,
            feed,
            bell,
        }
    }

    /// What has been counted; the numbers add up, whatever the posters and the dispatch thread do meanwhile.
    pub(crate) fn snapshot(&self) -> QueueSnapshot {
        let (head, (dropped, (begun, finished), evictable)) = self.mailbox.inbox.head().settled(|| {
            (self.tally.dropped(), self.mailbox.progress.begun_and_finished(), self.mailbox.inbox.evictable())
        });
        let posted = head.min(self.left_at.load(Ordering::Relaxed)).saturating_sub(self.joined_at());
        // What is counted has been posted, though the head may not say so yet.
        let posted = posted.max(dropped.total() + begun + evictable);
        let waiting = match self.options.overflow {
            // Claimed one at a time: what is claimed is as good as begun.
            Overflow::DropOldest => evictable,
            Overflow::DropNewest | Overflow::Block { .. } => posted - dropped.total() - begun,
        };
        let desk = self.mailbox.desk();
        QueueSnapshot {
            name: self.name.clone(),
            posted,
            delivered: finished,
            dropped,
            size: usize::try_from(waiting).unwrap_or(usize::MAX),
            capacity: self.options.capacity,
            listeners: desk.listeners.iter().map(|stats| stats.snapshot()).collect(),
            stuck: self.stuck_listener(&desk, Instant::now()),
        }
    }

    /// Joins the feed when it is at `sequence`. Before the dispatch thread is started.
    pub(crate) fn join_at(&self, sequence: u64) {
        self.joined_at.store(sequence, Ordering::Relaxed);
    }

    pub(crate) fn joined_at(&self) -> u64 {
        self.joined_at.load(Ordering::Relaxed)
    }

    pub(crate) fn leave_at(&self, head: u64) {
        self.left_at.fetch_min(head, Ordering::Relaxed);
    }

    fn stuck_listener(&self, desk: &Desk<E>, now: Instant) -> Option<StuckListener> {
        let stuck = desk.stuck.filter(|stuck| self.mailbox.progress.position() == Some(stuck.position))?;
        Some(name_stuck(desk, stuck, now))
    }

    /// The listener inside which the thread has been since `watch` first looked, or the monitor before it.
    pub(crate) fn stuck_since(&self, watch: &mut Watch) -> Option<StuckListener> {
        let now = Instant::now();
        let desk = self.mailbox.desk();
        let seen = watch.look(self.mailbox.progress.position(), now);
        self.stuck_listener(&desk, now).or_else(|| seen.map(|stuck| name_stuck(&desk, stuck, now)))
    }

    /// Drops what waits of the `admitted` events before the number `until`, for good; answers how many those are. The
    /// events are let go with what comes back, which must not be under a lock.
    pub(crate) fn discard(&self, reason: DropReason, until: u64, admitted: u64) -> (u64, Leftover<E>) {
        let (events, leftover) = self.mailbox.discard(reason, until, admitted);
        self.tally.add(reason, events);
        (events, leftover)
    }

    pub(crate) fn stops_without_listeners(&self) -> bool {
        self.options.without_listeners == WithoutListeners::Stop
    }

    /// As [`discard`](Self::discard), if it has no listener left.
    pub(crate) fn discard_if_deserted(&self, until: u64, admitted: u64) -> Option<Leftover<E>> {
        let (events, leftover) = self.mailbox.discard_if_deserted(until, admitted)?;
        self.tally.add(DropReason::NoListener, events);
        Some(leftover)
    }

    fn check_outside(&self) -> Result<(), WaitError> {
        if self.mailbox.is_dispatch_thread() {
            return Err(WaitError::InsideListener { queue: self.name.clone() });
        }
        Ok(())
    }

    pub(crate) fn wait_until_empty(&self, begun: Instant, deadline: Instant) -> Result<(), WaitError> {
        self.check_outside()?;
        self.mailbox.wait_until_empty(deadline).ok_or_else(|| self.not_empty(begun))
    }

    #[cfg(feature = "tokio")]
    pub(crate) async fn wait_until_empty_async(
        &self,
        begun: Instant,
        deadline: Instant,
    ) -> Result<(), WaitError> {
        self.check_outside()?;
        self.mailbox.wait_until_empty_async(deadline).await.ok_or_else(|| self.not_empty(begun))
    }

    fn not_empty(&self, begun: Instant) -> WaitError {
        let pending = self.snapshot().pending();
        WaitError::NotEmpty { queue: self.name.clone(), pending, waited: begun.elapsed() }
    }

    /// Whether the dispatch thread, with everything before `cursor` handled, may sleep: then whoever posts next wakes it.
    pub(crate) fn may_sleep(self: &Arc<Self>, cursor: u64) -> bool {
        self.feed.upgrade().is_none_or(|feed| feed.fall_asleep(self, cursor))
    }

    /// The dispatch thread is dying with `claimed` events in its hands: they and all that waits are dropped.
    pub(crate) fn abandon(&self, claimed: u64) {
        self.tally.add(DropReason::Stopped, claimed);
        if let Some(feed) = self.feed.upgrade() {
            feed.expel(self);
        }
    }

    /// The queue has come to life after a rest.
    pub(crate) fn wake_monitor(&self) {
        self.bell.wake();
    }
}

fn name_stuck<E>(desk: &Desk<E>, stuck: Stuck, now: Instant) -> StuckListener {
    let id = stuck.position.listener;
    let name = desk.listeners.iter().find(|stats| stats.id == id).map(|stats| stats.name.clone());
    StuckListener {
        // A listener that is being removed has left the list already.
        listener: name.unwrap_or_else(|| format!("#{id} (being removed)")),
        for_at_least: now.saturating_duration_since(stuck.since),
    }
}

impl crate::roster::ListenerStats {
    fn snapshot(&self) -> ListenerSnapshot {
        ListenerSnapshot {
            name: self.name.clone(),
            events: self.events(),
            panics: self.panics(),
            processing_time: self.processing_time(),
        }
    }
}
