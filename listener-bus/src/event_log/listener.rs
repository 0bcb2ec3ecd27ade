//! The listener that writes an application's event log.

mod accumulables;
mod choice;
mod ending;
mod flusher;
mod form;
#[cfg(test)]
mod loss_tests;
mod mark;
mod outage;
#[cfg(test)]
mod outage_tests;
mod recovery;
mod report;
mod session;
mod shared;
mod stub;
#[cfg(test)]
mod told_tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use self::flusher::Flusher;
use self::session::Session;
use self::shared::Shared;
use super::writer::{Disk, EventLogWriter, LocalDisk, WriteError, WrittenLog};
use super::{EventLogSettings, LogName};
use crate::Gap;
use crate::events::{SchedulerEvent, SchedulerListener};

pub use mark::EVENTS_LOST;
pub use report::{EventLogHandle, EventLogReport, LogState};
pub use stub::EVENT_STUB;

/// Writes an application's event log, as Spark's listener of that name does; its place is the queue for the event log.
///
/// ```
/// use std::time::Duration;
/// use listener_bus::LiveListenerBus;
/// use listener_bus::event_log::{EventLogSettings, EventLoggingListener, LogState};
/// use listener_bus::events::ApplicationEnd;
///
/// let folder = tempfile::tempdir()?;
/// let listener = EventLoggingListener::start(&EventLogSettings::new(folder.path()), "app-1", None)?;
/// let log = listener.handle();
/// let bus = LiveListenerBus::scheduler().build()?;
/// bus.add_to_event_log_queue(listener)?;
/// bus.start()?;
/// bus.post(ApplicationEnd::default());
/// bus.stop(Duration::from_secs(5))?;
/// assert!(matches!(log.report().state, LogState::Completed(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is written
///
/// What Spark writes, and no more, while the events are those of an application ([`Origin::Application`]): a log start of
/// its own first; no speculative or unschedulable tasks, no peaks of executors but its own, no changes of blocks and no
/// heartbeats unless they are asked for; starts of tasks and stages without accumulables; no secrets, see [`Redaction`].
/// The events themselves are never changed.
///
/// Starts and ends of tasks, starts of stages, settings and metrics are stored with the next event of another kind; all
/// others are stored at once, and can be read from then on whatever becomes of the process.
///
/// # When the disk fails
///
/// It is logged once and counted, and the application goes on. The log is cut back to its last line that is whole, and
/// the listener tries again with the next event after [`EventLogSettings::retry_after`], and after twice as long with
/// each failure in a row; a rolling log then goes on in a new file, another one in the same. A log whose file is gone
/// begins anew: that is looked for with a flush, no more often than it is tried again, and at the end. A line of the kind [`EVENTS_LOST`] says how many events are missing at this place;
/// so it does where the queue dropped events. Of an event whose line would be too long, a line of the kind
/// [`EVENT_STUB`] has the ids. Spark knows neither kind, and skips both with a warning.
///
/// [`Origin::Application`]: super::Origin::Application
/// [`Redaction`]: super::Redaction
#[must_use = "the log is in progress until the listener is closed"]
pub struct EventLoggingListener {
    shared: Arc<Shared>,
    handle: EventLogHandle,
}

impl EventLoggingListener {
    /// Begins the log of the attempt `attempt_id` at the application `app_id`.
    ///
    /// # Errors
    ///
    /// Those of [`EventLogWriter::create`], those of writing the log start, and when a thread is needed that cannot be
    /// started.
    ///
    /// # Blocking
    ///
    /// As long as the file system does.
    pub fn start(
        settings: &EventLogSettings,
        app_id: &str,
        attempt_id: Option<&str>,
    ) -> Result<Self, WriteError> {
        Self::on_disk(Box::new(LocalDisk), settings, &LogName::new(app_id, attempt_id))
    }

    pub(super) fn on_disk(
        disk: Box<dyn Disk>,
        settings: &EventLogSettings,
        name: &LogName,
    ) -> Result<Self, WriteError> {
        let writer = EventLogWriter::on_disk(disk, settings, name)?;
        let handle = EventLogHandle::new(&writer);
        let session = Session::begin(writer, settings, handle.clone())?;
        let shared = Arc::new(Shared::new(session));
        if let Some(time) = settings.unflushed.time {
            let started = Flusher::start(&shared, time).map_err(WriteError::Spawn);
            started.inspect_err(|_| shared.with(Session::discard))?;
        }
        Ok(Self { shared, handle })
    }

    /// What tells how the log fares, also while the listener is on a bus and once it is gone.
    pub fn handle(&self) -> EventLogHandle {
        self.handle.clone()
    }

    /// Completes the log, for one that is not on a bus; a bus does it when the listener is removed or the bus stops.
    ///
    /// # Errors
    ///
    /// When the log cannot be completed: it stays one in progress. The last error is the one that a report has.
    ///
    /// # Blocking
    ///
    /// As long as the file system does.
    pub fn finish(mut self) -> Result<WrittenLog, Arc<WriteError>> {
        self.on_close();
        let report = self.handle.report();
        match (report.state, report.last_error) {
            (LogState::Completed(written), _) => Ok(written),
            (_, Some(error)) => Err(error),
            (_, None) => Err(Arc::new(WriteError::Broken { path: report.path })),
        }
    }
}

impl SchedulerListener for EventLoggingListener {
    fn on_scheduler_event(&mut self, event: &SchedulerEvent) {
        self.shared.with(|session| session.take(event));
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.shared.with(|session| session.dropped(gap));
    }

    fn on_close(&mut self) {
        self.shared.with(Session::close);
    }

    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("EventLoggingListener")
    }
}

impl Drop for EventLoggingListener {
    fn drop(&mut self) {
        self.shared.with(Session::give_up);
    }
}

impl fmt::Debug for EventLoggingListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoggingListener").field("handle", &self.handle).finish_non_exhaustive()
    }
}
