//! A job while its application runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Outcome, StageKey, Viewed};
use crate::events::{JobEnd, JobResult, JobStart, Properties, StageId, StageInfo};
use crate::status::{Date, JobData, JobStatus};

const DESCRIPTION: &str = "spark.job.description";
const GROUP: &str = "spark.jobGroup.id";
const TAGS: &str = "spark.job.tags";

#[derive(Debug)]
pub(super) struct LiveJob {
    pub(super) data: Viewed<JobData>,
    completed_stages: BTreeSet<StageId>,
    skipped_stages: BTreeSet<StageId>,
    /// Stages that had done their work when the job started, and had no attempt since.
    pub(super) done_before: Vec<StageKey>,
    completed_indices: FxHashSet<(StageId, i32)>,
}

/// What the user says of a job, in its properties.
pub(super) fn description(properties: Option<&Properties>) -> Option<Arc<str>> {
    property(properties, DESCRIPTION)
}

fn property(properties: Option<&Properties>, name: &str) -> Option<Arc<str>> {
    properties?.get(name).map(|value| value.as_str().into())
}

impl LiveJob {
    pub(super) fn started(event: &JobStart) -> Self {
        let properties = event.properties.as_ref();
        let last = event.stage_infos.iter().max_by_key(|stage| stage.stage_id);
        let missing = event.stage_infos.iter().filter(|stage| stage.completion_time.is_none());
        let tags = property(properties, TAGS);
        let tags =
            tags.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|tag| !tag.is_empty());
        let tags: BTreeSet<&str> = tags.collect();
        let data = JobData {
            job_id: event.job_id,
            name: last.map_or_else(Arc::default, |stage| stage.stage_name.as_str().into()),
            description: description(properties),
            submission_time: (event.submission_time > 0).then_some(Date(event.submission_time)),
            stage_ids: event.stage_ids.as_slice().into(),
            job_group: property(properties, GROUP),
            job_tags: tags.into_iter().map(str::to_owned).collect(),
            num_tasks: missing.map(|stage| i64::from(stage.number_of_tasks)).sum(),
            ..JobData::default()
        };
        Self {
            data: Viewed::new(data),
            completed_stages: BTreeSet::new(),
            skipped_stages: BTreeSet::new(),
            done_before: Vec::new(),
            completed_indices: FxHashSet::default(),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.data.get().status, JobStatus::Succeeded | JobStatus::Failed)
    }

    /// One of its stages gives a sign of life.
    pub(super) fn is_alive(&mut self) {
        if self.data.get().status == JobStatus::Unknown {
            let data = self.data.get_mut();
            data.status = JobStatus::Running;
            data.unknown_since = None;
        }
    }

    pub(super) fn stage_submitted(&mut self, stage: StageId) {
        self.completed_stages.remove(&stage);
        self.done_before.retain(|(before, _)| *before != stage);
        self.is_alive();
        let completed = self.completed_stages.len();
        let data = self.data.get_mut();
        data.num_active_stages += 1;
        data.num_completed_stages = as_count(completed);
    }

    pub(super) fn stage_completed(&mut self, info: &StageInfo, outcome: Outcome) {
        match outcome {
            Outcome::Completed => {
                self.completed_stages.insert(info.stage_id);
            }
            Outcome::Skipped => self.skip(info.stage_id, i64::from(info.number_of_tasks)),
            Outcome::Failed => self.data.get_mut().num_failed_stages += 1,
        }
        let completed = self.completed_stages.len();
        let data = self.data.get_mut();
        data.num_active_stages = (data.num_active_stages - 1).max(0);
        data.num_completed_stages = as_count(completed);
    }

    pub(super) fn skip(&mut self, stage: StageId, tasks: i64) {
        self.skipped_stages.insert(stage);
        let skipped = self.skipped_stages.len();
        let data = self.data.get_mut();
        data.num_skipped_stages = as_count(skipped);
        data.num_skipped_tasks += tasks;
    }

    /// A task of it did its work.
    pub(super) fn completed_index(&mut self, stage: StageId, index: i32) {
        if self.completed_indices.insert((stage, index)) {
            self.data.get_mut().num_completed_indices += 1;
        }
    }

    /// Once it is over and nothing of it runs, nobody counts any more.
    pub(super) fn settle(&mut self) {
        if self.is_over() && self.data.get().num_active_tasks == 0 {
            self.completed_indices = FxHashSet::default();
        }
    }

    pub(super) fn ended(&mut self, event: &JobEnd) {
        let data = self.data.get_mut();
        data.unknown_since = None;
        data.completion_time = (event.completion_time > 0).then_some(Date(event.completion_time));
        data.status = match &event.job_result {
            JobResult::Succeeded(_) => JobStatus::Succeeded,
            JobResult::Failed(failed) => {
                data.failure_reason = failed.exception.message.as_deref().map(Arc::from);
                JobStatus::Failed
            }
            JobResult::Other(_) => JobStatus::Failed,
        };
    }

    /// Events were dropped: its end may be among them.
    pub(super) fn doubt(&mut self, since: Date) {
        if self.data.get().status == JobStatus::Running {
            let data = self.data.get_mut();
            data.status = JobStatus::Unknown;
            data.unknown_since = Some(since);
        }
    }

    pub(super) fn has_stage(&self, stage: StageId) -> bool {
        self.data.get().stage_ids.contains(&stage)
    }
}

fn as_count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
