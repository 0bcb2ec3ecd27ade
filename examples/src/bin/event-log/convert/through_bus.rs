//! Writes a log anew: events are read, posted on a bus, and written by the listener that is there for it.

use std::time::Duration;

use anyhow::{Context as _, bail};
use examples::log::Log;
use listener_bus::event_log::{
    Entry, EventLogHandle, EventLogReader, EventLoggingListener, LogState, ReadError, ReadOptions, WrittenLog,
};
use listener_bus::{EVENT_LOG, LiveListenerBus, Overflow, Posted, QueueEnd, QueueOptions, SchedulerEvent};

use super::copy::{Copied, Dropped};
use super::target::Target;
use crate::walk::Walk;

/// The disk may be slow: nothing is dropped before.
const PATIENCE: Duration = Duration::from_hours(1);

/// Writes `log` through a bus.
pub(super) fn write(log: &Log, target: &Target<'_>, walk: &mut Walk) -> anyhow::Result<Copied> {
    let listener =
        EventLoggingListener::start(&target.settings, &target.app_id, target.attempt_id.as_deref())?;
    let handle = listener.handle();
    post_all(log, listener, walk)?;
    let written = completed(&handle)?;
    // Its log start is one more, which the listener does not count.
    let events = handle.report().written + u64::from(written.text_bytes > 0);
    Ok(Copied { written, events, dropped: Dropped::default() })
}

fn post_all(log: &Log, listener: EventLoggingListener, walk: &mut Walk) -> anyhow::Result<()> {
    let options = QueueOptions::new().overflow(Overflow::Block { at_most: PATIENCE });
    let bus = LiveListenerBus::scheduler().name("convert").queue(EVENT_LOG, options).build()?;
    bus.add_to_event_log_queue(listener)?;
    bus.start()?;
    let posted = post_events(log, &bus, walk);
    let stopped = bus.stop(PATIENCE);
    let report = stopped.context("the bus did not stop")?;
    if let Some(queue) = report.queues.iter().find(|queue| queue.end != QueueEnd::Drained) {
        bail!("not everything was written: {queue}");
    }
    posted
}

/// Posts every event.
fn post_events(log: &Log, bus: &LiveListenerBus<SchedulerEvent>, walk: &mut Walk) -> anyhow::Result<()> {
    let mut reader = EventLogReader::of_lines(log.lines(walk.progress.stored()), &ReadOptions::new())?;
    loop {
        match reader.read() {
            Ok(None) => break,
            Ok(Some(Entry::Event(event))) => {
                walk.progress.event();
                if let Posted::Dropped(reason) = bus.post(event) {
                    bail!("the bus dropped an event: {reason}");
                }
            }
            Ok(Some(Entry::Corrupt(line))) => walk.telling.corrupt(log, &line.place, &line.fault),
            Ok(Some(Entry::Damaged(damage))) => walk.telling.damage(log, &damage),
            Err(error @ ReadError::ThreadGone) => return Err(error.into()),
            Err(error) => walk.telling.unreadable(log, error),
        }
    }
    walk.telling.end_log(log);
    Ok(())
}

fn completed(handle: &EventLogHandle) -> anyhow::Result<WrittenLog> {
    let report = handle.report();
    match (report.state, report.last_error) {
        (LogState::Completed(written), None) if report.lost + report.stubs + report.dropped == 0 => {
            Ok(written)
        }
        (_, Some(error)) => Err(anyhow::Error::new(error)),
        (LogState::Completed(_), None) => bail!("not every event could be written"),
        (_, None) => bail!("the log was not completed"),
    }
}
