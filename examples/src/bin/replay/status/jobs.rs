//! Jobs by outcome.

use std::collections::BTreeMap;

use listener_bus::events::{JobId, JobResult, StageId};
use serde::Serialize;

/// Jobs by outcome.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// The running ones, with the stages they may need.
    running: BTreeMap<JobId, Vec<StageId>>,
    counts: JobCounts,
}

/// How many jobs had which outcome; `running` are those whose end is not in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct JobCounts {
    pub(crate) total: u64,
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    pub(crate) running: u64,
}

impl Jobs {
    pub(crate) fn counts(&self) -> JobCounts {
        let mut counts = self.counts;
        counts.running += self.running.len() as u64;
        counts.total = counts.succeeded + counts.failed + counts.running;
        counts
    }

    pub(super) fn begin_application(&mut self) {
        self.counts.running += self.running.len() as u64;
        self.running.clear();
    }

    pub(super) fn start(&mut self, job: JobId, stages: &[StageId]) {
        self.running.insert(job, stages.to_vec());
    }

    /// Gives the stages that the job might have needed.
    pub(super) fn end(&mut self, job: JobId, result: &JobResult) -> Vec<StageId> {
        if result.is_success() {
            self.counts.succeeded += 1;
        } else {
            self.counts.failed += 1;
        }
        self.running.remove(&job).unwrap_or_default()
    }
}
