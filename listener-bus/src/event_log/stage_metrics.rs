//! The peaks of each executor while a stage attempt runs.

use std::collections::BTreeMap;

use crate::events::{
    ExecutorId, ExecutorMetrics, ExecutorMetricsUpdate, StageAttemptId, StageExecutorMetrics, StageId,
    StageInfo, TaskEnd,
};

/// What the driver's heartbeats name instead of a stage attempt: they are about all of them.
const ALL_STAGES: (StageId, StageAttemptId) = (StageId(-1), StageAttemptId(-1));

/// The peaks of each executor in each stage attempt that runs.
#[derive(Debug, Default)]
pub(super) struct StageMetrics {
    live: BTreeMap<(StageId, StageAttemptId), BTreeMap<ExecutorId, ExecutorMetrics>>,
}

impl StageMetrics {
    /// A stage attempt begins, and nothing is known of it.
    pub(super) fn submitted(&mut self, stage: &StageInfo) {
        self.live.insert((stage.stage_id, stage.stage_attempt_id), BTreeMap::new());
    }

    /// An executor tells the peaks since its last heartbeat.
    pub(super) fn updated(&mut self, update: &ExecutorMetricsUpdate) {
        for peaks in &update.executor_metrics_updated {
            let stage = (peaks.stage_id, peaks.stage_attempt_id);
            let told = self.live.iter_mut().filter(|(live, _)| stage == ALL_STAGES || stage == **live);
            for (_, executors) in told {
                raise(executors, &update.executor_id, &peaks.executor_metrics);
            }
        }
    }

    /// A task attempt is over, and has the peaks of its executor while it ran.
    pub(super) fn task_ended(&mut self, end: &TaskEnd) {
        if let Some(executors) = self.live.get_mut(&(end.stage_id, end.stage_attempt_id)) {
            raise(executors, &end.task_info.executor_id, &end.task_executor_metrics);
        }
    }

    /// A stage attempt is over: gives the peaks of every executor that told any, and forgets the attempts before it.
    pub(super) fn completed(&mut self, stage: &StageInfo) -> Vec<StageExecutorMetrics> {
        let (stage_id, stage_attempt_id) = (stage.stage_id, stage.stage_attempt_id);
        self.live.retain(|(id, attempt), _| *id != stage_id || *attempt >= stage_attempt_id);
        let executors = self.live.remove(&(stage_id, stage_attempt_id)).unwrap_or_default();
        let event = |(executor_id, executor_metrics)| StageExecutorMetrics {
            executor_id,
            stage_id,
            stage_attempt_id,
            executor_metrics,
            ..StageExecutorMetrics::default()
        };
        executors.into_iter().map(event).collect()
    }
}

fn raise(
    executors: &mut BTreeMap<ExecutorId, ExecutorMetrics>,
    executor: &ExecutorId,
    new: &ExecutorMetrics,
) {
    let peaks = executors.entry(executor.clone()).or_insert_with(ExecutorMetrics::never_measured);
    peaks.raise(new);
}
