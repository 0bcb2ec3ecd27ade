//! Counts executors, and gets over what its queue has dropped.
//!
//! A listener that only adds and subtracts is wrong for ever after one lost event. This one is told of each gap by
//! `on_gap`, doubts from then on what it believes, and settles the doubts with whatever comes later: an executor that
//! starts a task, sends a heartbeat or registers its block manager is alive, whether or not its arrival was seen.
//!
//! Here the arrivals and removals themselves are rarely lost: they are critical events, for which every queue keeps
//! places in reserve.

use std::collections::BTreeSet;

use listener_bus::events::{
    BlockManagerAdded, ExecutorAdded, ExecutorId, ExecutorMetricsUpdate, ExecutorRemoved, LogStart, TaskStart,
};
use listener_bus::{Gap, SchedulerListener};

/// The name under which the driver has a block manager and sends heartbeats, without being an executor.
const DRIVER: &str = "driver";

/// Counts the executors that are alive.
#[derive(Debug, Default)]
pub(crate) struct ExecutorCount {
    alive: BTreeSet<ExecutorId>,
    /// Those alive of which nothing has been heard since the last gap: they may have gone in it.
    doubtful: BTreeSet<ExecutorId>,
    /// Those removed; an executor does not come back under its name, but late events about it do come.
    removed: BTreeSet<ExecutorId>,
    peak: usize,
    gaps: u64,
    events_missed: u64,
    found: u64,
}

impl SchedulerListener for ExecutorCount {
    fn on_gap(&mut self, gap: &Gap) {
        if self.gaps == 0 {
            tracing::warn!(%gap, "the executor count is in doubt until each executor is heard of again");
        } else {
            tracing::debug!(%gap, "the executor count is in doubt again");
        }
        self.gaps += 1;
        self.events_missed += gap.events();
        self.doubtful.clone_from(&self.alive);
    }

    fn on_executor_added(&mut self, event: &ExecutorAdded) {
        self.insert(&event.executor_id);
    }

    fn on_executor_removed(&mut self, event: &ExecutorRemoved) {
        self.alive.remove(&event.executor_id);
        self.settle(&event.executor_id);
        self.removed.insert(event.executor_id.clone());
    }

    fn on_task_start(&mut self, event: &TaskStart) {
        self.heard_of(&event.task_info.executor_id);
    }

    fn on_executor_metrics_update(&mut self, event: &ExecutorMetricsUpdate) {
        self.heard_of_unless_driver(&event.executor_id);
    }

    fn on_block_manager_added(&mut self, event: &BlockManagerAdded) {
        self.heard_of_unless_driver(&event.block_manager_id.executor_id);
    }

    /// Another application begins, with executors of its own.
    fn on_log_start(&mut self, _: &LogStart) {
        self.alive.clear();
        self.doubtful.clear();
        self.removed.clear();
    }
}

impl ExecutorCount {
    /// Executors alive, as far as is known.
    pub(crate) fn alive(&self) -> usize {
        self.alive.len()
    }

    /// How many of those have not been heard of since the last gap; with none the count can be trusted again.
    pub(crate) fn doubtful(&self) -> usize {
        self.doubtful.len()
    }

    /// The most executors that were alive at once.
    pub(crate) fn peak(&self) -> usize {
        self.peak
    }

    /// Runs of dropped events.
    pub(crate) fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Events that were dropped.
    pub(crate) fn events_missed(&self) -> u64 {
        self.events_missed
    }

    /// Executors whose arrival was not seen, and that were counted when they were heard of.
    pub(crate) fn found(&self) -> u64 {
        self.found
    }

    fn heard_of_unless_driver(&mut self, executor: &ExecutorId) {
        if executor.as_str() != DRIVER {
            self.heard_of(executor);
        }
    }

    fn heard_of(&mut self, executor: &ExecutorId) {
        if self.removed.contains(executor) {
            return;
        }
        if self.alive.contains(executor) {
            self.settle(executor);
        } else {
            self.insert(executor);
            self.found += 1;
        }
    }

    fn insert(&mut self, executor: &ExecutorId) {
        self.alive.insert(executor.clone());
        self.peak = self.peak.max(self.alive.len());
        self.settle(executor);
    }

    /// This executor is not in doubt any more.
    fn settle(&mut self, executor: &ExecutorId) {
        if self.doubtful.remove(executor) && self.doubtful.is_empty() {
            tracing::info!(alive = self.alive.len(), "the executor count is certain again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use listener_bus::events::{BlockManagerId, TaskInfo};

    fn added(id: &str) -> ExecutorAdded {
        ExecutorAdded { executor_id: id.into(), ..Default::default() }
    }

    fn removed(id: &str) -> ExecutorRemoved {
        ExecutorRemoved { executor_id: id.into(), ..Default::default() }
    }

    fn task_start(id: &str) -> TaskStart {
        let task_info = TaskInfo { executor_id: id.into(), ..Default::default() };
        TaskStart { task_info, ..Default::default() }
    }

    fn gap() -> Gap {
        Gap { first: 10, last: 12 }
    }

    #[test]
    fn without_a_gap_it_adds_and_subtracts() {
        let mut count = ExecutorCount::default();
        count.on_executor_added(&added("1"));
        count.on_executor_added(&added("2"));
        count.on_executor_removed(&removed("1"));
        count.on_task_start(&task_start("1"));
        assert_eq!((count.alive(), count.peak(), count.doubtful(), count.found()), (1, 2, 0, 0));
    }

    #[test]
    fn after_a_gap_each_executor_is_doubtful_until_it_is_heard_of_or_removed() {
        let mut count = ExecutorCount::default();
        for id in ["1", "2", "3"] {
            count.on_executor_added(&added(id));
        }
        count.on_gap(&gap());
        assert_eq!((count.alive(), count.doubtful(), count.events_missed()), (3, 3, 3));
        count.on_task_start(&task_start("1"));
        count.on_executor_removed(&removed("2"));
        assert_eq!((count.alive(), count.doubtful()), (2, 1));
        let heartbeat = ExecutorMetricsUpdate { executor_id: "3".into(), ..Default::default() };
        count.on_executor_metrics_update(&heartbeat);
        assert_eq!((count.alive(), count.doubtful(), count.found()), (2, 0, 0));
    }

    #[test]
    fn an_executor_whose_arrival_was_dropped_is_found_when_it_does_something() {
        let mut count = ExecutorCount::default();
        count.on_gap(&gap());
        count.on_task_start(&task_start("7"));
        count.on_task_start(&task_start("7"));
        assert_eq!((count.alive(), count.found(), count.doubtful()), (1, 1, 0));
    }

    #[test]
    fn the_driver_is_no_executor_because_of_its_block_manager() {
        let mut count = ExecutorCount::default();
        let block_manager_id = BlockManagerId { executor_id: DRIVER.into(), ..Default::default() };
        count.on_block_manager_added(&BlockManagerAdded { block_manager_id, ..Default::default() });
        assert_eq!(count.alive(), 0);
        count.on_executor_added(&added(DRIVER));
        assert_eq!(count.alive(), 1, "in local mode it is one");
    }

    #[test]
    fn the_next_application_starts_with_none() {
        let mut count = ExecutorCount::default();
        count.on_executor_added(&added("1"));
        count.on_executor_removed(&removed("1"));
        count.on_executor_added(&added("2"));
        count.on_log_start(&LogStart::default());
        count.on_task_start(&task_start("1"));
        assert_eq!(count.alive(), 1);
    }
}
