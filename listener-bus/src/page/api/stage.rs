//! A stage attempt, as Spark's REST API shows it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::executor_distributions::ExecutorMetricsDistributions;
use super::query::TaskState;
use super::speculation::SpeculationSummary;
use super::task::{TaskData, is_any_of};
use crate::events::ExecutorId;
use crate::status::{
    ApplicationView, ExecutorStageSummary, StageData, StageStatus, StageView, TaskMetricDistributions,
};

/// The task attempts that one answer tells of, whatever the number of stages.
const TASKS: usize = 10_000;

/// How many task attempts an answer has room for.
pub(super) struct TaskBudget(usize);

impl Default for TaskBudget {
    fn default() -> Self {
        Self(TASKS)
    }
}

/// A stage attempt, with what is asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StageAnswer<'s> {
    #[serde(flatten)]
    data: &'s StageData,
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<Tasks<'s>>,
    /// The task attempts that there was no room for. Spark has no such field: it tells of all.
    #[serde(skip_serializing_if = "is_zero")]
    tasks_omitted: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    executor_summary: Option<&'s BTreeMap<ExecutorId, ExecutorStageSummary>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speculation_summary: Option<SpeculationSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_metrics_distributions: Option<TaskMetricDistributions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    executor_metrics_distributions: Option<ExecutorMetricsDistributions>,
    #[serde(skip)]
    view: &'s StageView,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Task attempts by their ids.
struct Tasks<'s>(Vec<TaskData<'s>>);

impl Serialize for Tasks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|task| (task.id(), task)))
    }
}

impl<'s> StageAnswer<'s> {
    pub(super) fn of(view: &'s StageView) -> Self {
        Self {
            data: view.data(),
            tasks: None,
            tasks_omitted: 0,
            executor_summary: None,
            speculation_summary: None,
            task_metrics_distributions: None,
            executor_metrics_distributions: None,
            view,
        }
    }

    /// With its first tasks in these states, as long as there is room, and what each executor did.
    pub(super) fn with_details(
        mut self,
        application: &'s ApplicationView,
        states: &[TaskState],
        budget: &mut TaskBudget,
    ) -> Self {
        let mut wanted = self.view.tasks().filter(|task| is_any_of(task, states));
        let tasks = wanted.by_ref().take(budget.0).map(|task| TaskData::of(task, application));
        let tasks = Tasks(tasks.collect());
        budget.0 -= tasks.0.len();
        self.tasks_omitted = wanted.count();
        self.tasks = Some(tasks);
        self.executor_summary = Some(self.view.executor_summary());
        self.speculation_summary = SpeculationSummary::of(self.view);
        self
    }

    /// With how its costs are distributed; a stage that never ran has none.
    pub(super) fn with_summaries(mut self, quantiles: &[f64]) -> Self {
        if matches!(self.data.status, StageStatus::Pending | StageStatus::Skipped) {
            return self;
        }
        self.task_metrics_distributions = TaskMetricDistributions::of(self.view.tasks(), quantiles);
        let executors = self.view.executor_summary().values();
        self.executor_metrics_distributions = ExecutorMetricsDistributions::of(executors, quantiles);
        self
    }
}
