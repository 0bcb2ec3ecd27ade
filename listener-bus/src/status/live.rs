//! What is known of an application, as the listener keeps it.

mod early;
mod executors;
mod gaps;
mod job;
mod jobs;
mod killed;
mod listener;
mod retention;
mod running;
mod stage;
mod stages;
mod storage;
mod tasks;
mod viewed;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{
    ApplicationAttemptInfo, ApplicationInfo, ApplicationView, Date, EnvironmentInfo, StatusSettings,
};
use crate::events::{
    ApplicationEnd, ApplicationStart, JobId, StageAttemptId, StageId, TaskEndReason, TaskInfo,
};
use early::EarlyEnds;
use executors::LiveExecutors;
use job::LiveJob;
use retention::{NextLook, to_evict};
use running::RunningTasks;
use stage::LiveStage;
use storage::LiveStorage;
use viewed::Viewed;

/// A stage attempt.
type StageKey = (StageId, StageAttemptId);

/// How a stage attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Completed,
    Failed,
    Skipped,
}

/// What the end of a task attempt adds to the counts: one of them is 1.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    completed: i64,
    failed: i64,
    killed: i64,
}

impl From<&TaskEndReason> for Counts {
    fn from(reason: &TaskEndReason) -> Self {
        match reason {
            TaskEndReason::Success(_) => Self { completed: 1, ..Self::default() },
            TaskEndReason::TaskKilled(_) | TaskEndReason::TaskCommitDenied(_) => {
                Self { killed: 1, ..Self::default() }
            }
            _ => Self { failed: 1, ..Self::default() },
        }
    }
}

/// How long a task attempt took, in milliseconds.
fn duration(info: &TaskInfo) -> i64 {
    if info.finish_time > 0 { info.finish_time.saturating_sub(info.launch_time) } else { 0 }
}

/// Adds what an event tells, which may be any number.
fn add(sum: &mut i64, more: i64) {
    *sum = sum.saturating_add(more);
}

/// An application, while its events come.
#[derive(Debug)]
pub(super) struct LiveApplication {
    settings: StatusSettings,
    info: Arc<ApplicationInfo>,
    environment: Arc<EnvironmentInfo>,
    jobs: BTreeMap<JobId, LiveJob>,
    /// Those that have not ended.
    open_jobs: std::collections::BTreeSet<JobId>,
    stages: BTreeMap<StageKey, LiveStage>,
    executors: LiveExecutors,
    storage: LiveStorage,
    running: RunningTasks,
    early: EarlyEnds,
    jobs_looked: NextLook,
    stages_looked: NextLook,
    tasks_looked: NextLook,
    hosts: FxHashSet<Arc<str>>,
    /// The task attempts that are kept, of all stages.
    tasks: usize,
    /// Events about jobs or stages that nobody has told of.
    unknown_ids: u64,
    gaps: Gaps,
    is_new: bool,
}

/// What was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gaps {
    pub(super) events: u64,
    pub(super) last: Option<Date>,
}

impl LiveApplication {
    /// An application that nothing is known of, the `number`th one.
    pub(super) fn new(settings: StatusSettings, number: u64) -> Self {
        let id: Arc<str> = format!("application-{number}").into();
        let attempt = ApplicationAttemptInfo {
            attempt_id: None,
            start_time: Date(-1),
            end_time: Date(-1),
            last_updated: Date(-1),
            duration: 0,
            spark_user: Arc::default(),
            completed: false,
            app_spark_version: Arc::default(),
            start_time_epoch: -1,
            end_time_epoch: -1,
            last_updated_epoch: -1,
        };
        Self {
            settings,
            info: Arc::new(ApplicationInfo { name: Arc::clone(&id), id, attempts: [attempt] }),
            environment: Arc::default(),
            jobs: BTreeMap::new(),
            open_jobs: std::collections::BTreeSet::new(),
            stages: BTreeMap::new(),
            executors: LiveExecutors::default(),
            storage: LiveStorage::default(),
            running: RunningTasks::default(),
            early: EarlyEnds::default(),
            jobs_looked: NextLook::default(),
            stages_looked: NextLook::default(),
            tasks_looked: NextLook::default(),
            hosts: FxHashSet::default(),
            tasks: 0,
            unknown_ids: 0,
            gaps: Gaps::default(),
            is_new: true,
        }
    }

    /// Whether nothing has been told of it.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// How many task attempts are kept.
    pub(super) fn kept_tasks(&self) -> usize {
        self.tasks
    }

    /// Whether it has told its name.
    pub(super) fn is_started(&self) -> bool {
        self.info.attempt().start_time_epoch >= 0
    }

    pub(super) fn view(&mut self) -> ApplicationView {
        ApplicationView {
            info: Arc::clone(&self.info),
            environment: Arc::clone(&self.environment),
            jobs: self.jobs.iter_mut().map(|(id, job)| (*id, job.data.view())).collect(),
            stages: self.stages.iter_mut().map(|(key, stage)| (*key, stage.view.view())).collect(),
            executors: self.executors.views(self.info.attempt()),
            dropped_events: self.gaps.events,
            last_gap: self.gaps.last,
            unknown_ids: self.unknown_ids,
        }
    }

    fn attempt(&mut self) -> &mut ApplicationAttemptInfo {
        let [attempt] = &mut Arc::make_mut(&mut self.info).attempts;
        attempt
    }

    /// Something happened at this time.
    fn happened(&mut self, time: i64) {
        self.is_new = false;
        if time > self.info.attempt().last_updated_epoch {
            let attempt = self.attempt();
            attempt.last_updated = Date(time);
            attempt.last_updated_epoch = time;
        }
    }

    fn started(&mut self, event: &ApplicationStart) {
        let info = Arc::make_mut(&mut self.info);
        if let Some(id) = &event.app_id {
            info.id = id.as_str().into();
        }
        info.name = event.app_name.as_str().into();
        let [attempt] = &mut info.attempts;
        attempt.attempt_id = event.app_attempt_id.as_deref().map(Arc::from);
        attempt.start_time = Date(event.timestamp);
        attempt.start_time_epoch = event.timestamp;
        attempt.spark_user = event.user.as_str().into();
        self.executors.driver_started(event);
        self.happened(event.timestamp);
    }

    fn ended(&mut self, event: &ApplicationEnd) {
        self.happened(event.timestamp);
        let attempt = self.attempt();
        attempt.end_time = Date(event.timestamp);
        attempt.end_time_epoch = event.timestamp;
        attempt.completed = true;
        if attempt.start_time_epoch >= 0 {
            attempt.duration = event.timestamp.saturating_sub(attempt.start_time_epoch).max(0);
        }
    }

    /// One text for each machine, however many tasks it runs.
    fn host(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.hosts.get(name) {
            return Arc::clone(known);
        }
        let host: Arc<str> = name.into();
        self.hosts.insert(Arc::clone(&host));
        host
    }
}
