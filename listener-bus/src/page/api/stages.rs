//! Stages, with as much of their tasks as is asked for.

use std::sync::Arc;

use super::answer::{Answer, json, worked_out};
use super::asked::Asked;
use super::error::ApiError;
use super::quantiles::Quantiles;
use super::query::{Parameters, TaskState, Wanted};
use super::stage::{StageAnswer, TaskBudget};
use crate::status::{ApplicationView, StageStatus, StageView, TaskMetricDistributions};

/// What of a stage attempt is asked for.
struct Parts {
    details: Wanted,
    summaries: Wanted,
    quantiles: Quantiles,
    tasks: Vec<TaskState>,
}

impl Parts {
    fn of(query: &Parameters, details: Wanted) -> Result<Self, ApiError> {
        Ok(Self {
            details: query.one("details")?.unwrap_or(details),
            summaries: query.one("withSummaries")?.unwrap_or(Wanted::No),
            quantiles: query.one("quantiles")?.unwrap_or_else(Quantiles::of_stages),
            tasks: query.all("taskStatus")?,
        })
    }

    fn answer<'s>(
        &self,
        stage: &'s StageView,
        application: &'s ApplicationView,
        budget: &mut TaskBudget,
    ) -> StageAnswer<'s> {
        let mut answer = StageAnswer::of(stage);
        if self.details == Wanted::Yes {
            answer = answer.with_details(application, &self.tasks, budget);
        }
        if self.summaries == Wanted::Yes {
            answer = answer.with_summaries(&self.quantiles.0);
        }
        answer
    }
}

/// The newest one first, as in the History Server.
pub(super) async fn all(asked: Asked) -> Answer {
    let wanted = asked.query.all::<StageStatus>("status")?;
    let parts = Parts::of(&asked.query, Wanted::No)?;
    worked_out(move || {
        let stages = asked.application.stages.values().rev();
        let stages = stages.filter(|stage| wanted.is_empty() || wanted.contains(&stage.data().status));
        answers(stages, &asked.application, &parts)
    })
    .await
}

/// The attempts at a stage, the first one first, as in the History Server.
pub(super) async fn attempts(asked: Asked) -> Answer {
    let parts = Parts::of(&asked.query, Wanted::Yes)?;
    asked.stage()?;
    worked_out(move || answers(asked.stage()?.into_iter(), &asked.application, &parts)).await
}

fn answers<'s>(
    stages: impl Iterator<Item = &'s Arc<StageView>>,
    application: &'s ApplicationView,
    parts: &Parts,
) -> Answer {
    let mut budget = TaskBudget::default();
    json(&stages.map(|stage| parts.answer(stage, application, &mut budget)).collect::<Vec<_>>())
}

pub(super) async fn attempt(asked: Asked) -> Answer {
    let parts = Parts::of(&asked.query, Wanted::Yes)?;
    let stage = Arc::clone(asked.attempt()?);
    worked_out(move || json(&parts.answer(&stage, &asked.application, &mut TaskBudget::default()))).await
}

pub(super) async fn task_summary(asked: Asked) -> Answer {
    let Quantiles(quantiles) = asked.query.one("quantiles")?.unwrap_or_else(Quantiles::of_tasks);
    let stage = Arc::clone(asked.attempt()?);
    worked_out(move || {
        let data = stage.data();
        let summary = TaskMetricDistributions::of(stage.tasks(), &quantiles);
        json(&summary.ok_or(ApiError::NoMetrics { stage: data.stage_id.0, attempt: data.attempt_id.0 })?)
    })
    .await
}
