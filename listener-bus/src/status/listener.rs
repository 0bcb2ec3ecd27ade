//! The listener that keeps the status of applications.

use std::borrow::Cow;

use super::{AppStatusStore, StatusSettings};
use crate::events::{SchedulerEvent, SchedulerListener};
use async_event_queue::Gap;

/// Keeps applications, jobs, stages, tasks and executors, as Spark's listener of the same name does.
///
/// It belongs on the queue for the application's status ([`LiveListenerBus::add_to_status_queue`]); what it keeps is read
/// through its [`store`](Self::store).
///
/// [`LiveListenerBus::add_to_status_queue`]: crate::LiveListenerBus::add_to_status_queue
#[derive(Debug)]
pub struct AppStatusListener {
    store: AppStatusStore,
}

impl Default for AppStatusListener {
    fn default() -> Self {
        Self::new(StatusSettings::default())
    }
}

impl AppStatusListener {
    /// A listener that keeps as much as the settings say.
    pub fn new(settings: StatusSettings) -> Self {
        Self { store: AppStatusStore::new(settings) }
    }

    /// What it keeps, for readers.
    pub fn store(&self) -> AppStatusStore {
        self.store.clone()
    }
}

impl SchedulerListener for AppStatusListener {
    fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed("AppStatusListener")
    }

    /// A log start begins another application, and so does an application's start where one has started.
    fn on_scheduler_event(&mut self, event: &SchedulerEvent) {
        self.store.change(|live| {
            let begins_another = match event {
                SchedulerEvent::LogStart(_) => true,
                SchedulerEvent::ApplicationStart(_) => live.application.is_started(),
                _ => false,
            };
            if begins_another {
                live.begin();
            }
            live.application.on_scheduler_event(event);
        });
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.store.change(|live| live.application.doubt(gap.events()));
    }
}
