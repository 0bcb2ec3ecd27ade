//! Stages by outcome.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use listener_bus::events::{StageAttemptId, StageId, StageInfo};
use serde::Serialize;

/// Stages by outcome: each attempt counts, and so does each stage that had none.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    attempts: BTreeMap<(StageId, StageAttemptId), Attempt>,
    /// Stages that a job may need and that had no attempt.
    unsubmitted: BTreeMap<StageId, Unsubmitted>,
    /// Those of earlier applications.
    earlier: StageCounts,
}

/// Where a stage attempt is.
#[derive(Clone, Copy, Debug)]
enum Attempt {
    /// Submitted, and not completed.
    Running,
    /// It did its work.
    Completed,
    /// It was given up.
    Failed,
}

/// Where a stage without attempts is.
#[derive(Clone, Copy, Debug)]
enum Unsubmitted {
    /// A running job may need it.
    Waiting,
    /// The job has ended without it, in most cases because its output was there already.
    Skipped,
}

/// How many stage attempts had which outcome, and how many stages were skipped. `running` are those whose end is not in
/// the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct StageCounts {
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    pub(crate) running: u64,
}

impl Stages {
    pub(crate) fn counts(&self) -> StageCounts {
        let mut counts = self.earlier;
        for attempt in self.attempts.values() {
            match attempt {
                Attempt::Running => counts.running += 1,
                Attempt::Completed => counts.completed += 1,
                Attempt::Failed => counts.failed += 1,
            }
        }
        let skipped = self.unsubmitted.values().filter(|stage| matches!(stage, Unsubmitted::Skipped));
        counts.skipped += skipped.count() as u64;
        counts
    }

    pub(super) fn begin_application(&mut self) {
        self.earlier = self.counts();
        self.attempts.clear();
        self.unsubmitted.clear();
    }

    /// A job that may need these stages has started.
    pub(super) fn expect(&mut self, stages: &[StageId]) {
        for stage in stages {
            if !self.has_attempts(*stage) {
                self.unsubmitted.insert(*stage, Unsubmitted::Waiting);
            }
        }
    }

    /// A job that might have needed these stages has ended.
    pub(super) fn skip_unsubmitted(&mut self, stages: &[StageId]) {
        for stage in stages {
            if let Entry::Occupied(mut waiting) = self.unsubmitted.entry(*stage) {
                waiting.insert(Unsubmitted::Skipped);
            }
        }
    }

    pub(super) fn submit(&mut self, info: &StageInfo) {
        self.set(info, Attempt::Running);
    }

    /// One attempt can be reported as completed twice; the last report counts.
    pub(super) fn complete(&mut self, info: &StageInfo) {
        let outcome = if info.failure_reason.is_some() { Attempt::Failed } else { Attempt::Completed };
        self.set(info, outcome);
    }

    fn set(&mut self, info: &StageInfo, attempt: Attempt) {
        self.unsubmitted.remove(&info.stage_id);
        self.attempts.insert((info.stage_id, info.stage_attempt_id), attempt);
    }

    fn has_attempts(&self, stage: StageId) -> bool {
        let all = (stage, StageAttemptId(i32::MIN))..=(stage, StageAttemptId(i32::MAX));
        self.attempts.range(all).next().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(stage: i32, attempt: i32) -> StageInfo {
        StageInfo {
            stage_id: StageId(stage),
            stage_attempt_id: StageAttemptId(attempt),
            ..Default::default()
        }
    }

    fn failed(info: StageInfo) -> StageInfo {
        StageInfo { failure_reason: Some("fetch failed".to_owned()), ..info }
    }

    #[test]
    fn each_attempt_counts_once_however_often_its_end_is_told() {
        let mut stages = Stages::default();
        stages.submit(&attempt(0, 0));
        stages.complete(&failed(attempt(0, 0)));
        stages.complete(&failed(attempt(0, 0)));
        stages.submit(&attempt(0, 1));
        stages.complete(&attempt(0, 1));
        stages.submit(&attempt(1, 0));
        assert_eq!(stages.counts(), StageCounts { completed: 1, failed: 1, skipped: 0, running: 1 });
    }

    #[test]
    fn a_stage_is_skipped_when_its_job_ends_without_it() {
        let mut stages = Stages::default();
        let of_job = [StageId(1), StageId(2), StageId(3)];
        stages.expect(&of_job);
        stages.submit(&attempt(2, 1));
        assert_eq!(stages.counts().skipped, 0);
        stages.skip_unsubmitted(&of_job);
        assert_eq!(stages.counts().skipped, 2);
        stages.submit(&attempt(3, 0));
        assert_eq!(stages.counts().skipped, 1, "another job needed it after all");
        stages.expect(&of_job);
        stages.skip_unsubmitted(&of_job);
        assert_eq!(stages.counts().skipped, 1, "each stage counts once");
    }

    #[test]
    fn the_stages_of_an_earlier_application_stay_counted() {
        let mut stages = Stages::default();
        stages.submit(&attempt(0, 0));
        stages.begin_application();
        stages.submit(&attempt(0, 0));
        stages.complete(&attempt(0, 0));
        assert_eq!(stages.counts(), StageCounts { completed: 1, failed: 0, skipped: 0, running: 1 });
    }
}
