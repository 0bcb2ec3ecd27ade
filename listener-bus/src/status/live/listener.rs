//! Which event changes what.

use super::{LiveApplication, StageKey};
use crate::events::{
    ApplicationEnd, ApplicationStart, BlockManagerAdded, BlockUpdated, EnvironmentUpdate, ExecutorAdded,
    ExecutorBlacklisted, ExecutorBlacklistedForStage, ExecutorExcluded, ExecutorExcludedForStage,
    ExecutorMetricsUpdate, ExecutorRemoved, ExecutorUnblacklisted, ExecutorUnexcluded, JobEnd, JobStart,
    LogStart, NodeBlacklisted, NodeBlacklistedForStage, NodeExcluded, NodeExcludedForStage,
    NodeUnblacklisted, NodeUnexcluded, ResourceProfileAdded, SchedulerListener, StageCompleted,
    StageExecutorMetrics, StageSubmitted, TaskEnd, TaskGettingResult, TaskStart, UnpersistRdd,
};
use crate::status::ExecutorSummary;

/// Whether an executor gets tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exclusion {
    Begins,
    Ends,
}

impl Exclusion {
    fn apply(self, executor: &mut ExecutorSummary) {
        executor.is_excluded = self == Self::Begins;
        executor.is_blacklisted = executor.is_excluded;
    }
}

impl LiveApplication {
    fn exclude_executor(&mut self, id: &str, exclusion: Exclusion) {
        if let Some(executor) = self.executors.active(id) {
            exclusion.apply(executor);
        }
    }

    fn exclude_node(&mut self, host: &str, exclusion: Exclusion) {
        for executor in self.executors.on_host(host) {
            exclusion.apply(executor);
        }
    }

    fn exclude_executor_for_stage(&mut self, id: &str, key: StageKey) {
        if !self.stages.contains_key(&key) {
            return;
        }
        if let Some(executor) = self.executors.active(id) {
            let id = excluded_for_stage(executor, key);
            self.mark_excluded(key, &[id]);
        }
    }

    fn exclude_node_for_stage(&mut self, host: &str, key: StageKey) {
        if !self.stages.contains_key(&key) {
            return;
        }
        let ids: Vec<_> =
            self.executors.on_host(host).map(|executor| excluded_for_stage(executor, key)).collect();
        self.mark_excluded(key, &ids);
    }

    fn mark_excluded(&mut self, key: StageKey, executors: &[crate::events::ExecutorId]) {
        let Some(stage) = self.stages.get_mut(&key) else { return };
        for id in executors {
            let summary = stage.executor(id);
            summary.is_excluded_for_stage = true;
            summary.is_blacklisted_for_stage = true;
        }
    }
}

fn excluded_for_stage(executor: &mut ExecutorSummary, key: StageKey) -> crate::events::ExecutorId {
    executor.excluded_in_stages.insert(key.0);
    executor.blacklisted_in_stages.insert(key.0);
    executor.id.clone()
}

impl SchedulerListener for LiveApplication {
    fn on_log_start(&mut self, event: &LogStart) {
        self.is_new = false;
        self.attempt().app_spark_version = event.spark_version.as_str().into();
    }

    fn on_application_start(&mut self, event: &ApplicationStart) {
        self.started(event);
    }

    fn on_application_end(&mut self, event: &ApplicationEnd) {
        self.ended(event);
    }

    fn on_environment_update(&mut self, event: &EnvironmentUpdate) {
        self.is_new = false;
        std::sync::Arc::make_mut(&mut self.environment).update(event);
    }

    fn on_resource_profile_added(&mut self, event: &ResourceProfileAdded) {
        self.is_new = false;
        std::sync::Arc::make_mut(&mut self.environment).add_profile(event);
    }

    fn on_job_start(&mut self, event: &JobStart) {
        self.job_started(event);
    }

    fn on_job_end(&mut self, event: &JobEnd) {
        self.job_ended(event);
    }

    fn on_stage_submitted(&mut self, event: &StageSubmitted) {
        self.stage_submitted(event);
    }

