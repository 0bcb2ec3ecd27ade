use super::json::json_object;
use super::{
    AccumulableInfo, ExecutorId, ExecutorMetrics, Properties, RddInfo, ResourceProfileId, StageAttemptId,
    StageId,
};

json_object! {
    /// One attempt at a stage, as it was when the event was posted.
    pub struct StageInfo {
        /// The stage.
        stage_id: StageId = "Stage ID" [required],
        /// The attempt. Absent in old logs: 0.
        stage_attempt_id: StageAttemptId = "Stage Attempt ID" [default],
        /// The operation that made the stage, with its place in the user's program.
        stage_name: String = "Stage Name" [required],
        /// The number of tasks of the attempt.
        number_of_tasks: i32 = "Number of Tasks" [required],
        /// The datasets that the stage computes, the last one first.
        rdd_info: Vec<RddInfo> = "RDD Info" [required],
        /// The stages it waits for. Absent in old logs: none.
        parent_ids: Vec<StageId> = "Parent IDs" [default],
        /// The user's call stack. Absent in old logs: empty.
        details: String = "Details" [default],
        /// When the attempt was submitted, in milliseconds since the Unix epoch.
        submission_time: Option<i64> = "Submission Time" [or_omit],
        /// When it was over, in milliseconds since the Unix epoch.
        completion_time: Option<i64> = "Completion Time" [or_omit],
        /// Why it failed, if it did.
        failure_reason: Option<String> = "Failure Reason" [or_omit],
        /// The accumulators its tasks have touched. Absent in old logs: none.
        accumulables: Vec<AccumulableInfo> = "Accumulables" [default],
        /// What its executors have to offer. Absent in logs up to Spark 3.0: the default profile.
        resource_profile_id: ResourceProfileId = "Resource Profile Id" [default],
        /// Whether shuffle blocks are pushed and merged. Absent in logs up to Spark 3.0: false.
        shuffle_push_enabled: bool = "Shuffle Push Enabled" [or false],
        /// How many services merge the pushed blocks. Absent in logs up to Spark 3.0: 0.
        shuffle_push_mergers_count: i32 = "Shuffle Push Mergers Count" [or 0],
    }
}

json_object! {
    /// A stage attempt is about to run.
    pub event StageSubmitted {
        /// The attempt; Spark leaves its accumulables empty here.
        stage_info: StageInfo = "Stage Info" [required],
        /// The properties of the job that needs the stage.
        properties: Option<Properties> = "Properties" [or_omit],
    }
}

json_object! {
    /// A stage attempt is over, well or not; see [`StageInfo::failure_reason`].
    pub event StageCompleted {
        /// The attempt.
        stage_info: StageInfo = "Stage Info" [required],
    }
}

json_object! {
    /// The peaks one executor reached while a stage attempt ran; written when the attempt is over.
    pub event StageExecutorMetrics {
        /// The executor.
        executor_id: ExecutorId = "Executor ID" [required],
        /// The stage.
        stage_id: StageId = "Stage ID" [required],
        /// The attempt.
        stage_attempt_id: StageAttemptId = "Stage Attempt ID" [required],
        /// The peaks.
        executor_metrics: ExecutorMetrics = "Executor Metrics" [required],
    }
}

json_object! {
    /// No executor has room for the tasks of a stage attempt, and none can be added as things stand.
    pub event UnschedulableTaskSetAdded {
        /// The stage. Absent: 0.
        stage_id: StageId = "stageId" [default],
        /// The attempt. Absent: 0.
        stage_attempt_id: StageAttemptId = "stageAttemptId" [default],
    }
}

json_object! {
    /// The tasks of a stage attempt that had no room have it now, or need it no more.
    pub event UnschedulableTaskSetRemoved {
        /// The stage. Absent: 0.
        stage_id: StageId = "stageId" [default],
        /// The attempt. Absent: 0.
        stage_attempt_id: StageAttemptId = "stageAttemptId" [default],
    }
}
