//! What the listener is doing.

use std::time::Instant;

use super::choice::choose;
use super::form::Form;
use super::outage::{Outage, Patience};
use super::recovery::Urgency;
use super::report::EventLogHandle;
use super::{mark, stub};
use crate::Gap;
use crate::event_log::stage_metrics::StageMetrics;
use crate::event_log::writer::{Weight, WriteError};
use crate::event_log::{EventLogSettings, EventLogWriter, Flush, Origin};
use crate::events::{LogStart, SchedulerEvent};

/// A line this long is rare: the memory for it is given back, in bytes.
const ROOMY: usize = 1 << 20;

/// A log that is being written by a listener.
pub(super) struct Session {
    /// There is none once the log is over.
    pub(super) writer: Option<EventLogWriter>,
    form: Form,
    metrics: StageMetrics,
    pub(super) handle: EventLogHandle,
    max_line: usize,
    pub(super) patience: Patience,
    /// The line that the log began with, once it did.
    pub(super) log_start: Option<Vec<u8>>,
    /// The event being written, as text.
    line: Vec<u8>,
    pub(super) outage: Option<Outage>,
    pub(super) unflushed_since: Option<Instant>,
}

impl Session {
    /// Begins the log; that of an application has its log start at once.
    pub(super) fn begin(
        writer: EventLogWriter,
        settings: &EventLogSettings,
        handle: EventLogHandle,
    ) -> Result<Self, WriteError> {
        let mut session = Self {
            writer: Some(writer),
            form: Form::new(settings.events.clone()),
            metrics: StageMetrics::default(),
            handle,
            max_line: settings.max_line,
            patience: Patience::new(settings.retry_after),
            log_start: None,
            line: Vec::new(),
            outage: None,
            unflushed_since: None,
        };
        if settings.events.origin == Origin::Application {
            session.begin_log(None).inspect_err(|_| session.discard())?;
        }
        Ok(session)
    }

    /// Writes what is to be written of an event.
    pub(super) fn take(&mut self, event: &SchedulerEvent) {
        match self.form.settings().origin {
            Origin::Application => self.take_own(event),
            Origin::Log => self.take_foreign(event),
        }
        self.settle();
    }

    /// Marks events that the queue has dropped.
    pub(super) fn dropped(&mut self, gap: &Gap) {
        let mut report = self.handle.lock();
        report.gaps += 1;
        report.dropped += gap.events();
        drop(report);
        self.line = mark::dropped(gap);
        self.write_line(Flush::Later, Weight::Dropped(gap.events()));
        self.settle();
    }

    pub(super) fn flush(&mut self) {
        if let Some(writer) = &mut self.writer
            && self.outage.is_none()
            && let Err(error) = writer.flush()
        {
            self.fail(error);
        }
        self.settle();
    }

    fn take_own(&mut self, event: &SchedulerEvent) {
        self.measure_before(event);
        match choose(event, self.form.settings()) {
            Some(flush) => {
                let formed = self.form.of(event);
                self.write_event(&formed, flush);
            }
            None => self.handle.lock().filtered += 1,
        }
        if let SchedulerEvent::StageSubmitted(submitted) = event
            && self.form.settings().stage_executor_metrics.is_on()
        {
            self.metrics.submitted(&submitted.stage_info);
        }
    }

    /// Takes in the peaks that come with an event; with the end of a stage attempt, they are written before it.
    fn measure_before(&mut self, event: &SchedulerEvent) {
        if !self.form.settings().stage_executor_metrics.is_on() {
            return;
        }
        match event {
            SchedulerEvent::TaskEnd(end) => self.metrics.task_ended(end),
            SchedulerEvent::ExecutorMetricsUpdate(update) => self.metrics.updated(update),
            SchedulerEvent::StageCompleted(completed) => {
                for peaks in self.metrics.completed(&completed.stage_info) {
                    self.write_event(&peaks.into(), Flush::Later);
                }
            }
            _ => {}
        }
    }

    /// Writes an event of another log as it stands.
    fn take_foreign(&mut self, event: &SchedulerEvent) {
        let is_start = matches!(event, SchedulerEvent::LogStart(_));
        if self.log_start.is_none() {
            let begun = self.begin_log(is_start.then_some(event));
            if let Err(error) = begun {
                self.fail(error);
            }
            if is_start {
                return;
            }
        }
        if is_start {
            self.handle.lock().filtered += 1;
        } else {
            self.write_event(event, Flush::Later);
        }
    }

    /// Writes the log start: `event`, or one of its own.
    fn begin_log(&mut self, event: Option<&SchedulerEvent>) -> Result<(), WriteError> {
        let spark_version = self.form.settings().spark_version.clone();
        let own = || LogStart { spark_version, ..LogStart::default() }.into();
        let line = event.map_or_else(|| SchedulerEvent::to_json(&own()), SchedulerEvent::to_json);
        let line = self.log_start.insert(line.into_bytes());
        match &mut self.writer {
            Some(writer) => writer.write(line, Flush::Now, Weight::LogStart),
            None => Ok(()),
        }
    }

    fn write_event(&mut self, event: &SchedulerEvent, flush: Flush) {
        if self.form.settings().excluded.iter().any(|name| name == event.name()) {
            self.handle.lock().filtered += 1;
            return;
        }
        self.line.clear();
        let written = event.write_json(&mut self.line);
        let cause = match written {
            Err(error) => Some(error.to_string()),
            Ok(()) if self.line.len() > self.max_line => {
                Some(format!("its line has {} bytes", self.line.len()))
            }
            Ok(()) => None,
        };
        if let Some(cause) = cause {
            tracing::warn!(event = event.name(), cause, "of an event, only the ids are written");
            self.handle.lock().stubs += 1;
            self.line = stub::of(event, &cause);
        }
        self.write_line(flush, Weight::Line);
    }

    fn write_line(&mut self, flush: Flush, weight: Weight) {
        self.try_resume(Urgency::WhenDue);
        let Some(writer) = &mut self.writer else { return };
        if let Err(error) = writer.write(&self.line, flush, weight) {
            self.fail(error);
        }
        if self.line.capacity() > ROOMY {
            self.line = Vec::new();
        }
    }

    /// Brings the report up to date, and notes since when something is unflushed.
    fn settle(&mut self) {
        let Some(writer) = self.writer.take() else { return };
        if writer.unflushed() == 0 {
            self.unflushed_since = None;
        } else {
            self.unflushed_since.get_or_insert_with(Instant::now);
        }
        self.tell(&writer);
        self.writer = Some(writer);
    }

    pub(super) fn tell(&self, writer: &EventLogWriter) {
        let mut report = self.handle.lock();
        report.lost = writer.lost();
        report.written = writer.given() - writer.lost();
        if report.files.len() != writer.file_count() || report.path != writer.path() {
            report.files = writer.files();
            writer.path().clone_into(&mut report.path);
        }
    }
}
