//! The bus with its four standard queues and their listeners.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use examples::slow_listener::SlowListener;
use listener_bus::page::EVENT_STREAM;
use listener_bus::{
    APP_STATUS, BusSnapshot, EVENT_LOG, EXECUTOR_MANAGEMENT, ListenerHandle, LiveListenerBus, Posted,
    QueueEnd, QueueOptions, QueueSnapshot, SHARED, SchedulerEvent, StopReport,
};

use crate::args::QueueArgs;
use crate::executor_count::ExecutorCount;
use crate::line_count::LineCount;
use crate::stage_durations::StageDurations;
use crate::status::Status;

/// How long the listeners may take to close, and to be given back, once their queues are empty; patience may be less.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// A listener inside one event for longer is looked at more closely; patience may be less.
const SLOW_EVENT: Duration = Duration::from_secs(1);

/// The bus with its listeners.
pub(crate) struct FourQueues {
    bus: LiveListenerBus<SchedulerEvent>,
    status: ListenerHandle<Status>,
    executor_count: ListenerHandle<ExecutorCount>,
    stage_durations: ListenerHandle<StageDurations>,
    line_count: ListenerHandle<LineCount>,
    patience: Duration,
}

/// What is left when the bus has stopped: a listener that is stuck in an event is not there.
pub(crate) struct Finished {
    pub(crate) status: Option<Status>,
    pub(crate) executor_count: Option<ExecutorCount>,
    pub(crate) stage_durations: Option<StageDurations>,
    pub(crate) line_count: Option<LineCount>,
    pub(crate) snapshot: BusSnapshot,
    pub(crate) errors: Vec<anyhow::Error>,
}

impl FourQueues {
    /// Sets the bus up and starts it.
    pub(crate) fn start(args: &QueueArgs) -> anyhow::Result<Self> {
        let bus = build(args).context("cannot set up the bus")?;
        let queues = Self {
            status: bus.add_to_status_queue(Status::default())?,
            executor_count: bus.add_to_management_queue(ExecutorCount::default())?,
            stage_durations: bus.add_to_shared_queue(StageDurations::default())?,
            line_count: bus.add_to_event_log_queue(LineCount::default())?,
            bus,
            patience: args.patience,
        };
        if let Some(per_event) = args.slow_listener {
            queues.bus.add_to_queue(args.slow_queue.as_str(), SlowListener { per_event })?;
        }
        queues.bus.start()?;
        Ok(queues)
    }

    pub(crate) fn bus(&self) -> &LiveListenerBus<SchedulerEvent> {
        &self.bus
    }

    pub(crate) fn post(&self, event: SchedulerEvent) -> Posted {
        self.bus.post(event)
    }

    /// The listener with which patience is at an end: it has been inside one event for that long.
    pub(crate) fn stuck(&self) -> Option<String> {
        self.bus.snapshot().queues.into_iter().find_map(|queue| {
            let stuck = queue.stuck.filter(|stuck| stuck.for_at_least >= self.patience)?;
            let (listener, seconds) = (stuck.listener, stuck.for_at_least.as_secs_f64());
            Some(format!(
                "listener {listener} of queue {} has been inside one event for {seconds:.1} s",
                queue.name
            ))
        })
    }

    /// Waits until everything is delivered, or until nothing has been for as long as patience lasts.
    pub(crate) fn drain(&self) {
        let mut pending = self.pending();
        while self.stuck().is_none() && self.bus.wait_until_empty(self.patience).is_err() {
            let still_pending = self.pending();
            if still_pending == pending {
                return;
            }
            pending = still_pending;
        }
    }

    /// Stops the bus and takes the listeners back.
    pub(crate) fn finish(self) -> Finished {
        let (mut errors, stuck) = match self.bus.stop(self.close_within()) {
            Ok(report) => undelivered(report),
            Err(error) => (vec![error.into()], Vec::new()),
        };
        let snapshot = self.bus.snapshot();
        errors.extend(panics(&snapshot));
        Finished {
            status: self.take(&self.status, &stuck, &mut errors),
            executor_count: self.take(&self.executor_count, &stuck, &mut errors),
            stage_durations: self.take(&self.stage_durations, &stuck, &mut errors),
            line_count: self.take(&self.line_count, &stuck, &mut errors),
            snapshot,
            errors,
        }
    }

    fn close_within(&self) -> Duration {
        self.patience.min(CLOSE_WITHIN)
    }

    fn pending(&self) -> u64 {
        self.bus.snapshot().queues.iter().map(QueueSnapshot::pending).sum()
    }

    /// Takes a listener back, unless its queue is `stuck`: there is no point in waiting for that.
    fn take<L>(
        &self,
        handle: &ListenerHandle<L>,
        stuck: &[String],
        errors: &mut Vec<anyhow::Error>,
    ) -> Option<L> {
        if stuck.iter().any(|queue| queue == handle.queue_name()) {
            return None;
        }
        let removed = self.bus.remove_listener(handle).and_then(|removal| removal.wait(self.close_within()));
        removed.map_err(|error| errors.push(error.into())).ok()
    }
}

fn build(args: &QueueArgs) -> anyhow::Result<LiveListenerBus<SchedulerEvent>> {
    let options = QueueOptions::new().capacity(args.capacity).overflow(args.overflow);
    let builder = LiveListenerBus::scheduler()
        .name("replay")
        .slow_event_threshold(args.patience.min(SLOW_EVENT))
        // A replay has stopped its bus, or waited for it in vain, before it drops it.
        .drop_timeout(Duration::ZERO);
    let queues = [APP_STATUS, EXECUTOR_MANAGEMENT, SHARED, EVENT_LOG, EVENT_STREAM];
    Ok(queues.into_iter().fold(builder, |builder, queue| builder.queue(queue, options)).build()?)
}

/// The queues that have not delivered everything, as errors and by name.
fn undelivered(report: StopReport) -> (Vec<anyhow::Error>, Vec<String>) {
    let undrained = report.queues.into_iter().filter(|queue| queue.end != QueueEnd::Drained);
    undrained.map(|queue| (anyhow!("not everything was delivered: {queue}"), queue.queue)).unzip()
}

fn panics(snapshot: &BusSnapshot) -> impl Iterator<Item = anyhow::Error> + '_ {
    snapshot.queues.iter().flat_map(|queue| {
        let panicked = queue.listeners.iter().filter(|listener| listener.panics > 0);
        panicked.map(|listener| {
            anyhow!("listener {} of queue {} panicked {} times", listener.name, queue.name, listener.panics)
        })
    })
}
