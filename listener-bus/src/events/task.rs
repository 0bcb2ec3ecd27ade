use super::json::{json_object, json_text};
use super::{
    AccumulableInfo, ExecutorId, ExecutorMetrics, PartitionId, StageAttemptId, StageId, TaskEndReason,
};
use super::{TaskId, TaskMetrics};

json_object! {
    /// One attempt at a task, as it was when the event was posted.
    pub struct TaskInfo {
        /// The attempt, unique within the application.
        task_id: TaskId = "Task ID" [required],
        /// The place of the task within its stage attempt, from 0.
        index: i32 = "Index" [required],
        /// The number of the attempt within its stage attempt, from 0. Absent in old logs: 1, as Spark reads it.
        attempt: i32 = "Attempt" [or 1],
        /// The partition the task computes. Absent in logs up to Spark 3.0: -1.
        partition_id: PartitionId = "Partition ID" [or PartitionId(-1)],
        /// When it was launched, in milliseconds since the Unix epoch.
        launch_time: i64 = "Launch Time" [required],
        /// Where it runs.
        executor_id: ExecutorId = "Executor ID" [required],
        /// The machine it runs on.
        host: String = "Host" [required],
        /// How near it runs to its input.
        locality: Locality = "Locality" [required],
        /// Whether it is a second copy of a slow task. Absent in old logs: false.
        speculative: bool = "Speculative" [or false],
        /// When fetching its result began, in milliseconds since the Unix epoch; 0 if it did not.
        getting_result_time: i64 = "Getting Result Time" [required],
        /// When it was over, in milliseconds since the Unix epoch; 0 while it runs.
        finish_time: i64 = "Finish Time" [required],
        /// Whether it failed.
        failed: bool = "Failed" [required],
        /// Whether it was killed. Absent in old logs: false.
        killed: bool = "Killed" [or false],
        /// The accumulators it touched. Absent in old logs: none.
        accumulables: Vec<AccumulableInfo> = "Accumulables" [default],
    }
}

json_text! {
    /// How near a task runs to its input.
    #[derive(Default)]
    pub enum Locality {
        /// In the process that has the input in memory.
        ProcessLocal = "PROCESS_LOCAL",
        /// On the machine that has the input.
        NodeLocal = "NODE_LOCAL",
        /// Anywhere: no place is better than another.
        NoPref = "NO_PREF",
        /// In the rack that has the input.
        RackLocal = "RACK_LOCAL",
        /// Anywhere, though another place would be nearer.
        #[default]
        Any = "ANY",
    }
}

json_text! {
    /// What a task's output is for.
    #[derive(Default)]
    pub enum TaskType {
        /// The result of a job.
        #[default]
        Result = "ResultTask",
        /// The input of a later stage.
        ShuffleMap = "ShuffleMapTask",
    }
}

json_object! {
    /// A task attempt has been launched.
    pub event TaskStart {
        /// The stage.
        stage_id: StageId = "Stage ID" [required],
        /// The attempt at the stage. Absent in old logs: 0.
        stage_attempt_id: StageAttemptId = "Stage Attempt ID" [default],
        /// The task attempt; Spark leaves its accumulables empty here.
        task_info: TaskInfo = "Task Info" [required],
    }
}

json_object! {
    /// The driver has begun to fetch a result that is too big to be sent with the task's last message.
    pub event TaskGettingResult {
        /// The task attempt; Spark leaves its accumulables empty here.
        task_info: TaskInfo = "Task Info" [required],
    }
}

json_object! {
    /// A task attempt is over, well or not; see [`TaskEndReason`].
    ///
    /// A log can have it after the end of its stage and of its job, and twice for one attempt whose output was lost.
    pub event TaskEnd {
        /// The stage.
        stage_id: StageId = "Stage ID" [required],
        /// The attempt at the stage. Absent in old logs: 0.
        stage_attempt_id: StageAttemptId = "Stage Attempt ID" [default],
        /// What the output is for.
        task_type: TaskType = "Task Type" [required],
        /// How it ended.
        task_end_reason: TaskEndReason = "Task End Reason" [required],
        /// The task attempt.
        task_info: TaskInfo = "Task Info" [required],
        /// The peaks the executor reached while the task ran. Absent in logs before Spark 3.0: all 0.
        task_executor_metrics: ExecutorMetrics = "Task Executor Metrics" [default],
        /// What the task cost; `None` where it never reported, which Spark would read as all 0.
        task_metrics: Option<TaskMetrics> = "Task Metrics" [or_omit],
    }
}

json_object! {
    /// A second copy of a slow task is waiting to be launched.
    pub event SpeculativeTaskSubmitted {
        /// The stage. Absent: 0.
        stage_id: StageId = "stageId" [default],
        /// The attempt at the stage. Absent: 0.
        stage_attempt_id: StageAttemptId = "stageAttemptId" [default],
    }
}
