//! The listener that writes an application's log.

#[cfg(unix)]
mod full_disk;
mod lives;
mod metrics;
mod outages;
mod rewriting;
mod rules;
mod secrets;

use std::path::Path;

use listener_bus::event_log::{Codec, EventLogSettings, EventLoggingListener, LogLayout};
use listener_bus::{SchedulerEvent, SchedulerListener};
use tempfile::TempDir;

use crate::support::read_log;
use crate::writer::folder;

/// Settings for a log that can be looked into: plain text in one file.
fn plain(folder: &Path) -> EventLogSettings {
    EventLogSettings::new(folder).codec(Codec::None).layout(LogLayout::Single)
}

/// A listener and the folder it writes into.
struct Logged {
    folder: TempDir,
    listener: EventLoggingListener,
}

impl Logged {
    fn start(set: impl FnOnce(EventLogSettings) -> EventLogSettings) -> Self {
        let folder = folder();
        let listener = EventLoggingListener::start(&set(plain(folder.path())), "app-1", None).unwrap();
        Self { folder, listener }
    }

    fn tell(&mut self, event: impl Into<SchedulerEvent>) {
        self.listener.on_scheduler_event(&event.into());
    }

    fn tell_all(&mut self, events: impl IntoIterator<Item = SchedulerEvent>) {
        for event in events {
            self.tell(event);
        }
    }

    /// What can be read of the log while it is written.
    fn stored(&self) -> Vec<SchedulerEvent> {
        read_log(self.listener.handle().report().path).events
    }

    /// Completes the log, and gives its events behind the log start.
    fn finish(self) -> Vec<SchedulerEvent> {
        let written = self.listener.finish().unwrap();
        let read = read_log(written.path);
        assert!(read.report.is_intact(), "{:?}", read.report);
        drop(self.folder);
        let mut events = read.events.into_iter();
        let first = events.next().unwrap();
        assert_eq!(first.name(), "SparkListenerLogStart");
        events.collect()
    }
}

/// What is written of these events.
fn written(
    set: impl FnOnce(EventLogSettings) -> EventLogSettings,
    events: impl IntoIterator<Item = SchedulerEvent>,
) -> Vec<SchedulerEvent> {
    let mut logged = Logged::start(set);
    logged.tell_all(events);
    logged.finish()
}

fn names(events: &[SchedulerEvent]) -> Vec<&str> {
    events.iter().map(SchedulerEvent::name).collect()
}

fn other(json: &str) -> SchedulerEvent {
    let event = SchedulerEvent::from_json(json).unwrap();
    assert!(matches!(event, SchedulerEvent::Other(_)), "{event:?}");
    event
}
