//! What runs stages, one after another.

use std::sync::Arc;

use anyhow::Context as _;
use barrier::TaskIds;
use commit_coordinator::OutputCommitCoordinator;
use listener_bus::events::{StageInfo, TaskType};

use super::events::{Events, millis};
use super::executors::Executors;
use super::stage_run::StageRun;
use super::task::{Faults, Task};

/// What runs stages, one after another.
pub(crate) struct Driver {
    pub(crate) events: Events,
    pub(crate) coordinator: OutputCommitCoordinator,
    pub(crate) executors: Executors,
    pub(crate) task_ids: TaskIds,
    pub(crate) faults: Arc<Faults>,
}

/// A stage, and what its tasks do.
pub(crate) struct Stage<T> {
    pub(crate) info: StageInfo,
    pub(crate) kind: TaskType,
    pub(crate) work: TaskWork<T>,
}

pub(super) type TaskWork<T> = Arc<dyn Fn(&Task) -> anyhow::Result<T> + Send + Sync>;

impl Driver {
    /// Runs a stage; answers what came of its tasks, by partition.
    pub(crate) fn run<T: Send + 'static>(&mut self, stage: Stage<T>) -> anyhow::Result<Vec<Option<T>>> {
        let (mut info, id) = (stage.info.clone(), stage.info.stage_id);
        self.coordinator.stage_start(id, info.number_of_tasks - 1)?;
        info.submission_time = Some(millis());
        self.events.stage_submitted(&info);
        let outcome = StageRun::new(self, stage).run();
        self.coordinator.stage_end(id);
        info.completion_time = Some(millis());
        info.failure_reason = outcome.as_ref().err().map(|error| format!("{error:#}"));
        let name = info.stage_name.clone();
        self.events.stage_completed(info);
        outcome.with_context(|| format!("stage {id}, {name}, has failed"))
    }

    /// Adds an executor with so many slots.
    pub(crate) fn add_executor(&mut self, slots: usize) -> anyhow::Result<()> {
        let id = self.executors.add(slots).context("cannot start the threads of an executor")?;
        self.events.executor_added(id, slots);
        Ok(())
    }
}
