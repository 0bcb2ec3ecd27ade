use super::json::{json_object, json_tagged};
use super::{
    AccumulableInfo, Bare, BlockManagerId, ExecutorId, PartitionId, ShuffleId, StackTraceElement, StageId,
    UnknownFields,
};

json_tagged! {
    /// How a task attempt ended. The default is success.
    pub enum TaskEndReason by "Reason" {
        /// It did its work.
        Success = "Success",
        /// It had done its work, but its output was lost with its executor.
        Resubmitted = "Resubmitted",
        /// It could not read its input from a shuffle.
        FetchFailed(FetchFailed) = "FetchFailed",
        /// Its code raised an exception.
        ExceptionFailure(ExceptionFailure) = "ExceptionFailure",
        /// It did its work, but the driver could not fetch the result.
        TaskResultLost = "TaskResultLost",
        /// Somebody had it stopped.
        TaskKilled(TaskKilled) = "TaskKilled",
        /// It was not allowed to commit its output.
        TaskCommitDenied(TaskCommitDenied) = "TaskCommitDenied",
        /// Its executor went away.
        ExecutorLostFailure(ExecutorLostFailure) = "ExecutorLostFailure",
        /// Nobody knows.
        UnknownReason = "UnknownReason",
    }
}

impl TaskEndReason {
    /// The reason of a task that did its work.
    pub const SUCCESS: Self = Self::Success(Bare { extra: UnknownFields::NONE });

    /// Whether the task did its work.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success(_))
    }
}

impl Default for TaskEndReason {
    fn default() -> Self {
        Self::SUCCESS
    }
}

json_object! {
    /// A task could not read its input from a shuffle.
    pub struct FetchFailed {
        /// Who should have served the block, where it is known.
        block_manager_address: Option<BlockManagerId> = "Block Manager Address" [or_omit],
        /// The shuffle.
        shuffle_id: ShuffleId = "Shuffle ID" [required],
        /// The task attempt that wrote the block; the number of its partition in logs before Spark 3.0.
        map_id: i64 = "Map ID" [required],
        /// The partition whose output it was. Absent in logs before Spark 3.0: the least 32-bit number.
        map_index: i32 = "Map Index" [or i32::MIN],
        /// The partition of the reading stage.
        reduce_id: i32 = "Reduce ID" [required],
        /// What went wrong. Absent: "Unknown reason".
        message: String = "Message" [or "Unknown reason".to_owned()],
    }
}

json_object! {
    /// A task's code raised an exception.
    ///
    /// Old logs have "Metrics" instead of accumulator updates; it is kept in `extra`.
    pub struct ExceptionFailure {
        /// The class of the exception.
        class_name: String = "Class Name" [required],
        /// What it says of itself.
        description: Option<String> = "Description" [or_null],
        /// Where it was raised, innermost frame first. Absent or null: empty.
        stack_trace: Vec<StackTraceElement> = "Stack Trace" [default],
        /// The trace with all causes, as text. Absent in old logs: `None`.
        full_stack_trace: Option<String> = "Full Stack Trace" [or_null],
        /// The accumulators it had touched by then. Absent in old logs: none.
        accumulator_updates: Vec<AccumulableInfo> = "Accumulator Updates" [default],
    }
}

json_object! {
    /// Somebody had a task stopped.
    pub struct TaskKilled {
        /// Why. Absent in old logs: "unknown reason".
        kill_reason: String = "Kill Reason" [or "unknown reason".to_owned()],
        /// The accumulators it had touched by then. Absent in old logs: none.
        accumulator_updates: Vec<AccumulableInfo> = "Accumulator Updates" [default],
    }
}

json_object! {
    /// A task was not allowed to commit its output.
    pub struct TaskCommitDenied {
        /// The stage, which Spark calls "Job ID" here. Absent: -1.
        stage_id: StageId = "Job ID" [or StageId(-1)],
        /// The partition. Absent: -1.
        partition_id: PartitionId = "Partition ID" [or PartitionId(-1)],
        /// The number of the task's attempt. Absent: -1.
        attempt_number: i32 = "Attempt Number" [or -1],
    }
}

json_object! {
    /// The executor of a task went away.
    pub struct ExecutorLostFailure {
        /// The executor. Absent in old logs: "Unknown".
        executor_id: ExecutorId = "Executor ID" [or ExecutorId::from("Unknown")],
        /// Whether the application is to blame, so that the failure counts against the task. Absent in old logs: true.
        exit_caused_by_app: bool = "Exit Caused By App" [or true],
        /// Why it went away, where it is known.
        loss_reason: Option<String> = "Loss Reason" [or_omit],
    }
}
