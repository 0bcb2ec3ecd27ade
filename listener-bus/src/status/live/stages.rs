//! What happens to stage attempts.

use super::{LiveApplication, LiveStage, Outcome, StageKey};
use crate::events::{
    ExecutorId, ExecutorMetrics, ExecutorMetricsUpdate, StageAttemptId, StageCompleted, StageExecutorMetrics,
    StageId, StageInfo, StageSubmitted,
};
use crate::status::peaks::raise;
use crate::status::{Date, MetricValues, StageStatus};

/// What heartbeats of the driver name instead of a stage attempt: they are about all of them.
const ALL_STAGES: StageKey = (StageId(-1), StageAttemptId(-1));

impl LiveApplication {
    pub(super) fn stage_submitted(&mut self, event: &StageSubmitted) {
        let info = &event.stage_info;
        self.happened(info.submission_time.unwrap_or(0));
        let key = (info.stage_id, info.stage_attempt_id);
        let comes_late = |stage: &LiveStage| {
            stage.is_over() && stage.data().submission_time == info.submission_time.map(Date)
        };
        if info.submission_time.is_some() && self.stages.get(&key).is_some_and(comes_late) {
            self.unknown_ids += 1;
            return;
        }
        if self.stages.get(&key).is_some_and(LiveStage::is_over) {
            // An attempt of this number runs again: what was kept of the one before goes.
            self.forget_stage(key);
        }
        let needs = |id| self.jobs.get(id).is_some_and(|job| job.has_stage(info.stage_id));
        let jobs: Vec<_> = self.open_jobs.iter().filter(|id| needs(id)).copied().collect();
        let stage = self.stages.entry(key).or_insert_with(|| LiveStage::new(info));
        let was_active = matches!(stage.data().status, StageStatus::Active | StageStatus::Unknown);
        let counted = if was_active { stage.jobs.clone() } else { Vec::new() };
        stage.told(info);
        stage.submitted(event);
        stage.jobs.clone_from(&jobs);
        let news: Vec<_> = jobs.into_iter().filter(|job| !counted.contains(job)).collect();
        self.each_job(&news, |job| job.stage_submitted(info.stage_id));
        self.storage.expect(info);
        self.retain_stages();
    }

    pub(super) fn stage_completed(&mut self, event: &StageCompleted) {
        let info = &event.stage_info;
        self.happened(info.completion_time.unwrap_or(0));
        let key = (info.stage_id, info.stage_attempt_id);
        let Some(stage) = self.stages.get_mut(&key) else {
            self.unknown_ids += 1;
            return;
        };
        if stage.is_over() {
            // Told again: the first report counts, but for the texts.
            stage.told(info);
            return;
        }
        let was_submitted = stage.data().status != StageStatus::Pending;
        let outcome = stage.completed(info);
        let jobs = stage.jobs.clone();
        self.each_job(&jobs, |job| {
            if !was_submitted && outcome != Outcome::Skipped {
                job.stage_submitted(info.stage_id);
            }
            job.stage_completed(info, outcome);
        });
        self.executors.stage_over(info.stage_id);
        self.retain_stages();
    }

    pub(super) fn heartbeat(&mut self, event: &ExecutorMetricsUpdate) {
        self.is_new = false;
        for task in &event.metrics_updated {
            let costs = MetricValues::of_accumulators(&task.accumulator_updates);
            self.task_progressed(task, &event.executor_id, &costs);
        }
        let id = &event.executor_id;
        if let Some(executor) = self.executors.active(id.as_str()) {
            executor.unknown_since = None;
            for peaks in &event.executor_metrics_updated {
                raise(&mut executor.peak_memory_metrics, &peaks.executor_metrics);
            }
        }
        for peaks in &event.executor_metrics_updated {
            self.stage_peaks((peaks.stage_id, peaks.stage_attempt_id), id, &peaks.executor_metrics);
        }
    }

    pub(super) fn stage_executor_metrics(&mut self, event: &StageExecutorMetrics) {
        if let Some(executor) = self.executors.active(event.executor_id.as_str()) {
            raise(&mut executor.peak_memory_metrics, &event.executor_metrics);
        }
        self.stage_peaks(
            (event.stage_id, event.stage_attempt_id),
            &event.executor_id,
            &event.executor_metrics,
        );
    }

    fn stage_peaks(&mut self, key: StageKey, executor: &ExecutorId, peaks: &ExecutorMetrics) {
        if key != ALL_STAGES {
            if let Some(stage) = self.stages.get_mut(&key) {
                stage.peaks(executor, peaks);
            }
            return;
        }
        for stage in self.stages.values_mut().filter(|stage| stage.data().status == StageStatus::Active) {
            stage.peaks(executor, peaks);
        }
    }

    /// A stage that tasks run of, and that nobody has told of.
    pub(super) fn stage_or_unknown(&mut self, key: StageKey) -> &mut LiveStage {
        self.stages.entry(key).or_insert_with(|| {
            LiveStage::new(&StageInfo {
                stage_id: key.0,
                stage_attempt_id: key.1,
                stage_name: "unknown".to_owned(),
                details: "unknown".to_owned(),
                ..StageInfo::default()
            })
        })
    }
}
