//! What of an event is written.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::accumulables;
use crate::event_log::settings::EventSettings;
use crate::events::{
    EnvironmentUpdate, JobStart, Properties, SchedulerEvent, StageSubmitted, TaskGettingResult, TaskStart,
};

/// What of an application's events is written.
#[derive(Debug)]
pub(super) struct Form {
    settings: EventSettings,
    /// The settings of the application, by name, once they are known.
    keys: Option<BTreeSet<String>>,
}

impl Form {
    pub(super) fn new(settings: EventSettings) -> Self {
        let keys = &settings.application_keys;
        let keys = (!keys.is_empty()).then(|| keys.iter().cloned().collect());
        Self { settings, keys }
    }

    pub(super) fn settings(&self) -> &EventSettings {
        &self.settings
    }

    /// The event as it is written: without secrets, and with those accumulables only that Spark writes.
    pub(super) fn of<'e>(&mut self, event: &'e SchedulerEvent) -> Cow<'e, SchedulerEvent> {
        match event {
            SchedulerEvent::EnvironmentUpdate(event) => Cow::Owned(self.environment(event).into()),
            SchedulerEvent::StageSubmitted(event) => Cow::Owned(self.stage_submitted(event).into()),
            SchedulerEvent::JobStart(event) => Cow::Owned(self.job_start(event).into()),
            SchedulerEvent::TaskStart(start) if !start.task_info.accumulables.is_empty() => {
                let mut start = TaskStart::clone(start);
                start.task_info.accumulables.clear();
                Cow::Owned(start.into())
            }
            SchedulerEvent::TaskGettingResult(result) if !result.task_info.accumulables.is_empty() => {
                let mut result = TaskGettingResult::clone(result);
                result.task_info.accumulables.clear();
                Cow::Owned(result.into())
            }
            SchedulerEvent::StageCompleted(completed) => {
                let repeated = self.settings.task_metrics_accumulables;
                let trimmed = accumulables::of_stage_end(completed, repeated);
                trimmed.map_or(Cow::Borrowed(event), |completed| Cow::Owned(completed.into()))
            }
            SchedulerEvent::TaskEnd(end) => {
                let repeated = self.settings.task_metrics_accumulables;
                accumulables::of_task_end(end, repeated)
                    .map_or(Cow::Borrowed(event), |end| Cow::Owned(end.into()))
            }
            SchedulerEvent::ExecutorMetricsUpdate(update) => accumulables::of_heartbeat(update)
                .map_or(Cow::Borrowed(event), |update| Cow::Owned(update.into())),
            SchedulerEvent::Other(other) => self
                .settings
                .redaction
                .sql(other)
                .map_or(Cow::Borrowed(event), |other| Cow::Owned(SchedulerEvent::Other(other.into()))),
            _ => Cow::Borrowed(event),
        }
    }

    fn environment(&mut self, event: &EnvironmentUpdate) -> EnvironmentUpdate {
        if self.settings.application_keys.is_empty() {
            self.keys = Some(event.spark_properties.keys().cloned().collect());
        }
        self.settings.redaction.environment(event)
    }

    fn stage_submitted(&self, event: &StageSubmitted) -> StageSubmitted {
        let mut event = event.clone();
        event.stage_info.accumulables.clear();
        self.redact(event.properties.as_mut());
        event
    }

    fn job_start(&self, event: &JobStart) -> JobStart {
        let mut event = event.clone();
        self.redact(event.properties.as_mut());
        for stage in &mut event.stage_infos {
            accumulables::trim(&mut stage.accumulables, self.settings.task_metrics_accumulables);
        }
        event
    }

    /// Redacts the properties that are settings of the application; those of a thread stay as they are, as in Spark. As
    /// long as it is not known which is which, none stays.
    fn redact(&self, properties: Option<&mut Properties>) {
        if let Some(properties) = properties {
            self.settings
                .redaction
                .properties(properties, |key| self.keys.as_ref().is_none_or(|keys| keys.contains(key)));
        }
    }
}
