//! The executors, and which of them have nothing to do.

use std::collections::{BTreeMap, BTreeSet};

use super::recent::Recent;
use super::snapshot::IdleExecutor;
use crate::events::{ExecutorId, TaskId};

/// What the driver is called where it runs tasks itself; nobody can remove it.
const DRIVER: &str = "driver";

/// How many executors are known at once. One whose removal was lost would be known for ever.
const MAX_EXECUTORS: usize = 16_384;

#[derive(Debug)]
struct Executor {
    running: BTreeSet<TaskId>,
    /// Grows each time something is told of one of them.
    number: u64,
    /// When it was last seen with something to do, in milliseconds since the Unix epoch.
    since: i64,
}

/// The executors that are there.
#[derive(Debug, Default)]
pub(super) struct Executors {
    known: BTreeMap<ExecutorId, Executor>,
    /// By their numbers.
    order: BTreeMap<u64, ExecutorId>,
    told: u64,
    removed: Recent<ExecutorId>,
}

impl Executors {
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    pub(super) fn added(&mut self, id: &ExecutorId, at: i64) {
        self.removed.take(id);
        self.known.entry(id.clone()).or_insert(Executor { running: BTreeSet::new(), number: 0, since: at });
        self.touch(id);
    }

    /// Answers which tasks ran on it.
    pub(super) fn removed(&mut self, id: &ExecutorId) -> BTreeSet<TaskId> {
        self.removed.add(id.clone());
        self.forget(id)
    }

    /// Answers which tasks ran on it.
    pub(super) fn forget(&mut self, id: &ExecutorId) -> BTreeSet<TaskId> {
        let Some(executor) = self.known.remove(id) else { return BTreeSet::new() };
        self.order.remove(&executor.number);
        executor.running
    }

    /// The one that nothing has been told of for longest, if there are too many.
    pub(super) fn surplus(&self) -> Option<ExecutorId> {
        self.order.values().next().filter(|_| self.known.len() > MAX_EXECUTORS).cloned()
    }

    fn touch(&mut self, id: &ExecutorId) {
        let Some(executor) = self.known.get_mut(id) else { return };
        self.told = self.told.saturating_add(1);
        self.order.remove(&executor.number);
        executor.number = self.told;
        self.order.insert(self.told, id.clone());
    }

    /// Whether it was there and has gone: nothing runs on it.
    pub(super) fn is_removed(&self, id: &ExecutorId) -> bool {
        self.removed.contains(id)
    }

    pub(super) fn task_started(&mut self, id: &ExecutorId, task: TaskId, at: i64) {
        self.added(id, at);
        if let Some(executor) = self.known.get_mut(id) {
            executor.running.insert(task);
            executor.since = executor.since.max(at);
        }
    }

    pub(super) fn task_stopped(&mut self, id: &ExecutorId, task: TaskId, at: i64) {
        if let Some(executor) = self.known.get_mut(id) {
            executor.running.remove(&task);
            executor.since = executor.since.max(at);
        }
        self.touch(id);
    }

    /// Those that run no task, the longest idle first.
    pub(super) fn idle(&self, now: i64) -> Vec<IdleExecutor> {
        let idle = self.known.iter().filter(|(_, executor)| executor.running.is_empty());
        let idle = idle
            .map(|(id, executor)| IdleExecutor { executor_id: id.clone(), since: executor.since.min(now) });
        let mut idle: Vec<_> = idle.collect();
        idle.sort_by_key(|executor| executor.since);
        idle
    }

    /// Since when the longest idle one has been idle.
    pub(super) fn longest_idle(&self) -> Option<i64> {
        self.known
            .values()
            .filter(|executor| executor.running.is_empty())
            .map(|executor| executor.since)
            .min()
    }

    /// Brings times that are ahead of `now` back: the clock was set back, or an event has an odd one.
    pub(super) fn heal(&mut self, now: i64) {
        for executor in self.known.values_mut() {
            executor.since = executor.since.min(now);
        }
    }
}

impl IdleExecutor {
    pub(super) fn is_driver(&self) -> bool {
        self.executor_id.as_str() == DRIVER
    }
}
