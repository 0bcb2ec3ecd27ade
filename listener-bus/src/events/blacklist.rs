use super::json::json_object;
use super::{ExecutorId, StageAttemptId, StageId};

json_object! {
    /// The old name of [`ExecutorExcluded`](super::ExecutorExcluded); Spark 4.1 still writes both.
    pub event ExecutorBlacklisted {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The executor. Absent: empty.
        executor_id: ExecutorId = "executorId" [default],
        /// How many tasks failed there. Absent: 0.
        task_failures: i32 = "taskFailures" [or 0],
    }
}

json_object! {
    /// The old name of [`ExecutorExcludedForStage`](super::ExecutorExcludedForStage); Spark 4.1 still writes both.
    pub event ExecutorBlacklistedForStage {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The executor. Absent: empty.
        executor_id: ExecutorId = "executorId" [default],
        /// How many tasks failed there. Absent: 0.
        task_failures: i32 = "taskFailures" [or 0],
        /// The stage. Absent: 0.
        stage_id: StageId = "stageId" [default],
        /// The attempt at the stage. Absent: 0.
        stage_attempt_id: StageAttemptId = "stageAttemptId" [default],
    }
}

json_object! {
    /// The old name of [`NodeExcludedForStage`](super::NodeExcludedForStage); Spark 4.1 still writes both.
    pub event NodeBlacklistedForStage {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The machine. Absent: empty.
        host_id: String = "hostId" [default],
        /// How many of its executors were excluded. Absent: 0.
        executor_failures: i32 = "executorFailures" [or 0],
        /// The stage. Absent: 0.
        stage_id: StageId = "stageId" [default],
        /// The attempt at the stage. Absent: 0.
        stage_attempt_id: StageAttemptId = "stageAttemptId" [default],
    }
}

json_object! {
    /// The old name of [`ExecutorUnexcluded`](super::ExecutorUnexcluded); Spark 4.1 still writes both.
    pub event ExecutorUnblacklisted {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The executor. Absent: empty.
        executor_id: ExecutorId = "executorId" [default],
    }
}

json_object! {
    /// The old name of [`NodeExcluded`](super::NodeExcluded); Spark 4.1 still writes both.
    pub event NodeBlacklisted {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The machine. Absent: empty.
        host_id: String = "hostId" [default],
        /// How many of its executors were excluded. Absent: 0.
        executor_failures: i32 = "executorFailures" [or 0],
    }
}

json_object! {
    /// The old name of [`NodeUnexcluded`](super::NodeUnexcluded); Spark 4.1 still writes both.
    pub event NodeUnblacklisted {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The machine. Absent: empty.
        host_id: String = "hostId" [default],
    }
}
