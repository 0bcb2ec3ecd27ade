//! Our side of reading.

use std::path::Path;

use anyhow::{Result, ensure};
use listener_bus::event_log::{EventLog, EventLogReader, ReadOptions, ReplayListenerBus};
use listener_bus::{Listener, SchedulerEvent};

use crate::run::{Clock, Run};

/// A listener that counts.
#[derive(Default)]
struct Count(u64);

impl Listener<SchedulerEvent> for Count {
    fn on_event(&mut self, _: &SchedulerEvent) {
        self.0 += 1;
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    pub(crate) threads: usize,
}

impl Read {
    /// Replays the log at `path`.
    pub(crate) fn run(self, path: &Path) -> Result<Run> {
        let clock = Clock::start()?;
        let options = ReadOptions::new().threads(self.threads);
        let reader = EventLogReader::open(&EventLog::open(path)?, &options)?;
        let mut count = Count::default();
        let mut bus = ReplayListenerBus::new();
        bus.add_event_listener(&mut count);
        let report = bus.replay(reader)?;
        drop(bus);
        ensure!(report.read.is_intact(), "the log is read as {}", report.read.outcome);
        clock.stop(count.0, report.read.counts.bytes)
    }
}
