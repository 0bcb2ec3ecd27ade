//! One numbered stream of events, handed to every queue that has joined it.

mod aftermath;
mod joining;
mod members;
mod post;
mod sleepers;
mod start;
mod stop;
mod wait;
mod window;

use std::fmt;
use std::sync::Arc;
// Not loom's, which cannot be static: nothing is ordered by these.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::attached::FeedQueue;
use crate::core::{Joining, QueueCore};
use crate::error::AttachError;
use crate::labels::Labels;
use crate::log::{Head, Inbox, Log};
use crate::metrics::{FeedMetrics, QueueMetrics, queue_processing};
use crate::monitor::MonitorBell;
use crate::options::{FeedOptions, QueueOptions};
use crate::report::QueueEnd;
use crate::signal::Signal;

use crate::sync::{BriefGuard, BriefLock, Mutex, lock};

use members::Member;
pub use post::Poster;
use sleepers::Sleepers;
use start::StartBuffer;
use window::Window;

/// The number of the next queue: one count for the process, so that no handle fits a queue of another feed.
static NEXT_QUEUE: AtomicU64 = AtomicU64::new(0);

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
    state: BriefLock<FeedState<E>>,
    /// The queues, for all but the posters: who changes them has this lock before that of the state.
    queues: Mutex<Vec<Arc<QueueCore<E>>>>,
    head: Head,
    /// The number after the last event that was posted before the feed handed anything on.
    buffered_until: AtomicU64,
    /// For who waits until the start buffer has run empty.
    start_gate: Mutex<()>,
    started: Signal,
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

/// What the feed's lock protects. It is taken before a queue's locks, never after, and held during no wait.
struct FeedState<E> {
    phase: FeedPhase,
    start_buffer: StartBuffer<E>,
    log: Log<E>,
    members: Vec<Member<E>>,
    next_sequence: u64,
    window: Window,
    asleep: Sleepers<E>,
}

impl<E: Send + Sync + 'static> Feed<E> {
    /// A feed without queues, which buffers what is posted until it is started.
    pub fn new(options: FeedOptions<E>) -> Self {
        let log = Log::new();
        let core = FeedCore {
            head: log.head().clone(),
            state: BriefLock::new(FeedState {
                phase: FeedPhase::Waiting,
                start_buffer: StartBuffer::new(options.start_buffer),
                log,
                members: Vec::new(),
                next_sequence: 0,
                window: Window::default(),
                asleep: Sleepers::default(),
            }),
            queues: Mutex::new(Vec::new()),
            buffered_until: AtomicU64::new(0),
            start_gate: Mutex::new(()),
            started: Signal::default(),
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
        let joining = Joining {
            id: NEXT_QUEUE.fetch_add(1, Ordering::Relaxed),
            name,
            inbox: Inbox::new(core.head.clone()),
            shared: Arc::clone(&core.options),
            feed: Arc::downgrade(core),
            bell: Arc::clone(&core.bell),
        };
        let queue = Arc::new(QueueCore::new(joining, options, metrics));
        let mut queues = lock(&core.queues);
        let has_started = core.join(&queue, queues.len() + 1)?;
        if has_started && let Err(source) = crate::dispatch::launch(&queue) {
            core.part(&queue);
            return Err(AttachError::Spawn { queue: queue.name.clone(), source });
        }
        queues.push(Arc::clone(&queue));
        drop(queues);
        // Its thread may be at work already, and the monitor asleep for lack of any.
        core.bell.wake();
        Ok(FeedQueue::new(queue, Arc::clone(core)))
    }

    /// Events posted so far, the dropped ones included, once each whatever the number of queues.
    pub fn posted(&self) -> u64 {
        self.core().posted()
    }
}

impl<E> FeedCore<E> {
    /// Locks the feed, and closes its window: what is known of the queues is up to date.
    fn state(&self) -> BriefGuard<'_, FeedState<E>> {
        let mut state = self.state.lock();
        state.close_window();
        state
    }

    fn posted(&self) -> u64 {
        self.head.counted().max(self.buffered_until.load(Ordering::Relaxed))
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
        lock(&self.queues).clone()
    }

    pub(crate) fn all_asleep(&self) -> bool {
        self.queues().iter().all(|queue| queue.mailbox.is_asleep())
    }

    /// Copies the counters of the feed and of all its queues to the metrics.
    pub(crate) fn publish(&self) {
        let posted = self.posted();
        lock(&self.metrics).publish(posted);
        for queue in self.queues() {
            queue.publish();
        }
    }
}

impl<E: Send + Sync + 'static> Drop for Owner<E> {
    fn drop(&mut self) {
        if self.core.state.lock().phase == FeedPhase::Stopped(Stopped::Reported) {
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
