//! One numbered stream of events, handed to every queue that has joined it.

mod aftermath;
mod members;
mod post;
mod start;
mod stop;
mod wait;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::attached::FeedQueue;
use crate::core::{Joining, QueueCore};
use crate::error::AttachError;
use crate::labels::Labels;
use crate::log::Log;
use crate::mailbox::Head;
use crate::metrics::{FeedMetrics, QueueMetrics, queue_processing};
use crate::monitor::MonitorBell;
use crate::options::{FeedOptions, QueueOptions};
use crate::report::QueueEnd;
use crate::signal::Signal;
use crate::snapshot::QueueSnapshot;
use crate::sync::{Mutex, MutexGuard, lock, lock_often_taken};

use members::Member;
pub use post::Poster;
use start::StartBuffer;

/// The number of the next queue: one count for the process, so that no handle fits a queue of another feed.
static NEXT_QUEUE: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// Hands one numbered stream of events to every queue that has joined it, in the same order: what a bus of several
/// queues is made of.
///
/// A cheap handle; when the last one is dropped, the feed stops, within the time of
/// [`FeedOptions::drop_timeout`]. A listener that posts holds a [`Poster`], which does not keep the feed alive.
#[must_use = "dropping the last handle stops the feed"]
pub struct Feed<E: Send + Sync + 'static> {
    owner: Arc<Owner<E>>,
}

/// Stops the feed when the last handle goes.
struct Owner<E: Send + Sync + 'static> {
    core: Arc<FeedCore<E>>,
}

impl<E: Send + Sync + 'static> Clone for Feed<E> {
    fn clone(&self) -> Self {
        Self { owner: Arc::clone(&self.owner) }
    }
}

impl<E: Send + Sync + 'static> fmt::Debug for Feed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("options", &self.owner.core.options).finish_non_exhaustive()
    }
}

/// What handles, dispatch threads and the monitor share.
pub(crate) struct FeedCore<E> {
    options: Arc<FeedOptions<E>>,
    state: Mutex<FeedState<E>>,
    /// The start buffer has run empty.
    started: Signal,
    head: Head,
    bell: Arc<MonitorBell>,
    pub(crate) labels: Labels,
    metrics: Mutex<FeedMetrics>,
}

/// Where a feed is in its life. It only ever moves down this list, but for a start that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FeedPhase {
    /// Buffers what is posted.
    Waiting,
    /// Hands the buffer on; new posts line up behind it.
    Starting,
    /// Hands every post on at once.
    Running,
    /// Every post is refused by the queues, and counted there.
    Stopped(Stopped),
}

/// Whether somebody has been told how a feed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stopped {
    /// Its queues may still drain.
    Unreported,
    /// A stop has waited for all queues, and returned what became of them.
    Reported,
}

/// What the feed's lock protects. It is taken before a queue's lock, never after, and held during no wait.
struct FeedState<E> {
    phase: FeedPhase,
    start_buffer: StartBuffer<E>,
    log: Log<E>,
    members: Vec<Member<E>>,
    next_sequence: u64,
}

impl<E: Send + Sync + 'static> Feed<E> {
    /// A feed without queues, which buffers what is posted until it is started.
    pub fn new(options: FeedOptions<E>) -> Self {
        let core = FeedCore {
            state: Mutex::new(FeedState {
                phase: FeedPhase::Waiting,
                start_buffer: StartBuffer::new(options.start_buffer),
                log: Log::default(),
                members: Vec::new(),
                next_sequence: 0,
            }),
            started: Signal::default(),
            head: Head::default(),
            bell: Arc::new(MonitorBell::default()),
            labels: Labels::new(options.timed_listeners),
            metrics: Mutex::new(FeedMetrics::new(&options.bus)),
            options: Arc::new(options),
        };
        Self { owner: Arc::new(Owner { core: Arc::new(core) }) }
    }

    pub(crate) fn core(&self) -> &Arc<FeedCore<E>> {
        &self.owner.core
    }

    /// Adds a queue. Before the start, it will get everything posted so far; later, only what is posted from now on.
    ///
    /// # Errors
    /// Wrong settings, a stopped feed, or a dispatch thread that cannot be started; each names the queue.
    pub fn attach(
        &self,
        name: impl Into<String>,
        options: QueueOptions,
    ) -> Result<FeedQueue<E>, AttachError> {
        let core = self.core();
        let name = name.into();
        options.check(&name)?;
        // The recorder is the user's, so not under the lock.
        let metrics =
            (QueueMetrics::new(core.bus(), &name, options.capacity), queue_processing(core.bus(), &name));
        let mut state = core.state();
        if matches!(state.phase, FeedPhase::Stopped(_)) {
            return Err(AttachError::Stopped { bus: core.options.bus.clone(), queue: name });
        }
        let has_started = state.phase != FeedPhase::Waiting;
        let joining = Joining {
            id: NEXT_QUEUE.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            name,
            joined_at: if has_started { state.next_sequence } else { 0 },
            shared: Arc::clone(&core.options),
            feed: Arc::downgrade(core),
            bell: Arc::clone(&core.bell),
            head: Arc::clone(&core.head),
        };
        let queue = Arc::new(QueueCore::new(joining, options, metrics));
        if has_started {
            crate::dispatch::launch(&queue)
                .map_err(|source| AttachError::Spawn { queue: queue.name.clone(), source })?;
        }
        state.members.push(Member::new(Arc::clone(&queue)));
        drop(state);
        // Its thread may be at work already, and the monitor asleep for lack of any.
        core.bell.wake();
        Ok(FeedQueue::new(queue, Arc::clone(core)))
    }

    /// Events posted so far, the dropped ones included, once each whatever the number of queues.
    pub fn posted(&self) -> u64 {
        self.core().state().next_sequence
    }
}

impl<E> FeedCore<E> {
    fn state(&self) -> MutexGuard<'_, FeedState<E>> {
        lock_often_taken(&self.state)
    }

    pub(crate) fn wake_monitor(&self) {
        self.bell.wake();
    }

    pub(crate) fn bus(&self) -> &str {
        &self.options.bus
    }

    pub(crate) fn slow_event(&self) -> Duration {
        self.options.slow_event
    }

    pub(crate) fn queues(&self) -> Vec<Arc<QueueCore<E>>> {
        self.state().members.iter().map(|member| Arc::clone(&member.core)).collect()
    }

    /// The queue's counters; under the lock, so that no post is half counted.
    pub(crate) fn snapshot(&self, queue: &QueueCore<E>) -> QueueSnapshot {
        let _state = self.state();
        queue.snapshot(queue.mailbox.head())
    }

    pub(crate) fn all_asleep(&self) -> bool {
        self.queues().iter().all(|queue| queue.mailbox.is_asleep())
    }

    /// Copies the counters of the feed and of all its queues to the metrics.
    pub(crate) fn publish(&self) {
        let posted = self.state().next_sequence;
        lock(&self.metrics).publish(posted);
        for queue in self.queues() {
            queue.publish(queue.mailbox.head());
        }
    }
}

impl<E: Send + Sync + 'static> Drop for Owner<E> {
    fn drop(&mut self) {
        if self.core.state().phase == FeedPhase::Stopped(Stopped::Reported) {
            return;
        }
        match self.core.stop(self.core.options.drop_timeout) {
            Ok(report) => {
                for queue in report.queues.iter().filter(|queue| queue.end != QueueEnd::Drained) {
                    tracing::warn!(bus = self.core.options.bus, %queue, "the last handle of a bus was dropped");
                }
            }
            Err(_) => self.core.give_up_unstarted(),
        }
    }
}
