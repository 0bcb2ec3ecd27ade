//! The executors, and which of them have nothing to do.

use std::collections::BTreeMap;

use super::recent::Recent;
use super::snapshot::IdleExecutor;
use crate::events::ExecutorId;

/// What the driver is called where it runs tasks itself; nobody can remove it.
const DRIVER: &str = "driver";

#[derive(Debug)]
struct Executor {
    running: u64,
    /// When it was last seen with something to do, in milliseconds since the Unix epoch.
    since: i64,
}

/// The executors that are there.
#[derive(Debug, Default)]
pub(super) struct Executors {
    known: BTreeMap<ExecutorId, Executor>,
    removed: Recent<ExecutorId>,
}

impl Executors {
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    pub(super) fn added(&mut self, id: &ExecutorId, at: i64) {
        self.removed.take(id);
        self.known.entry(id.clone()).or_insert(Executor { running: 0, since: at });
    }

    pub(super) fn removed(&mut self, id: &ExecutorId) {
        self.known.remove(id);
        self.removed.add(id.clone());
    }

    /// Whether it was there and has gone: nothing runs on it.
    pub(super) fn is_removed(&self, id: &ExecutorId) -> bool {
        self.removed.contains(id)
    }

    pub(super) fn task_started(&mut self, id: &ExecutorId, at: i64) {
        self.added(id, at);
        if let Some(executor) = self.known.get_mut(id) {
            executor.running += 1;
            executor.since = executor.since.max(at);
        }
    }

    pub(super) fn task_stopped(&mut self, id: &ExecutorId, at: i64) {
        if let Some(executor) = self.known.get_mut(id) {
            executor.running = executor.running.saturating_sub(1);
            executor.since = executor.since.max(at);
        }
    }

    /// Those that run no task, the longest idle first.
    pub(super) fn idle(&self, now: i64) -> Vec<IdleExecutor> {
        let idle = self.known.iter().filter(|(_, executor)| executor.running == 0);
        let idle = idle
            .map(|(id, executor)| IdleExecutor { executor_id: id.clone(), since: executor.since.min(now) });
        let mut idle: Vec<_> = idle.collect();
        idle.sort_by_key(|executor| executor.since);
        idle
    }

    /// Since when the longest idle one has been idle.
    pub(super) fn longest_idle(&self) -> Option<i64> {
        self.known.values().filter(|executor| executor.running == 0).map(|executor| executor.since).min()
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
