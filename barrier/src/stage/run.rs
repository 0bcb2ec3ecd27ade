//! One stage from its first wait for slots to its result: attempt after attempt.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use super::attempt_run::{AttemptRun, Failed, Retry};
use super::crew::Crew;
use super::error::StageError;
use super::events::Announcer;
use super::handle::{Control, Wish};
use super::plan::Plan;
use crate::pace::{Pace, after, within};
use crate::slots::SlotGrant;

/// A stage that runs. Dropped, it is over.
pub(crate) struct StageRun<'s, P> {
    plan: &'s Plan,
    control: &'s Control,
    pace: &'s P,
    deadline: Option<Instant>,
}

impl<P> Drop for StageRun<'_, P> {
    fn drop(&mut self) {
        self.control.over();
    }
}

impl<'s, P: Pace> StageRun<'s, P> {
    pub(crate) fn new(plan: &'s Plan, control: &'s Control, pace: &'s P) -> Self {
        Self { plan, control, pace, deadline: plan.deadline.and_then(after) }
    }

    /// Runs `num_tasks` tasks to success, or to the last failure; answers the results by partition.
    pub(crate) async fn run<T, C: Crew<T>>(self, num_tasks: usize, crew: &C) -> Result<Vec<T>, StageError> {
        let mut before = 0;
        loop {
            let grant = self.slots(num_tasks).await?;
            let id = self.plan.attempt(before);
            let announcer = Announcer { plan: self.plan, id, num_tasks, post: P::POST };
            let (attempt, jobs) = AttemptRun::set_up(self.control, announcer, grant)?;
            let Failed { error, retry } = match attempt.run(self.pace, crew, jobs, self.deadline).await {
                Ok(results) => return Ok(results),
                Err(failed) => failed,
            };
            before += 1;
            if retry == Retry::IsNoUse || before >= self.plan.max_attempts {
                return Err(error);
            }
            tracing::warn!(
                stage = id.stage_id.0,
                stage_attempt = id.attempt_id.0,
                "a stage attempt has failed, and is made again: {error}"
            );
        }
    }

    /// Waits for all slots, unless the stage is aborted or its time is up.
    async fn slots(&self, needed: usize) -> Result<SlotGrant, StageError> {
        let stage_id = self.plan.stage_id;
        let mut slots = pin!(self.plan.pool.acquire_at(self.pace, needed, self.plan.wait));
        let slots = poll_fn(|context| {
            if let Poll::Ready(Wish::Abort(reason)) = self.control.poll_wish(context) {
                return Poll::Ready(Err(StageError::Aborted { stage_id, reason }));
            }
            slots.as_mut().poll(context).map_err(|error| StageError::of_slots(stage_id, &error))
        });
        let too_late = || {
            let deadline = self.plan.deadline.unwrap_or_default();
            Err(StageError::DeadlineExceeded { stage_id, deadline })
        };
        within(self.pace, self.deadline, slots).await.unwrap_or_else(too_late)
    }
}
