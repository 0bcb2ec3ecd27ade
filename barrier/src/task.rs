//! Who takes part in what.

use std::fmt;
use std::sync::Arc;

use listener_bus::events::{PartitionId, StageAttemptId, StageId, TaskId};

/// One attempt at a stage: what a gang is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageAttempt {
    /// The stage.
    pub stage_id: StageId,
    /// The number of the attempt, from 0.
    pub attempt_id: StageAttemptId,
}

impl StageAttempt {
    /// Attempt `attempt` at stage `stage`.
    pub fn new(stage: impl Into<StageId>, attempt: impl Into<StageAttemptId>) -> Self {
        Self { stage_id: stage.into(), attempt_id: attempt.into() }
    }
}

impl fmt::Display for StageAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stage {} (attempt {})", self.stage_id, self.attempt_id)
    }
}

/// Where a task of the gang runs; as Spark's `BarrierTaskInfo`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BarrierTaskInfo {
    /// The address of the task's executor: a host, or a host and a port.
    pub address: Arc<str>,
}

impl<T: Into<Arc<str>>> From<T> for BarrierTaskInfo {
    fn from(address: T) -> Self {
        Self { address: address.into() }
    }
}

/// One task attempt of a gang.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarrierTask {
    /// The gang it belongs to.
    pub stage_attempt: StageAttempt,
    /// How many tasks the gang has, itself included.
    pub num_tasks: usize,
    /// The partition it computes, from 0.
    pub partition_id: PartitionId,
    /// The task attempt, unique within the application: tells a retried request from a second task.
    pub task_attempt_id: TaskId,
    /// Where the gang's tasks run, by partition; empty where nobody said so.
    pub task_infos: Arc<[BarrierTaskInfo]>,
}

impl BarrierTask {
    /// The task attempt of `partition`, in a gang of `num_tasks`.
    pub fn new(
        stage_attempt: StageAttempt,
        num_tasks: usize,
        partition: impl Into<PartitionId>,
        task_attempt: impl Into<TaskId>,
    ) -> Self {
        let (partition_id, task_attempt_id) = (partition.into(), task_attempt.into());
        Self { stage_attempt, num_tasks, partition_id, task_attempt_id, task_infos: Arc::default() }
    }

    /// Where the gang's tasks run, by partition.
    #[must_use]
    pub fn task_infos(mut self, infos: impl Into<Arc<[BarrierTaskInfo]>>) -> Self {
        self.task_infos = infos.into();
        self
    }
}

/// What the tasks of a round call; all call the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyncKind {
    /// [`barrier`](crate::BarrierTaskContext::barrier).
    Barrier,
    /// [`all_gather`](crate::BarrierTaskContext::all_gather).
    AllGather,
}

impl SyncKind {
    /// What metrics and logs call it, as Spark does.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Barrier => "BARRIER",
            Self::AllGather => "ALL_GATHER",
        }
    }
}

impl fmt::Display for SyncKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
