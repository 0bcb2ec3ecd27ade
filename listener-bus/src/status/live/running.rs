//! The task attempts that are not known to be over.

use rustc_hash::FxHashMap;

use super::StageKey;
use crate::events::{ExecutorId, TaskId};
use crate::status::tasks::RowPlace;

/// A task attempt that is not known to be over.
#[derive(Clone, Debug)]
pub(super) struct RunningTask {
    pub(super) stage: StageKey,
    pub(super) place: RowPlace,
    pub(super) executor: ExecutorId,
}

/// Whether it is known that an attempt runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    Certain,
    /// Its end may have been dropped.
    Doubted,
}

#[derive(Debug, Default)]
pub(super) struct RunningTasks {
    certain: FxHashMap<TaskId, RunningTask>,
    doubted: FxHashMap<TaskId, RunningTask>,
}

impl RunningTasks {
    pub(super) fn len(&self) -> usize {
        self.certain.len()
    }

    pub(super) fn has(&self, id: TaskId) -> bool {
        self.certain.contains_key(&id) || self.doubted.contains_key(&id)
    }

    pub(super) fn begin(&mut self, id: TaskId, task: RunningTask) {
        self.certain.insert(id, task);
    }

    pub(super) fn get(&self, id: TaskId) -> Option<&RunningTask> {
        self.certain.get(&id).or_else(|| self.doubted.get(&id))
    }

    /// Takes an attempt at this stage attempt out, for it is over.
    pub(super) fn end(&mut self, id: TaskId, stage: StageKey) -> Option<(RunningTask, Certainty)> {
        if self.get(id)?.stage != stage {
            return None;
        }
        let certain = self.certain.remove(&id).map(|task| (task, Certainty::Certain));
        certain.or_else(|| self.doubted.remove(&id).map(|task| (task, Certainty::Doubted)))
    }

    /// It runs after all. Gives it if that is news.
    pub(super) fn revive(&mut self, id: TaskId) -> Option<RunningTask> {
        let task = self.doubted.remove(&id)?;
        self.certain.insert(id, task.clone());
        Some(task)
    }

    /// Nothing is certain any more. Gives what was until now. Beyond `limit`, what was doubted before is forgotten.
    pub(super) fn doubt(&mut self, limit: usize) -> Vec<RunningTask> {
        if self.doubted.len() > limit {
            self.doubted.clear();
        }
        let was_certain: Vec<_> = self.certain.values().cloned().collect();
        self.doubted.extend(self.certain.drain());
        was_certain
    }

    /// A row that says that the attempt may be over was given up.
    pub(super) fn forget(&mut self, id: TaskId) {
        self.doubted.remove(&id);
    }

    pub(super) fn forget_stage(&mut self, stage: StageKey) {
        self.certain.retain(|_, task| task.stage != stage);
        self.doubted.retain(|_, task| task.stage != stage);
    }
}
