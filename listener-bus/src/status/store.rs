//! What readers see: views of the whole, shared by all who look at about the same time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::live::LiveApplication;
use super::{ApplicationInfo, Date, EnvironmentInfo, ExecutorSummary, JobData, StageView, StatusSettings};
use crate::events::{ExecutorId, JobId, StageAttemptId, StageId};

/// What an [`AppStatusListener`](super::AppStatusListener) keeps, for any number of readers. A clone shares it.
#[derive(Clone, Debug)]
pub struct AppStatusStore {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    settings: StatusSettings,
    live: Mutex<Live>,
    /// The version of what the listener keeps, to be looked at without its lock.
    version: AtomicU64,
    /// What readers share. Taken before `live`; a listener never takes it.
    view: Mutex<Option<SharedView>>,
}

#[derive(Debug)]
struct SharedView {
    made: Instant,
    view: Arc<StatusView>,
}

/// What the listener changes. Held for one event, or while a view is made.
#[derive(Debug)]
pub(super) struct Live {
    settings: StatusSettings,
    /// Rises with every change.
    version: u64,
    pub(super) application: LiveApplication,
    /// Those that came before, the oldest one first.
    earlier: Vec<Arc<ApplicationView>>,
    begun: u64,
}

/// Applications at one moment: what is in one view belongs together.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StatusView {
    /// Rises with every change; as long as it is the same, so is everything else.
    pub version: u64,
    /// The applications, the newest one first.
    pub applications: Vec<Arc<ApplicationView>>,
}

/// An application at one moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApplicationView {
    /// The application.
    pub info: Arc<ApplicationInfo>,
    /// Its settings.
    pub environment: Arc<EnvironmentInfo>,
    /// Its jobs.
    pub jobs: BTreeMap<JobId, Arc<JobData>>,
    /// Its stage attempts.
    pub stages: BTreeMap<(StageId, StageAttemptId), Arc<StageView>>,
    /// Its executors, also those that have gone.
    pub executors: BTreeMap<ExecutorId, Arc<ExecutorSummary>>,
    /// The events that were dropped on their way to the listener: what is here may lack what they told.
    pub dropped_events: u64,
    /// When the last of them were dropped.
    pub last_gap: Option<Date>,
    /// Events about jobs, stages or tasks that nobody had told of, or that were forgotten.
    pub unknown_ids: u64,
}

impl StatusView {
    /// The newest application.
    pub fn current(&self) -> Option<&Arc<ApplicationView>> {
        self.applications.first()
    }

    /// The application of this id.
    pub fn application(&self, id: &str) -> Option<&Arc<ApplicationView>> {
        self.applications.iter().find(|application| &*application.info.id == id)
    }
}

impl ApplicationView {
    /// The attempts at a stage, the first one first.
    pub fn attempts(&self, stage: StageId) -> impl DoubleEndedIterator<Item = &Arc<StageView>> {
        let all = (stage, StageAttemptId(i32::MIN))..=(stage, StageAttemptId(i32::MAX));
        self.stages.range(all).map(|(_, attempt)| attempt)
    }

    /// When it is now: for an application that has ended, when that was; for a log that is read, when its last event was.
    pub fn now(&self) -> Date {
        self.info.attempt().last_updated
    }
}

impl AppStatusStore {
    pub(super) fn new(settings: StatusSettings) -> Self {
        let live = Live {
            settings,
            version: 0,
            application: LiveApplication::new(settings, 1),
            earlier: Vec::new(),
            begun: 1,
        };
        let (live, view, version) = (Mutex::new(live), Mutex::new(None), AtomicU64::new(0));
        Self { shared: Arc::new(Shared { settings, live, version, view }) }
    }

    /// Rises with every change: a view of the same [`StatusView::version`] is as new. It costs nothing.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Relaxed)
    }

    /// What is known now, or was known a moment ago: see [`StatusSettings::live_update_period`].
    ///
    /// A view costs the listener some tens of microseconds, however many read it, and what it changes afterwards is
    /// copied, once.
    pub fn view(&self) -> Arc<StatusView> {
        let mut shared = self.shared.view.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) =
            shared.as_ref().filter(|view| view.made.elapsed() < self.shared.settings.live_update_period)
        {
            return Arc::clone(&view.view);
        }
        let mut live = self.live();
        let view = match shared.take().filter(|view| view.view.version == live.version) {
            Some(same) => same.view,
            None => Arc::new(live.view()),
        };
        drop(live);
        *shared = Some(SharedView { made: Instant::now(), view: Arc::clone(&view) });
        view
    }

    /// The listener changes what is known.
    pub(super) fn change(&self, change: impl FnOnce(&mut Live)) {
        let mut live = self.live();
        change(&mut live);
        live.version += 1;
        self.shared.version.store(live.version, Ordering::Relaxed);
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.shared.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    fn view(&mut self) -> StatusView {
        let current = (!self.application.is_new()).then(|| Arc::new(self.application.view()));
        let earlier = self.earlier.iter().rev().map(Arc::clone);
        StatusView { version: self.version, applications: current.into_iter().chain(earlier).collect() }
    }

    /// Another application begins, if there has been one.
    pub(super) fn begin(&mut self) {
        if self.application.is_new() {
            return;
        }
        self.begun += 1;
        let fresh = LiveApplication::new(self.settings, self.begun);
        let mut ended = std::mem::replace(&mut self.application, fresh);
        self.earlier.push(Arc::new(ended.view()));
        let excess = (self.earlier.len() + 1).saturating_sub(self.settings.retained_applications);
        self.earlier.drain(..excess.min(self.earlier.len()));
        self.forget_tasks();
    }

    /// The oldest applications go where all together keep too many tasks.
    fn forget_tasks(&mut self) {
        let mut kept = self.application.kept_tasks();
        let limit = self.settings.retained_tasks_in_all;
        let fits = |application: &&Arc<ApplicationView>| {
            kept += application.stages.values().map(|stage| stage.task_count()).sum::<usize>();
            kept <= limit
        };
        let fitting = self.earlier.iter().rev().take_while(fits).count();
        self.earlier.drain(..self.earlier.len() - fitting.max(1));
    }
}
