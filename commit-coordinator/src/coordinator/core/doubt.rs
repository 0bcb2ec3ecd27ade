//! What is done about holders that are lost, or late.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use listener_bus::events::PartitionId;

use super::Core;
use crate::announce::CommitEvent;
use crate::claims::{Completed, Hold};
use crate::completion::AfterDoubt;
use crate::permit::CommitPermit;
use crate::policy::{Resolution, UnknownOutcome};
use crate::resolving::Question;
use crate::stage::Stage;
use crate::stage_aborted::StageAborted;
use crate::task::TaskAttempt;

impl Core {
    /// Somebody who held a partition will not tell whether it has committed.
    pub(super) fn doubt(&self, stage: Option<Arc<Stage>>, permit: CommitPermit) -> AfterDoubt {
        let task = permit.task();
        tracing::warn!(%task, token = %permit.token(), "the holder of a partition is lost: it may have committed");
        self.announce(|| CommitEvent::OutcomeUnknown(permit));
        match (&self.settings.unknown_outcome, &self.questions, stage) {
            (UnknownOutcome::Regrant, _, _) => AfterDoubt::Regranted,
            (UnknownOutcome::Resolve(_), Some(questions), Some(stage)) => {
                // It fails only if the resolver's thread is gone, which ends with the coordinator.
                drop(questions.send(Question { stage, permit }));
                AfterDoubt::Resolving
            }
            (_, _, stage) => {
                if let Some(stage) = stage {
                    self.abort(&stage, &permit);
                }
                AfterDoubt::StageAborted
            }
        }
    }

    fn abort(&self, stage: &Stage, permit: &CommitPermit) {
        let aborted = StageAborted::by(permit);
        if !stage.abort(&aborted.denial()) {
            return;
        }
        let StageAborted { stage_id, partition_id, holder, token } = aborted;
        self.notice();
        tracing::error!(
            %stage_id, %partition_id, %holder, %token,
            "a stage was aborted: nobody can tell whether a partition of it has been committed"
        );
        self.announce(|| CommitEvent::StageAborted(aborted));
        if let Some(tell) = &self.settings.on_stage_aborted {
            tell(&aborted);
        }
    }

    /// Takes in what the resolver has found.
    pub(crate) fn resolved(&self, question: &Question, found: Resolution) {
        let Question { stage, permit } = question;
        let task = permit.task();
        let Some(place) = stage.place(task.partition_id) else { return };
        let Some(completed) = stage.resolve(place, permit.token(), found) else { return };
        tracing::info!(%task, token = %permit.token(), ?found, "the outcome of a lost holder was looked up");
        self.notice();
        if let Completed::Doubtful(_) = completed {
            self.abort(stage, permit);
        }
    }

    /// Ends the leases that have ended by `now`; answers when the next one does.
    pub(crate) fn expire(&self, now: Instant) -> Option<Instant> {
        self.settings.lease?;
        let stages = self.registry.stages();
        for stage in &stages {
            for (partition, hold) in stage.expire(self.since_base(now), self.in_doubt()) {
                self.expired(stage, partition, hold);
            }
        }
        let next = stages.iter().filter_map(|stage| stage.next_lease()).min()?;
        self.base.checked_add(Duration::from_nanos(next.0))
    }
    fn expired(&self, stage: &Arc<Stage>, partition: PartitionId, hold: Hold) {
        let Hold { holder, token } = hold;
        let task = TaskAttempt::new(stage.id(), holder.stage_attempt_id, partition, holder.attempt_number);
        let doubt = || self.doubt(Some(Arc::clone(stage)), CommitPermit::granted(task, token));
        // Who is told of an aborted stage may panic, and other leases have ended as well.
        if catch_unwind(AssertUnwindSafe(doubt)).is_err() {
            tracing::error!(%task, "a panic while telling of a lease that has ended");
        }
    }
}
