//! A stage attempt while its application runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Outcome, Viewed};
use crate::events::{
    ExecutorId, ExecutorMetrics, JobId, Properties, StageInfo, StageSubmitted, TaskEnd, TaskEndReason, TaskId,
};
use crate::status::live::job::description;
use crate::status::peaks::raise;
use crate::status::task::shortened;
use crate::status::{AccumulableData, Date, ExecutorStageSummary, StageData, StageStatus, StageView};

const POOL: &str = "spark.scheduler.pool";
const DEFAULT_POOL: &str = "default";
/// Failures of one stage attempt keep their whole texts up to so many bytes, then the first line of each.
const FAILURE_TEXTS: usize = 8 << 20;
/// The most that is kept of one text, in bytes.
const FAILURE_TEXT: usize = 32 << 10;
/// The executors of one stage attempt that are told apart.
const EXECUTORS: usize = 10_000;
const OTHERS: &str = "others";
/// The task attempts that are remembered as over.
const ENDED: usize = 1_000_000;
/// The most that is kept of such a first line, in characters.
const FIRST_LINE: usize = 500;

#[derive(Debug, Default)]
pub(super) struct LiveStage {
    pub(super) view: Viewed<StageView>,
    /// The jobs that need it.
    pub(super) jobs: Vec<JobId>,
    completed_indices: FxHashSet<i32>,
    /// Texts of failures that were the same.
    failures: FxHashMap<Box<str>, Arc<str>>,
    failure_bytes: usize,
    /// The task attempts that are over: what comes of them later has come before.
    ended: FxHashSet<TaskId>,
    /// It is over, and so are all its tasks: what comes later is of an attempt that is gone.
    pub(super) is_closed: bool,
}

impl LiveStage {
    pub(super) fn new(info: &StageInfo) -> Self {
        let mut stage = Self::default();
        stage.view.get_mut().data.scheduling_pool = DEFAULT_POOL.into();
        stage.told(info);
        stage
    }

    pub(super) fn data(&self) -> &StageData {
        &self.view.get().data
    }

    /// Takes over what an event says of the attempt.
    pub(super) fn told(&mut self, info: &StageInfo) {
        let data = &mut self.view.get_mut().data;
        data.stage_id = info.stage_id;
        data.attempt_id = info.stage_attempt_id;
        data.num_tasks = info.number_of_tasks;
        data.submission_time = info.submission_time.map(Date);
        data.completion_time = info.completion_time.map(Date);
        data.failure_reason = info.failure_reason.as_deref().map(Arc::from);
        data.name = info.stage_name.as_str().into();
        data.details = info.details.as_str().into();
        data.rdd_ids = info.rdd_info.iter().map(|rdd| rdd.rdd_id).collect();
        data.accumulator_updates = AccumulableData::users(&info.accumulables);
        data.resource_profile_id = info.resource_profile_id;
        data.is_shuffle_push_enabled = info.shuffle_push_enabled;
        data.shuffle_mergers_count = info.shuffle_push_mergers_count;
    }

    pub(super) fn submitted(&mut self, event: &StageSubmitted) {
        let pool = event.properties.as_ref().and_then(|all: &Properties| all.get(POOL));
        let data = &mut self.view.get_mut().data;
        data.status = StageStatus::Active;
        data.unknown_since = None;
        data.scheduling_pool = pool.map_or(DEFAULT_POOL, String::as_str).into();
        data.description = description(event.properties.as_ref());
    }

    /// One of its tasks gives a sign of life. Says whether nobody knew that it runs.
    pub(super) fn is_alive(&mut self) -> bool {
        let data = self.data();
        let is_news = matches!(data.status, StageStatus::Pending | StageStatus::Unknown);
        let was_pending = data.status == StageStatus::Pending;
        if is_news {
            let data = &mut self.view.get_mut().data;
            data.status = StageStatus::Active;
            data.unknown_since = None;
        }
        was_pending
    }

