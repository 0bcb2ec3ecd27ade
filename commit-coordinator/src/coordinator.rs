//! The one who decides which attempt commits a partition.

mod builder;
mod core;
mod decisions;
mod wait;

use std::fmt;
use std::sync::Arc;

use listener_bus::events::{PartitionId, StageId, TaskEndReason};

pub(crate) use self::core::Core;
use crate::completion::Completion;
use crate::snapshot::CoordinatorSnapshot;
use crate::task::TaskAttempt;
use crate::verdict::{StageStartError, Verdict};

pub use builder::{BuildError, OutputCommitCoordinatorBuilder};

/// Decides which attempt may commit a partition's output: the first that asks, until it fails; as Spark's
/// `OutputCommitCoordinator`.
///
/// A cheap handle. All decisions are direct calls: none depends on a bus, on a thread, or on the order in which messages
/// arrive.
#[derive(Clone)]
pub struct OutputCommitCoordinator {
    core: Arc<Core>,
}

impl fmt::Debug for OutputCommitCoordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputCommitCoordinator").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl OutputCommitCoordinator {
    /// Sets a coordinator up.
    pub fn builder() -> OutputCommitCoordinatorBuilder {
        OutputCommitCoordinatorBuilder::default()
    }

    /// The coordinator's name: the `coordinator` label in metrics.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// A stage begins, with the partitions from 0 to `max_partition_id`. One that has begun, with as many partitions, keeps
    /// its state: it lasts over the stage's attempts. Answers whether the stage is new.
    ///
    /// # Errors
    /// [`StageStartError`]; what was there before stays as it was.
    pub fn stage_start(
        &self,
        stage: impl Into<StageId>,
        max_partition_id: impl Into<PartitionId>,
    ) -> Result<bool, StageStartError> {
        self.core.stage_start(stage.into(), max_partition_id.into())
    }

    /// A stage is over and will not be tried again. Whoever asks, or waits, is denied from now on. Answers whether there
    /// was such a stage.
    pub fn stage_end(&self, stage: impl Into<StageId>) -> bool {
        self.core.stage_end(stage.into())
    }

    /// Whether an attempt may commit. Whoever asks first is granted a permit; the others are denied while it is held, and
    /// when it has been used. The attempt that was granted it may ask again and gets the same answer.
    pub fn can_commit(&self, task: TaskAttempt) -> Verdict {
        self.core.decide(&task)
    }

    /// An attempt has ended. What that means for the partition follows from `reason` alone:
    ///
    /// * success: the attempt has committed what it was granted;
    /// * an exception, a kill, a failed fetch: it has not, and the partition is free again;
    /// * a lost executor or result, or a reason nobody knows: it may have, see
    ///   [`unknown_outcome`](OutputCommitCoordinatorBuilder::unknown_outcome);
    /// * a denied commit: it has ended without one, which is no failure;
    /// * resubmission: what it had committed is gone, and the partition is free again.
    ///
    /// An attempt that has failed is remembered and denied for good, also if it has not asked yet. Reports that are
    /// repeated, or that come in another order than they were sent, do no harm.
    pub fn task_completed(&self, task: TaskAttempt, reason: &TaskEndReason) -> Completion {
        self.core.task_completed(task, reason)
    }

    /// Ends all stages: every request is denied from now on, and none can be started. May be called again.
    pub fn stop(&self) {
        self.core.stop();
    }

    /// Whether there is no stage.
    pub fn is_empty(&self) -> bool {
        self.core.registry.is_empty()
    }

    /// Whether there is such a stage.
    pub(crate) fn has_stage(&self, stage: StageId) -> bool {
        self.core.registry.contains(stage)
    }

    /// What the coordinator has and has counted.
    pub fn snapshot(&self) -> CoordinatorSnapshot {
        self.core.snapshot()
    }
}
