//! How a log ends: complete, in progress, or not at all.

use std::sync::Arc;

use super::recovery::Urgency;
use super::report::LogState;
use super::session::Session;
use crate::event_log::EventLogWriter;
use crate::event_log::writer::{WriteError, WrittenLog};

impl Session {
    /// Completes the log, if that is possible.
    pub(super) fn close(&mut self) {
        self.try_resume(Urgency::Now);
        let Some(mut completed) = self.complete() else { return };
        if let Err(gone @ WriteError::Gone { .. }) = completed {
            self.fail(gone);
            self.try_resume(Urgency::Now);
            let Some(again) = self.complete() else { return };
            completed = again;
        }
        let Some(writer) = self.writer.take() else { return };
        let mut report = self.handle.lock();
        report.state = match completed {
            Ok(written) => LogState::Completed(written),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an event log could not be completed"
                );
                if !matches!(error, WriteError::Broken { .. }) {
                    report.last_error = Some(Arc::new(error));
                }
                LogState::Incomplete
            }
        };
        drop(report);
        self.tell(&writer);
    }

    fn complete(&mut self) -> Option<Result<WrittenLog, WriteError>> {
        self.writer.as_mut().map(EventLogWriter::complete)
    }

    /// Leaves the log as it is: one in progress.
    pub(super) fn give_up(&mut self) {
        if let Some(writer) = self.writer.take() {
            self.handle.lock().state = LogState::Incomplete;
            drop(writer);
        }
    }

    /// Removes a log that did not begin.
    pub(super) fn discard(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.discard();
        }
    }
}