    pub(super) fn completed(&mut self, info: &StageInfo) -> Outcome {
        self.told(info);
        let outcome = match info {
            StageInfo { failure_reason: Some(_), .. } => Outcome::Failed,
            StageInfo { submission_time: Some(_), .. } => Outcome::Completed,
            _ => Outcome::Skipped,
        };
        let data = &mut self.view.get_mut().data;
        data.unknown_since = None;
        data.status = match outcome {
            Outcome::Completed => StageStatus::Complete,
            Outcome::Failed => StageStatus::Failed,
            Outcome::Skipped => StageStatus::Skipped,
        };
        self.close_if_over();
        outcome
    }

    /// Its job has ended without it.
    pub(super) fn skipped(&mut self) {
        self.view.get_mut().data.status = StageStatus::Skipped;
        self.close_if_over();
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.data().status, StageStatus::Complete | StageStatus::Failed | StageStatus::Skipped)
    }

    /// Nobody waits for tasks whose end may have been dropped.
    pub(super) fn close_if_over(&mut self) {
        if self.is_over() && self.data().num_active_tasks == 0 {
            self.is_closed = true;
            self.completed_indices = FxHashSet::default();
            self.failures = FxHashMap::default();
            self.ended = FxHashSet::default();
        }
    }

    /// A task of it did its work.
    pub(super) fn completed_index(&mut self, index: i32) {
        if self.completed_indices.insert(index) {
            self.view.get_mut().data.num_completed_indices += 1;
        }
    }

    pub(super) fn has_ended(&self, task: TaskId) -> bool {
        self.ended.contains(&task)
    }

    pub(super) fn task_has_ended(&mut self, task: TaskId) {
        if self.ended.len() >= ENDED {
            self.ended.clear();
        }
        self.ended.insert(task);
    }

    /// The text that is kept of a failure.
    pub(super) fn failure(&mut self, text: String) -> Arc<str> {
        let text = shortened(text, FAILURE_TEXT);
        if let Some(known) = self.failures.get(text.as_str()) {
            return Arc::clone(known);
        }
        let kept: Arc<str> = if self.failure_bytes + text.len() > FAILURE_TEXTS {
            text.lines().next().unwrap_or_default().chars().take(FIRST_LINE).collect::<String>().into()
        } else {
            self.failure_bytes += text.len();
            text.as_str().into()
        };
        if self.failure_bytes <= FAILURE_TEXTS && kept.len() == text.len() {
            self.failures.insert(text.into_boxed_str(), Arc::clone(&kept));
        }
        kept
    }

    /// What an executor does for it; beyond a limit, the rest of them share one entry.
    pub(super) fn executor(&mut self, executor: &ExecutorId) -> &mut ExecutorStageSummary {
        let executors: &mut BTreeMap<_, _> = &mut self.view.get_mut().executors;
        let is_beyond = executors.len() >= EXECUTORS && !executors.contains_key(executor);
        let id = if is_beyond { ExecutorId::from(OTHERS) } else { executor.clone() };
        executors.entry(id).or_default()
    }

    pub(super) fn peaks(&mut self, executor: &ExecutorId, peaks: &ExecutorMetrics) {
        raise(&mut self.executor(executor).peak_memory_metrics, peaks);
        raise(&mut self.view.get_mut().data.peak_executor_metrics, peaks);
    }

    /// A task attempt of it is over: the counts of the executor.
    pub(super) fn executor_did(&mut self, event: &TaskEnd, counts: super::Counts) {
        let info = &event.task_info;
        let summary = self.executor(&info.executor_id);
        // The time of an attempt whose output was lost afterwards has been counted.
        if !matches!(event.task_end_reason, TaskEndReason::Resubmitted(_)) {
            super::add(&mut summary.task_time, super::duration(info));
        }
        summary.succeeded_tasks += counts.completed;
        summary.failed_tasks += counts.failed;
        summary.killed_tasks += counts.killed;
    }
}
