//! A job, as Spark's REST API shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::Date;
use crate::events::{JobId, StageId};

/// How far a job is; in JSON as in Spark's REST API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobStatus {
    /// It has started, and not ended.
    #[default]
    Running,
    /// All its stages did their work.
    Succeeded,
    /// It was given up.
    Failed,
    /// Events were dropped while it ran, and none of it has come since: it may be over.
    Unknown,
}

/// A job; its JSON is that of Spark's REST API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JobData {
    /// The job.
    pub job_id: JobId,
    /// The name of its last stage.
    pub name: Arc<str>,
    /// What the user says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Arc<str>>,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission_time: Option<Date>,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Date>,
    /// The stages it may need.
    pub stage_ids: Arc<[StageId]>,
    /// The group of jobs that are cancelled together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_group: Option<Arc<str>>,
    /// The tags that jobs are found and cancelled by.
    pub job_tags: Arc<[String]>,
    /// How far it is.
    pub status: JobStatus,
    /// The tasks of all stages that had not run before.
    pub num_tasks: i64,
    /// The task attempts that run.
    pub num_active_tasks: i64,
    /// The task attempts that did their work.
    pub num_completed_tasks: i64,
    /// The tasks of the skipped stages.
    pub num_skipped_tasks: i64,
    /// The task attempts that failed.
    pub num_failed_tasks: i64,
    /// The task attempts that were stopped, or not allowed to commit.
    pub num_killed_tasks: i64,
    /// The tasks of which an attempt did its work.
    pub num_completed_indices: i64,
    /// The stage attempts that run.
    pub num_active_stages: i64,
    /// The stages that did their work.
    pub num_completed_stages: i64,
    /// The stages it did not need after all.
    pub num_skipped_stages: i64,
    /// The stage attempts that failed.
    pub num_failed_stages: i64,
    /// How many task attempts were stopped, by reason.
    pub killed_tasks_summary: BTreeMap<String, i64>,
    /// Since when its state is unknown; Spark has no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_since: Option<Date>,
    /// What its failure says; Spark has no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<Arc<str>>,
}
