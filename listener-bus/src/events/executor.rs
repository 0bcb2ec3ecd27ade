use std::collections::BTreeMap;

use super::json::json_object;
use super::{
    AccumulableInfo, ExecutorId, ExecutorMetrics, Properties, ResourceProfileId, StageAttemptId, StageId,
    TaskId,
};

json_object! {
    /// What an executor offers.
    pub struct ExecutorInfo {
        /// Its machine.
        host: String = "Host" [required],
        /// How many tasks of one core it can run at once.
        total_cores: i32 = "Total Cores" [required],
        /// Where to read its logs, by the log's name.
        log_urls: Properties = "Log Urls" [required],
        /// What the cluster manager says of it. Absent in logs before Spark 3.0: empty.
        attributes: Properties = "Attributes" [default],
        /// Its graphics cards and the like, by kind. Absent in logs before Spark 3.0: none.
        resources: BTreeMap<String, ResourceInformation> = "Resources" [default],
        /// The profile it was started for. Absent in logs up to Spark 3.0: the default profile.
        resource_profile_id: ResourceProfileId = "Resource Profile Id" [default],
        /// When it registered, in milliseconds since the Unix epoch.
        registration_time: Option<i64> = "Registration Time" [or_omit],
        /// When it was asked for, in milliseconds since the Unix epoch.
        request_time: Option<i64> = "Request Time" [or_omit],
    }
}

json_object! {
    /// The units of one kind of resource that an executor has.
    pub struct ResourceInformation {
        /// The kind, such as "gpu".
        name: String = "name" [required],
        /// The units.
        addresses: Vec<String> = "addresses" [required],
    }
}

json_object! {
    /// An executor has registered.
    pub event ExecutorAdded {
        /// When, in milliseconds since the Unix epoch.
        timestamp: i64 = "Timestamp" [required],
        /// The executor.
        executor_id: ExecutorId = "Executor ID" [required],
        /// What it offers.
        executor_info: ExecutorInfo = "Executor Info" [required],
    }
}

json_object! {
    /// An executor has gone.
    pub event ExecutorRemoved {
        /// When, in milliseconds since the Unix epoch.
        timestamp: i64 = "Timestamp" [required],
        /// The executor.
        executor_id: ExecutorId = "Executor ID" [required],
        /// Why.
        removed_reason: String = "Removed Reason" [required],
    }
}

json_object! {
    /// An executor has sent a heartbeat with the progress of its tasks; Spark does not log it unless told to.
    pub event ExecutorMetricsUpdate {
        /// The executor.
        executor_id: ExecutorId = "Executor ID" [required],
        /// What its running tasks have added to accumulators.
        metrics_updated: Vec<TaskProgress> = "Metrics Updated" [required],
        /// The peaks it reached since the last heartbeat, by stage attempt. Absent in old logs: none.
        executor_metrics_updated: Vec<StagePeaks> = "Executor Metrics Updated" [default],
    }
}

json_object! {
    /// What a running task has added to accumulators.
    pub struct TaskProgress {
        /// The task attempt.
        task_id: TaskId = "Task ID" [required],
        /// The stage.
        stage_id: StageId = "Stage ID" [required],
        /// The attempt at the stage.
        stage_attempt_id: StageAttemptId = "Stage Attempt ID" [required],
        /// What it added so far.
        accumulator_updates: Vec<AccumulableInfo> = "Accumulator Updates" [required],
    }
}

json_object! {
    /// The peaks an executor reached while a stage attempt ran.
    pub struct StagePeaks {
        /// The stage.
        stage_id: StageId = "Stage ID" [required],
        /// The attempt at the stage.
        stage_attempt_id: StageAttemptId = "Stage Attempt ID" [required],
        /// The peaks.
        executor_metrics: ExecutorMetrics = "Executor Metrics" [required],
    }
}
