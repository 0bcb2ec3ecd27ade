//! What the listener does when the log cannot be written, and when it can be again.

use std::sync::Arc;
use std::time::Instant;

use super::mark;
use super::outage::Outage;
use super::report::LogState;
use super::session::Session;
use crate::event_log::writer::{Resumed, Weight, WriteError};
use crate::event_log::{EventLogWriter, Flush};

/// Whether another try waits for its time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    WhenDue,
    Now,
}

impl Session {
    /// Notes that something was not written.
    pub(super) fn fail(&mut self, error: WriteError) {
        let Some(writer) = &self.writer else { return };
        let log = writer.path().display();
        if matches!(error, WriteError::LineBreak { .. }) {
            // Of no concern to the next event.
            tracing::error!(%log, error = &error as &dyn std::error::Error, "an event cannot be written");
            self.handle.lock().last_error = Some(Arc::new(error));
            return;
        }
        let now = Instant::now();
        match &mut self.outage {
            // Refused because of an earlier failure, which was told.
            Some(_) if matches!(error, WriteError::Broken { .. }) => return,
            Some(outage) => {
                if outage.failed_again(now, &mut self.patience) {
                    let lost = outage.lost(writer.lost());
                    tracing::error!(
                        lost,
                        error = &error as &dyn std::error::Error,
                        "an event log still cannot be written"
                    );
                }
            }
            None => {
                let lost_before = self.handle.lock().lost;
                let outage = Outage::new(lost_before, now, &mut self.patience);
                if outage.is_told {
                    tracing::error!(%log, error = &error as &dyn std::error::Error, "an event log cannot be written");
                }
                self.outage = Some(outage);
            }
        }
        let mut report = self.handle.lock();
        report.outages += u64::from(report.state == LogState::Writing);
        report.state = LogState::Failing;
        report.last_error = Some(Arc::new(error));
    }

    /// Goes on after an outage, if it is time to try and the disk is well again; what is missing is marked.
    pub(super) fn try_resume(&mut self, urgency: Urgency) {
        let (Some(writer), Some(outage)) = (&mut self.writer, &self.outage) else { return };
        if urgency == Urgency::WhenDue && !outage.is_due(Instant::now()) {
            return;
        }
        let dropped = self.handle.lock().dropped;
        match resume(writer, dropped, self.log_start.as_deref()) {
            Ok(()) => {
                if outage.is_told {
                    let lost = outage.lost(writer.lost());
                    tracing::warn!(lost, log = %writer.path().display(), "an event log is written again");
                }
                self.outage = None;
                self.patience.end(Instant::now());
                self.handle.lock().state = LogState::Writing;
            }
            Err(error) => self.fail(error),
        }
    }
}

/// Goes on, and marks whatever is missing and is not marked in what is left of the log: of the events that could not be
/// written, and of those that the queue has `dropped` so far.
fn resume(writer: &mut EventLogWriter, dropped: u64, log_start: Option<&[u8]>) -> Result<(), WriteError> {
    let resumed = writer.resume()?;
    if resumed == Resumed::Anew
        && let Some(line) = log_start
    {
        writer.write(line, Flush::Later, Weight::LogStart)?;
    }
    let marked = writer.taken();
    let dropped = dropped.saturating_sub(marked.dropped);
    if dropped > 0 {
        writer.write(&mark::dropped_before(dropped), Flush::Later, Weight::Dropped(dropped))?;
    }
    match writer.lost().saturating_sub(marked.lost) {
        0 => writer.flush(),
        lost => writer.write(&mark::unwritable(lost), Flush::Now, Weight::Lost(lost)),
    }
}
