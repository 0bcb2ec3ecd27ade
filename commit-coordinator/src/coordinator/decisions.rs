//! What a status page is told of the decisions.

use listener_bus::coordination::{CommitDecisions, CommitStage, CommitsSnapshot};

use super::OutputCommitCoordinator;
use crate::snapshot::{CoordinatorSnapshot, StageSnapshot};

/// A page that has a handle keeps the coordinator alive, as any other handle does. In a flood, the latest denials are not all
/// of them: a thousand are remembered in a quarter of a second, and the others are only counted.
impl CommitDecisions for OutputCommitCoordinator {
    fn commits(&self) -> CommitsSnapshot {
        let CoordinatorSnapshot { stages, counts } = self.snapshot();
        let stages: Vec<_> = stages.iter().map(told).collect();
        let denied = counts.denied.iter().map(|(_, count)| count).sum();
        CommitsSnapshot {
            coordinator: self.name().to_owned(),
            asked: counts.granted + counts.repeated + denied,
            granted: counts.granted,
            repeated: counts.repeated,
            denied,
            denied_by_reason: counts
                .denied
                .iter()
                .map(|(reason, count)| ((*reason).to_owned(), *count))
                .collect(),
            committed: counts.committed,
            failed: counts.failed,
            stages_aborted: counts.stages_aborted,
            held: stages.iter().map(|stage| stage.held).sum(),
            in_doubt: stages.iter().map(|stage| stage.in_doubt).sum(),
            waiting: stages.iter().map(|stage| stage.waiting).sum(),
            stages,
            latest_denials: self.core.latest_denials.newest_first(),
        }
    }
}

fn told(stage: &StageSnapshot) -> CommitStage {
    CommitStage {
        stage_id: stage.stage_id,
        partitions: usize::try_from(stage.max_partition_id.0).unwrap_or_default() + 1,
        held: stage.held,
        in_doubt: stage.unknown,
        waiting: stage.waiting,
        is_aborted: stage.is_aborted,
    }
}
