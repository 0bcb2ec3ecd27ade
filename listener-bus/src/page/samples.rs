//! What the bus has counted over the last minutes, a look a second.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tokio::sync::watch;

use super::bus_view::{BusLife, BusView};
use crate::{BusSnapshot, LiveListenerBus};

/// The time between two looks.
pub(super) const SAMPLE_EVERY: Duration = Duration::from_secs(1);
/// The looks that are kept: five minutes.
pub(super) const SAMPLES: usize = 300;

/// A bus of any events, which the page does not keep alive.
pub(super) struct BusSource {
    name: Arc<str>,
    look: Box<dyn Fn() -> Option<(BusSnapshot, BusLife)> + Send>,
}

impl std::fmt::Debug for BusSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BusSource").field("name", &self.name).finish_non_exhaustive()
    }
}

impl BusSource {
    pub(super) fn of<E: Send + Sync + 'static>(bus: &LiveListenerBus<E>) -> Self {
        let name = bus.name().into();
        let bus = bus.downgrade();
        Self { name, look: Box::new(move || bus.upgrade().map(|bus| looked_at(&bus))) }
    }
}

fn looked_at<E: Send + Sync + 'static>(bus: &LiveListenerBus<E>) -> (BusSnapshot, BusLife) {
    let is_active = !bus.active_queues().is_empty();
    let snapshot = bus.snapshot();
    // A queue that its last listener has left is not active either, but has no listener.
    let has_listeners = snapshot.queues.iter().any(|queue| !queue.listeners.is_empty());
    let life = if has_listeners && !is_active { BusLife::Stopped } else { BusLife::Alive };
    (snapshot, life)
}

/// What a look at the bus has found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) view: Arc<BusView>,
    /// The same without the history, made once for all who follow.
    pub(super) brief: Arc<BusView>,
}

impl From<BusView> for Found {
    fn from(view: BusView) -> Self {
        Self { brief: Arc::new(view.without_history()), view: Arc::new(view) }
    }
}

/// One look at the bus.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) at: Instant,
    pub(super) snapshot: BusSnapshot,
}

/// Looks at a bus once a second, until it is dropped.
#[derive(Debug)]
pub(super) struct Sampler {
    latest: watch::Receiver<Found>,
    /// Dropped to stop the thread.
    _stop: Sender<()>,
}

impl Sampler {
    /// Starts looking. Where no thread can be started, the first look is the only one, and the page says so.
    pub(super) fn start(source: BusSource) -> Self {
        let (stop, stopped) = bounded(0);
        let mut samples = VecDeque::with_capacity(SAMPLES);
        let first = Found::from(look(&source, &mut samples));
        let (told, latest) = watch::channel(first);
        if let Err(error) = spawn(move || keep_looking(&source, samples, &told, &stopped)) {
            tracing::error!(%error, "the status page cannot watch the bus: no thread");
        }
        Self { latest, _stop: stop }
    }

    /// What the last look has found.
    pub(super) fn latest(&self) -> Arc<BusView> {
        Arc::clone(&self.latest.borrow().view)
    }

    /// Tells of each look.
    pub(super) fn watch(&self) -> watch::Receiver<Found> {
        self.latest.clone()
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("status-sampler".to_owned()).spawn(work).map(drop)
}

fn keep_looking(
    source: &BusSource,
    mut samples: VecDeque<Sample>,
    told: &watch::Sender<Found>,
    stopped: &Receiver<()>,
) {
    while stopped.recv_timeout(SAMPLE_EVERY) == Err(RecvTimeoutError::Timeout) {
        let view = look(source, &mut samples);
        told.send_replace(view.into());
    }
}

/// A bus that is gone shows what it was at the last look.
fn look(source: &BusSource, samples: &mut VecDeque<Sample>) -> BusView {
    let found = (source.look)();
    let life = found.as_ref().map_or(BusLife::Gone, |(_, life)| *life);
    if let Some((snapshot, _)) = found {
        if samples.len() == SAMPLES {
            samples.pop_front();
        }
        samples.push_back(Sample { at: Instant::now(), snapshot });
    }
    BusView::of(&source.name, samples, life)
}
