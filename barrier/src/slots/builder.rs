//! Setting a pool up.

use std::sync::Arc;

use listener_bus::events::ExecutorId;

use super::SlotPool;
use super::error::SlotPoolError;
use super::ledger::Ledger;

/// Sets a [`SlotPool`] up.
#[derive(Clone, Debug)]
#[must_use = "build it"]
pub struct SlotPoolBuilder {
    cpus_per_task: usize,
    executors: Vec<(ExecutorId, Arc<str>, usize)>,
}

impl SlotPoolBuilder {
    pub(super) fn new() -> Self {
        Self { cpus_per_task: 1, executors: Vec::new() }
    }

    /// Adds an executor with so many processor cores.
    pub fn executor(mut self, id: impl Into<ExecutorId>, host: impl Into<Arc<str>>, cores: usize) -> Self {
        self.executors.push((id.into(), host.into(), cores));
        self
    }

    /// How many cores a task takes, as `spark.task.cpus`: an executor has as many slots as that goes into its cores.
    /// Defaults to 1 core.
    pub fn cpus_per_task(mut self, cores: usize) -> Self {
        self.cpus_per_task = cores;
        self
    }

    /// Builds the pool.
    ///
    /// # Errors
    /// [`SlotPoolError`].
    pub fn build(self) -> Result<SlotPool, SlotPoolError> {
        let Self { cpus_per_task, executors } = self;
        if cpus_per_task == 0 {
            return Err(SlotPoolError::NoCpusPerTask);
        }
        let mut ledger = Ledger::default();
        for (executor_id, host, cores) in executors {
            if !ledger.add(executor_id.clone(), host, cores / cpus_per_task) {
                return Err(SlotPoolError::ExecutorExists { executor_id });
            }
        }
        Ok(SlotPool::new(cpus_per_task, ledger))
    }
}
