//! Questions about progress, for programs that watch their own jobs.

use std::sync::Arc;

use super::{AppStatusStore, ApplicationView, Date, JobData, JobStatus, StageStatus, StageView};
use crate::events::{JobId, StageAttemptId, StageId};

/// Tells how far jobs and stages of the newest application are, as Spark's class of the same name does.
///
/// Its answers are those of [`AppStatusStore::view`]: about a tenth of a second old at most, and gone once the limits of
/// [`StatusSettings`](super::StatusSettings) are passed.
#[derive(Clone, Debug)]
pub struct StatusTracker {
    store: AppStatusStore,
}

/// How far a stage is: its latest attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StageProgress {
    /// The stage.
    pub stage_id: StageId,
    /// The attempt.
    pub current_attempt_id: StageAttemptId,
    /// When it was submitted.
    pub submission_time: Option<Date>,
    /// The operation that made it.
    pub name: Arc<str>,
    /// How far it is.
    pub status: StageStatus,
    /// Its tasks.
    pub num_tasks: i32,
    /// The task attempts that run.
    pub num_active_tasks: i64,
    /// The task attempts that did their work.
    pub num_completed_tasks: i64,
    /// The task attempts that failed.
    pub num_failed_tasks: i64,
}

impl StatusTracker {
    /// Asks what a listener keeps.
    pub fn new(store: AppStatusStore) -> Self {
        Self { store }
    }

    /// The jobs of a group, in rising order; those of no group for `None`.
    pub fn job_ids_for_group(&self, group: Option<&str>) -> Vec<JobId> {
        self.jobs(|job| job.job_group.as_deref() == group)
    }

    /// The jobs that have a tag, in rising order.
    pub fn job_ids_for_tag(&self, tag: &str) -> Vec<JobId> {
        self.jobs(|job| job.job_tags.iter().any(|one| one == tag))
    }

    /// The jobs that run, in rising order.
    pub fn active_job_ids(&self) -> Vec<JobId> {
        self.jobs(|job| job.status == JobStatus::Running)
    }

    /// The stages that run, in rising order.
    pub fn active_stage_ids(&self) -> Vec<StageId> {
        let Some(application) = self.application() else { return Vec::new() };
        let mut active: Vec<_> = application.active_stages().map(|stage| stage.data().stage_id).collect();
        active.dedup();
        active
    }

    /// A job, if it is known.
    pub fn job_info(&self, job: JobId) -> Option<Arc<JobData>> {
        self.application()?.jobs.get(&job).map(Arc::clone)
    }

    /// The latest attempt at a stage, if it is known.
    pub fn stage_info(&self, stage: StageId) -> Option<StageProgress> {
        let application = self.application()?;
        let latest = application.attempts(stage).next_back()?.data();
        Some(StageProgress {
            stage_id: latest.stage_id,
            current_attempt_id: latest.attempt_id,
            submission_time: latest.submission_time,
            name: Arc::clone(&latest.name),
            status: latest.status,
            num_tasks: latest.num_tasks,
            num_active_tasks: latest.num_active_tasks,
            num_completed_tasks: latest.num_complete_tasks,
            num_failed_tasks: latest.num_failed_tasks,
        })
    }

    fn jobs(&self, is_meant: impl Fn(&JobData) -> bool) -> Vec<JobId> {
        let Some(application) = self.application() else { return Vec::new() };
        application.jobs.values().filter(|job| is_meant(job)).map(|job| job.job_id).collect()
    }

    fn application(&self) -> Option<Arc<ApplicationView>> {
        self.store.view().current().map(Arc::clone)
    }
}

impl ApplicationView {
    /// The stage attempts that run.
    pub fn active_stages(&self) -> impl DoubleEndedIterator<Item = &Arc<StageView>> {
        self.stages.values().filter(|stage| stage.data().status == StageStatus::Active)
    }
}
