//! How a stage is set up.

use std::time::Duration;

use listener_bus::events::{StageAttemptId, StageId, TaskType};
use listener_bus::{Poster, SchedulerEvent};

use super::error::StageBuildError;
use super::task_ids::TaskIds;
use crate::coordinator::BarrierCoordinator;
use crate::slots::{SlotPool, SlotWait};
use crate::task::StageAttempt;

/// All that is known of a stage before it runs.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) coordinator: BarrierCoordinator,
    pub(crate) pool: SlotPool,
    pub(crate) stage_id: StageId,
    pub(crate) name: String,
    pub(crate) first_attempt: StageAttemptId,
    pub(crate) max_attempts: u32,
    pub(crate) wait: SlotWait,
    pub(crate) abandon_after: Duration,
    pub(crate) deadline: Option<Duration>,
    pub(crate) task_type: TaskType,
    pub(crate) task_ids: TaskIds,
    pub(crate) poster: Option<Poster<SchedulerEvent>>,
    pub(crate) stack_size: Option<usize>,
}

impl Plan {
    /// The attempt after so many others.
    pub(crate) fn attempt(&self, before: u32) -> StageAttempt {
        let number = self.first_attempt.0.saturating_add_unsigned(before);
        StageAttempt { stage_id: self.stage_id, attempt_id: StageAttemptId(number) }
    }

    /// How many attempts have been made with this one.
    pub(crate) fn attempts_with(&self, attempt: StageAttempt) -> u32 {
        attempt.attempt_id.0.abs_diff(self.first_attempt.0).saturating_add(1)
    }

    pub(crate) fn check(&self) -> Result<(), StageBuildError> {
        let (stage_id, first_attempt, max_attempts) = (self.stage_id, self.first_attempt, self.max_attempts);
        if max_attempts == 0 {
            return Err(StageBuildError::Zero { stage_id, setting: "max_attempts" });
        }
        if self.deadline == Some(Duration::ZERO) {
            return Err(StageBuildError::Zero { stage_id, setting: "deadline" });
        }
        if stage_id.0 < 0 {
            return Err(StageBuildError::Negative { stage_id, setting: "stage_id" });
        }
        if first_attempt.0 < 0 {
            return Err(StageBuildError::Negative { stage_id, setting: "first_attempt" });
        }
        if first_attempt.0.checked_add_unsigned(max_attempts - 1).is_none() {
            return Err(StageBuildError::TooManyAttempts { stage_id, first_attempt, max_attempts });
        }
        Ok(())
    }
}
