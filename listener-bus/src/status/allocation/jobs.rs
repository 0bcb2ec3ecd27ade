//! The jobs that run, and which stages they need.

use std::collections::BTreeMap;

use crate::events::{JobId, StageId};

/// How many jobs are known at once. A job whose end was lost would be known for ever.
const MAX_JOBS: usize = 1_024;
/// How many stages they name together.
const MAX_STAGES: usize = 1 << 20;

/// The jobs that run.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    stages: BTreeMap<JobId, Vec<StageId>>,
    /// By how many jobs each stage is needed.
    needed: BTreeMap<StageId, usize>,
    /// How many stages all jobs name.
    named: usize,
}

impl Jobs {
    /// Takes a job in. When there are too many, the lowest ids go first: they began first.
    pub(super) fn started(&mut self, job: JobId, stages: &[StageId]) {
        self.ended(job);
        let mut stages = stages.to_vec();
        stages.sort_unstable();
        stages.dedup();
        for stage in &stages {
            let jobs = self.needed.entry(*stage).or_default();
            *jobs = jobs.saturating_add(1);
        }
        self.named = self.named.saturating_add(stages.len());
        self.stages.insert(job, stages);
        while self.stages.len() > MAX_JOBS || self.named > MAX_STAGES {
            let Some((_, stages)) = self.stages.pop_first() else { return };
            self.release(stages);
        }
    }

    /// Forgets a job; answers which stages no other job needs.
    pub(super) fn ended(&mut self, job: JobId) -> Vec<StageId> {
        self.stages.remove(&job).map(|stages| self.release(stages)).unwrap_or_default()
    }

    fn release(&mut self, mut stages: Vec<StageId>) -> Vec<StageId> {
        self.named = self.named.saturating_sub(stages.len());
        stages.retain(|stage| {
            let Some(jobs) = self.needed.get_mut(stage) else { return true };
            *jobs = jobs.saturating_sub(1);
            let unneeded = *jobs == 0;
            if unneeded {
                self.needed.remove(stage);
            }
            unneeded
        });
        stages
    }
}
