use super::json::json_object;
use super::{ExecutorId, StageAttemptId, StageId};

json_object! {
    /// An executor gets no more tasks, for too many failed there.
    pub event ExecutorExcluded {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The executor. Absent: empty.
        executor_id: ExecutorId = "executorId" [default],
        /// How many tasks failed there. Absent: 0.
        task_failures: i32 = "taskFailures" [or 0],
    }
}

json_object! {
    /// An executor gets no more tasks of a stage attempt, for too many failed there.
    pub event ExecutorExcludedForStage {
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
    /// A machine gets no more tasks of a stage attempt, for too many of its executors were excluded.
    pub event NodeExcludedForStage {
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
    /// An executor that got no more tasks gets them again.
    pub event ExecutorUnexcluded {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The executor. Absent: empty.
        executor_id: ExecutorId = "executorId" [default],
    }
}

json_object! {
    /// A machine gets no more tasks, for too many of its executors were excluded.
    pub event NodeExcluded {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The machine. Absent: empty.
        host_id: String = "hostId" [default],
        /// How many of its executors were excluded. Absent: 0.
        executor_failures: i32 = "executorFailures" [or 0],
    }
}

json_object! {
    /// A machine that got no more tasks gets them again.
    pub event NodeUnexcluded {
        /// When, in milliseconds since the Unix epoch. Absent: 0.
        time: i64 = "time" [or 0],
        /// The machine. Absent: empty.
        host_id: String = "hostId" [default],
    }
}
