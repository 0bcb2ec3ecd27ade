//! Events as they may be shown to whoever asks.

use std::borrow::Cow;

use super::Redaction;
use crate::events::{Properties, SchedulerEvent};

impl Redaction {
    /// The event without secrets in its settings.
    pub(crate) fn event<'e>(&self, event: &'e SchedulerEvent) -> Cow<'e, SchedulerEvent> {
        match event {
            SchedulerEvent::EnvironmentUpdate(event) => Cow::Owned(self.environment(event).into()),
            SchedulerEvent::JobStart(start) if start.properties.is_some() => {
                let mut start = start.as_ref().clone();
                self.all(start.properties.as_mut());
                Cow::Owned(start.into())
            }
            SchedulerEvent::StageSubmitted(submitted) if submitted.properties.is_some() => {
                let mut submitted = submitted.as_ref().clone();
                self.all(submitted.properties.as_mut());
                Cow::Owned(submitted.into())
            }
            SchedulerEvent::Other(other) => self
                .sql(other)
                .map_or(Cow::Borrowed(event), |other| Cow::Owned(SchedulerEvent::Other(other.into()))),
            _ => Cow::Borrowed(event),
        }
    }

    fn all(&self, properties: Option<&mut Properties>) {
        if let Some(properties) = properties {
            self.properties(properties, |_| true);
        }
    }
}
