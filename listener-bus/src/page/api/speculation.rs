//! The second copies of slow tasks, as Spark's REST API shows them.

use serde::Serialize;

use super::query::TaskState;
use crate::status::StageView;

/// How many copies there are; the JSON is that of Spark's REST API.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "Spark's names")]
pub(super) struct SpeculationSummary {
    num_tasks: i64,
    num_active_tasks: i64,
    num_completed_tasks: i64,
    num_failed_tasks: i64,
    num_killed_tasks: i64,
}

impl SpeculationSummary {
    /// Of the tasks that are kept; `None` if none is a copy.
    pub(super) fn of(stage: &StageView) -> Option<Self> {
        let mut summary = Self::default();
        for task in stage.tasks().filter(|task| task.speculative) {
            summary.num_tasks += 1;
            match task.status.into() {
                TaskState::Running => summary.num_active_tasks += 1,
                TaskState::Success => summary.num_completed_tasks += 1,
                TaskState::Failed => summary.num_failed_tasks += 1,
                TaskState::Killed => summary.num_killed_tasks += 1,
                TaskState::Unknown => {}
            }
        }
        (summary.num_tasks > 0).then_some(summary)
    }
}
