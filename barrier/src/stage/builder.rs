//! Setting a stage up.

use std::time::Duration;

use listener_bus::events::{StageAttemptId, StageId, TaskType};
use listener_bus::{LiveListenerBus, Poster, SchedulerEvent};

use super::error::StageBuildError;
use super::plan::Plan;
use super::task_ids::TaskIds;
use super::{BarrierStage, Control};
use crate::coordinator::BarrierCoordinator;
use crate::slots::{SlotPool, SlotWait};

/// Sets a [`BarrierStage`] up.
#[derive(Clone, Debug)]
#[must_use = "build it"]
pub struct BarrierStageBuilder {
    coordinator: BarrierCoordinator,
    pool: SlotPool,
    stage_id: Option<StageId>,
    name: Option<String>,
    first_attempt: StageAttemptId,
    max_attempts: u32,
    wait: SlotWait,
    abandon_after: Duration,
    deadline: Option<Duration>,
    task_type: TaskType,
    task_ids: TaskIds,
    poster: Option<Poster<SchedulerEvent>>,
    stack_size: Option<usize>,
}

impl BarrierStageBuilder {
    pub(super) fn new(coordinator: &BarrierCoordinator, pool: &SlotPool) -> Self {
        Self {
            coordinator: coordinator.clone(),
            pool: pool.clone(),
            stage_id: None,
            name: None,
            first_attempt: StageAttemptId(0),
            max_attempts: 4,
            wait: SlotWait::default(),
            abandon_after: Duration::from_secs(30),
            deadline: None,
            task_type: TaskType::Result,
            task_ids: coordinator.task_ids().clone(),
            poster: None,
            stack_size: None,
        }
    }

    /// The stage's number. A coordinator knows a stage by it, so no two stages of one coordinator may share a number.
    /// Defaults to the next number that the coordinator does not know, from 0.
    pub fn stage_id(mut self, id: impl Into<StageId>) -> Self {
        self.stage_id = Some(id.into());
        self
    }

    /// What events call the stage. Defaults to `barrier stage` and its number.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The bus that is told of the stage and its tasks; the stage does not keep it alive. Defaults to none.
    pub fn bus(self, bus: &LiveListenerBus<SchedulerEvent>) -> Self {
        self.poster(bus.poster())
    }

    /// As [`bus`](Self::bus), for those who have a poster only.
    pub fn poster(mut self, poster: Poster<SchedulerEvent>) -> Self {
        self.poster = Some(poster);
        self
    }

    /// The number of the first attempt, for whoever has tried the stage before. Defaults to 0.
    pub fn first_attempt(mut self, attempt: impl Into<StageAttemptId>) -> Self {
        self.first_attempt = attempt.into();
        self
    }

    /// How often the stage is tried before a failed task fails it, as `spark.stage.maxConsecutiveAttempts`. Defaults to
    /// 4 attempts.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long a pool that is too small is waited for before it is checked again, as
    /// `spark.scheduler.barrier.maxConcurrentTasksCheck.interval`; a pool that grows is seen at once. Defaults to 15
    /// seconds.
    pub fn check_interval(mut self, interval: Duration) -> Self {
        self.wait = self.wait.check_interval(interval);
        self
    }

    /// How many checks may find the pool too small, as `spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures`;
    /// the next one that does fails the stage. Defaults to 40 checks.
    pub fn max_check_failures(mut self, checks: u32) -> Self {
        self.wait = self.wait.max_check_failures(checks);
        self
    }

    /// How long slots that others hold are waited for. Defaults to 10 minutes.
    pub fn slots_timeout(mut self, timeout: Duration) -> Self {
        self.wait = self.wait.timeout(timeout);
        self
    }

    /// How long a failed attempt waits for tasks that do not notice. Defaults to 30 seconds.
    pub fn abandon_after(mut self, time: Duration) -> Self {
        self.abandon_after = time;
        self
    }

    /// How long the stage may take in all, from the wait for slots on. Defaults to as long as it takes.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// What the tasks' output is for, as events tell it. Defaults to [`TaskType::Result`].
    pub fn task_type(mut self, kind: TaskType) -> Self {
        self.task_type = kind;
        self
    }

    /// Where task attempts get their numbers. Defaults to the numbers of the coordinator.
    pub fn task_ids(mut self, ids: &TaskIds) -> Self {
        self.task_ids = ids.clone();
        self
    }

    /// The stack of a task's thread, in bytes. Defaults to that of [`std::thread`].
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack_size = Some(bytes);
        self
    }

    /// Builds the stage; nothing runs yet.
    ///
    /// # Errors
    /// [`StageBuildError`].
    pub fn build(self) -> Result<BarrierStage, StageBuildError> {
        let stage_id = self.stage_id.unwrap_or_else(|| self.coordinator.next_stage_id());
        let plan = Plan {
            coordinator: self.coordinator,
            pool: self.pool,
            stage_id,
            name: self.name.unwrap_or_else(|| format!("barrier stage {stage_id}")),
            first_attempt: self.first_attempt,
            max_attempts: self.max_attempts,
            wait: self.wait,
            abandon_after: self.abandon_after,
            deadline: self.deadline,
            task_type: self.task_type,
            task_ids: self.task_ids,
            poster: self.poster,
            stack_size: self.stack_size,
        };
        plan.check()?;
        Ok(BarrierStage { control: Control::new(stage_id), plan })
    }
}
