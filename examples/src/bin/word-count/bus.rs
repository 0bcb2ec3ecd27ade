//! The bus of a run, and what is left of it in the end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use examples::slow_listener::SlowListener;
use listener_bus::event_log::{
    EventLogHandle, EventLogReport, EventLogSettings, EventLoggingListener, LogState,
};
use listener_bus::{
    BusSnapshot, ListenerHandle, LiveListenerBus, QueueEnd, QueueOptions, SHARED, SchedulerEvent,
};

use crate::args::EventArgs;
use crate::journal::Journal;

/// How long the bus may take to hand on what is queued.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// The bus, the listener that the report is made of, and the one that writes the event log if there is one.
pub(crate) struct Bus {
    pub(crate) live: LiveListenerBus<SchedulerEvent>,
    journal: ListenerHandle<Journal>,
    log: Option<EventLogHandle>,
}

/// What is left of the bus. Whatever went wrong with it, the words are counted: it is only told.
#[derive(Default)]
pub(crate) struct Left {
    pub(crate) journal: Journal,
    pub(crate) queues: BusSnapshot,
    pub(crate) event_log: Option<EventLogReport>,
    pub(crate) troubles: Vec<String>,
}

impl Bus {
    pub(crate) fn start(app_id: &str, args: &EventArgs) -> anyhow::Result<Self> {
        let shared = QueueOptions::new().capacity(args.shared_capacity);
        let bus = LiveListenerBus::scheduler().name("word-count").queue(SHARED, shared).build()?;
        let journal = bus.add_to_shared_queue(Journal::default())?;
        if let Some(per_event) = args.slow_listener {
            bus.add_to_shared_queue(SlowListener { per_event })?;
        }
        let log = args.event_log.as_deref().map(|folder| {
            let listener = EventLoggingListener::start(&EventLogSettings::new(folder), app_id, None)?;
            let log = listener.handle();
            bus.add_to_event_log_queue(listener)?;
            anyhow::Ok(log)
        });
        let log = log.transpose().context("cannot write an event log")?;
        bus.start()?;
        Ok(Self { live: bus, journal, log })
    }

    /// Hands on everything, and gives back what was written down.
    pub(crate) fn stop(self) -> Left {
        let mut troubles = self.troubles_of_stop();
        let event_log = self.log.as_ref().map(EventLogHandle::report);
        troubles.extend(event_log.iter().flat_map(troubles_of_log));
        let queues = self.live.snapshot();
        troubles.extend(troubles_of_journal(&queues));
        let journal = self.journal().unwrap_or_else(|error| {
            troubles.push(format!("what happened is not known: {error:#}"));
            Journal::default()
        });
        Left { journal, queues, event_log, troubles }
    }

    fn troubles_of_stop(&self) -> Vec<String> {
        match self.live.stop(STOP_WITHIN) {
            Ok(report) => {
                let stuck = report.queues.iter().filter(|queue| queue.end != QueueEnd::Drained);
                stuck.map(|queue| format!("not everything was handed on: {queue}")).collect()
            }
            Err(error) => vec![format!("the bus did not stop: {error}")],
        }
    }

    fn journal(&self) -> anyhow::Result<Journal> {
        Ok(self.live.remove_listener(&self.journal)?.wait(STOP_WITHIN)?)
    }
}

/// What the report does not know.
fn troubles_of_journal(bus: &BusSnapshot) -> Option<String> {
    let shared = bus.queues.iter().find(|queue| queue.name == SHARED)?;
    let dropped = shared.dropped.total();
    (dropped > 0).then(|| {
        format!("the queue {SHARED} has dropped {dropped} events: what they told is missing in the report")
    })
}

/// What is missing in an event log.
fn troubles_of_log(log: &EventLogReport) -> Vec<String> {
    let mut troubles = Vec::new();
    if !matches!(log.state, LogState::Completed(_)) {
        troubles.push("it is not complete".to_owned());
    }
    let counts = [
        (log.lost, "could not be written"),
        (log.dropped, "were dropped before they could be written"),
        (log.stubs, "are there as no more than their ids"),
    ];
    let missing = counts.into_iter().filter(|(events, _)| *events > 0);
    troubles.extend(missing.map(|(events, what)| format!("{events} events {what}")));
    if let Some(error) = &log.last_error {
        troubles.push(format!("{:#}", anyhow::Error::new(Arc::clone(error))));
    }
    troubles.iter().map(|trouble| format!("the event log {}: {trouble}", log.path.display())).collect()
}
