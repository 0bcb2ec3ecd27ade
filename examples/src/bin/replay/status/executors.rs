//! Executors that came and went.

use std::collections::BTreeSet;

use listener_bus::events::ExecutorId;
use serde::Serialize;

/// Executors that came and went.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Executors {
    pub(crate) added: u64,
    pub(crate) removed: u64,
    /// The most that one application had at once.
    pub(crate) peak: usize,
    #[serde(skip)]
    alive: BTreeSet<ExecutorId>,
}

impl Executors {
    pub(super) fn begin_application(&mut self) {
        self.alive.clear();
    }

    pub(super) fn add(&mut self, executor: &ExecutorId) {
        self.added += 1;
        self.alive.insert(executor.clone());
        self.peak = self.peak.max(self.alive.len());
    }

    pub(super) fn remove(&mut self, executor: &ExecutorId) {
        self.removed += 1;
        self.alive.remove(executor);
    }
}