    fn on_stage_completed(&mut self, event: &StageCompleted) {
        self.stage_completed(event);
    }

    fn on_task_start(&mut self, event: &TaskStart) {
        self.task_started(event);
    }

    fn on_task_getting_result(&mut self, event: &TaskGettingResult) {
        self.task_getting_result(event);
    }

    fn on_task_end(&mut self, event: &TaskEnd) {
        self.task_ended(event);
    }

    fn on_executor_metrics_update(&mut self, event: &ExecutorMetricsUpdate) {
        self.heartbeat(event);
    }

    fn on_stage_executor_metrics(&mut self, event: &StageExecutorMetrics) {
        self.stage_executor_metrics(event);
    }

    fn on_executor_added(&mut self, event: &ExecutorAdded) {
        self.happened(event.timestamp);
        self.executors.added(event, &self.environment);
        if let Some(removal) = self.early.take_executor(&event.executor_id, event.timestamp) {
            self.on_executor_removed(&removal);
        }
    }

    fn on_executor_removed(&mut self, event: &ExecutorRemoved) {
        self.happened(event.timestamp);
        self.storage.lost(&event.executor_id);
        if !self.executors.is_known(event.executor_id.as_str()) {
            self.unknown_ids += 1;
            self.early.executor_removed(event);
        }
        self.executors.removed(event, self.settings.retained_dead_executors);
    }

    fn on_block_manager_added(&mut self, event: &BlockManagerAdded) {
        self.happened(event.timestamp);
        self.executors.block_manager_added(event);
    }

    fn on_block_updated(&mut self, event: &BlockUpdated) {
        self.storage.updated(&event.block_updated_info, &mut self.executors);
    }

    fn on_unpersist_rdd(&mut self, event: &UnpersistRdd) {
        self.storage.unpersisted(event.rdd_id, &mut self.executors);
    }

    fn on_executor_excluded(&mut self, event: &ExecutorExcluded) {
        self.exclude_executor(event.executor_id.as_str(), Exclusion::Begins);
    }

    fn on_executor_blacklisted(&mut self, event: &ExecutorBlacklisted) {
        self.exclude_executor(event.executor_id.as_str(), Exclusion::Begins);
    }

    fn on_executor_unexcluded(&mut self, event: &ExecutorUnexcluded) {
        self.exclude_executor(event.executor_id.as_str(), Exclusion::Ends);
    }

    fn on_executor_unblacklisted(&mut self, event: &ExecutorUnblacklisted) {
        self.exclude_executor(event.executor_id.as_str(), Exclusion::Ends);
    }

    fn on_node_excluded(&mut self, event: &NodeExcluded) {
        self.exclude_node(&event.host_id, Exclusion::Begins);
    }

    fn on_node_blacklisted(&mut self, event: &NodeBlacklisted) {
        self.exclude_node(&event.host_id, Exclusion::Begins);
    }

    fn on_node_unexcluded(&mut self, event: &NodeUnexcluded) {
        self.exclude_node(&event.host_id, Exclusion::Ends);
    }

    fn on_node_unblacklisted(&mut self, event: &NodeUnblacklisted) {
        self.exclude_node(&event.host_id, Exclusion::Ends);
    }

    fn on_executor_excluded_for_stage(&mut self, event: &ExecutorExcludedForStage) {
        let key = (event.stage_id, event.stage_attempt_id);
        self.exclude_executor_for_stage(event.executor_id.as_str(), key);
    }

    fn on_executor_blacklisted_for_stage(&mut self, event: &ExecutorBlacklistedForStage) {
        let key = (event.stage_id, event.stage_attempt_id);
        self.exclude_executor_for_stage(event.executor_id.as_str(), key);
    }

    fn on_node_excluded_for_stage(&mut self, event: &NodeExcludedForStage) {
        self.exclude_node_for_stage(&event.host_id, (event.stage_id, event.stage_attempt_id));
    }

    fn on_node_blacklisted_for_stage(&mut self, event: &NodeBlacklistedForStage) {
        self.exclude_node_for_stage(&event.host_id, (event.stage_id, event.stage_attempt_id));
    }
}
