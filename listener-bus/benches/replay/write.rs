//! Our side of writing.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use hdrhistogram::Histogram;
use listener_bus::event_log::{
    Codec, Entry, EventLog, EventLogReader, EventLogReport, EventLogSettings, EventLoggingListener, LogState,
    Origin, ReadOptions, Switch,
};
use listener_bus::events::SchedulerListener;
use listener_bus::{EVENT_LOG, LiveListenerBus, QueueOptions, SchedulerEvent};

use crate::run::{Clock, Run};

/// By when a bus has written all it was given.
const IN_TIME: Duration = Duration::from_mins(10);
/// Posts longer than this are recorded as this long, in nanoseconds.
const LONGEST_POST: u64 = 60_000_000_000;

/// What writes events.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Writer {
    /// Text in memory, and no log.
    Text,
    /// The listener, in the thread that has the events.
    Listener(Codec),
    /// The listener on a bus: from the first post until all is written.
    Bus(Codec),
}

impl Writer {
    pub(crate) const ALL: [Self; 5] = [
        Self::Text,
        Self::Listener(Codec::None),
        Self::Listener(Codec::Zstd),
        Self::Bus(Codec::None),
        Self::Bus(Codec::Zstd),
    ];

    pub(crate) fn title(self) -> String {
        match self {
            Self::Text => "JSON in memory".to_owned(),
            Self::Listener(codec) => format!("EventLoggingListener, {}", codec_title(codec)),
            Self::Bus(codec) => format!("the same on a bus, {}", codec_title(codec)),
        }
    }

    /// Writes `events`, into `folder` if need be; of a bus, posts are timed in `posts`.
    pub(crate) fn run(
        self,
        events: &[SchedulerEvent],
        folder: &Path,
        posts: &mut Histogram<u64>,
    ) -> Result<Run> {
        match self {
            Self::Text => in_memory(events),
            Self::Listener(codec) => {
                let clock = Clock::start()?;
                let mut listener = EventLoggingListener::start(&settings(folder, codec), "app", None)?;
                for event in events {
                    listener.on_scheduler_event(event);
                }
                let written = listener.finish()?;
                clock.stop(events.len() as u64, written.text_bytes)
            }
            Self::Bus(codec) => through_bus(events.to_vec(), &settings(folder, codec), posts),
        }
    }
}

fn codec_title(codec: Codec) -> &'static str {
    match codec {
        Codec::None => "plain",
        _ => "zstd, level 1",
    }
}

fn settings(folder: &Path, codec: Codec) -> EventLogSettings {
    EventLogSettings::new(folder).codec(codec).origin(Origin::Log).overwrite(Switch::On)
}

fn in_memory(events: &[SchedulerEvent]) -> Result<Run> {
    let clock = Clock::start()?;
    let mut line = Vec::new();
    let mut bytes = 0;
    for event in events {
        line.clear();
        event.write_json(&mut line)?;
        bytes += line.len() as u64 + 1;
    }
    clock.stop(events.len() as u64, bytes)
}

fn through_bus(
    events: Vec<SchedulerEvent>,
    settings: &EventLogSettings,
    posts: &mut Histogram<u64>,
) -> Result<Run> {
    let count = events.len();
    let clock = Clock::start()?;
    let listener = EventLoggingListener::start(settings, "app", None)?;
    let log = listener.handle();
    // With room for all: whether a queue drops what it has no room for is not the question here.
    let queue = QueueOptions::new().capacity(count);
    let bus = LiveListenerBus::scheduler().queue(EVENT_LOG, queue).build()?;
    bus.add_to_event_log_queue(listener)?;
    bus.start()?;
    for event in events {
        let posted = Instant::now();
        let outcome = bus.post(event);
        posts.saturating_record(u64::try_from(posted.elapsed().as_nanos()).unwrap_or(u64::MAX));
        ensure!(outcome.is_queued(), "an event was dropped");
    }
    ensure!(bus.stop(IN_TIME)?.is_drained(), "events were not written in time");
    let EventLogReport { state: LogState::Completed(written), .. } = log.report() else {
        bail!("the log is not complete");
    };
    clock.stop(count as u64, written.text_bytes)
}

/// For the times of posts.
pub(crate) fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LONGEST_POST, 3)?)
}

/// The first events of the log at `path`.
pub(crate) fn first_events(path: &Path, limit: usize) -> Result<Vec<SchedulerEvent>> {
    let mut reader = EventLogReader::open(&EventLog::open(path)?, &ReadOptions::new())?;
    let mut events = Vec::new();
    while events.len() < limit {
        match reader.read()? {
            Some(Entry::Event(event)) => events.push(event),
            Some(entry) => bail!("{entry:?} instead of an event"),
            None => break,
        }
    }
    Ok(events)
}
