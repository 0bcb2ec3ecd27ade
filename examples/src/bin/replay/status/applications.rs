//! The applications whose logs were replayed.

use listener_bus::events::{ApplicationEnd, ApplicationStart};
use serde::Serialize;

/// The applications, in the order of their logs.
#[derive(Debug, Default)]
pub(crate) struct Applications(Vec<Application>);

/// One application, as far as its log tells; times are in milliseconds since the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Application {
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) spark_version: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) started: Option<i64>,
    pub(crate) ended: Option<i64>,
    pub(crate) duration_ms: Option<i64>,
}

impl Applications {
    pub(crate) fn into_vec(self) -> Vec<Application> {
        self.0
    }

    pub(super) fn begin(&mut self, spark_version: &str) {
        self.0.push(Application { spark_version: Some(spark_version.to_owned()), ..Application::default() });
    }

    pub(super) fn start(&mut self, event: &ApplicationStart) {
        // A log need not begin with a log start: the later files of a rolling log do not.
        if self.0.last().is_none_or(|application| application.started.is_some()) {
            self.0.push(Application::default());
        }
        if let Some(application) = self.0.last_mut() {
            application.name = Some(event.app_name.clone());
            application.id.clone_from(&event.app_id);
            application.user = Some(event.user.clone());
            application.started = Some(event.timestamp);
        }
    }

    pub(super) fn end(&mut self, event: &ApplicationEnd) {
        if self.0.is_empty() {
            self.0.push(Application::default());
        }
        if let Some(application) = self.0.last_mut() {
            application.ended = Some(event.timestamp);
            application.duration_ms = application.started.map(|started| event.timestamp - started);
        }
    }
}
