//! What the handles of a coordinator share.

mod doubt;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use event_listener::EventListener;
use listener_bus::events::{PartitionId, StageId, TaskEndReason};
use listener_bus::{Poster, SchedulerEvent};

use crate::announce::CommitEvent;
use crate::claims::{Asked, Completed, Hold, Lease};
use crate::completion::{Completion, Ending};
use crate::denials::LatestDenials;
use crate::permit::CommitPermit;
use crate::policy::{Doubt, UnknownOutcome};
use crate::registry::Registry;
use crate::resolving::Question;
use crate::snapshot::CoordinatorSnapshot;
use crate::stage::{InDoubt, Levels, Remains, Stage, Told, Wait};
use crate::stage_aborted::StageAborted;
use crate::tally::{Counts, Tally};
use crate::task::TaskAttempt;
use crate::verdict::{Denial, DenialReason, StageStartError, Verdict};

/// Is told that a stage was aborted.
pub(crate) type OnStageAborted = Arc<dyn Fn(&StageAborted) + Send + Sync>;

/// How a coordinator is set up.
pub(crate) struct Settings {
    pub(crate) unknown_outcome: UnknownOutcome,
    pub(crate) doubt: Doubt,
    pub(crate) lease: Option<Duration>,
    pub(crate) max_partition: PartitionId,
    pub(crate) on_stage_aborted: Option<OnStageAborted>,
    pub(crate) bus: Option<Poster<SchedulerEvent>>,
}

pub(crate) struct Core {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) registry: Registry,
    pub(crate) tally: Tally,
    pub(crate) latest_denials: LatestDenials,
    pub(crate) base: Instant,
    /// Whether the watch knows that something has changed.
    pub(crate) is_noticed: AtomicBool,
    /// Wakes the watch, which ends when this is gone.
    pub(crate) watch: Sender<()>,
    /// Questions for the resolver; there is at most one for each partition in doubt.
    pub(crate) questions: Option<Sender<Question>>,
}

/// What an attempt waits for.
pub(super) struct Waiting {
    pub(super) stage: Arc<Stage>,
    pub(super) change: EventListener,
}

impl Core {
    pub(super) fn stage_start(
        &self,
        stage: StageId,
        max_partition: PartitionId,
    ) -> Result<bool, StageStartError> {
        let limit = self.settings.max_partition;
        if max_partition.0 < 0 || max_partition > limit {
            return Err(StageStartError::PartitionOutOfRange {
                stage_id: stage,
                asked: max_partition,
                limit,
            });
        }
        let is_new = self.registry.start(stage, max_partition)?;
        self.notice();
        Ok(is_new)
    }

    pub(super) fn stage_end(&self, stage: StageId) -> bool {
        let Some(remains) = self.registry.end(stage) else { return false };
        self.settle(remains);
        true
    }

    pub(super) fn stop(&self) {
        for remains in self.registry.stop() {
            self.settle(remains);
        }
    }

    fn settle(&self, remains: Remains) {
        self.notice();
        remains.wake();
    }

    /// Answers an attempt that wants to commit.
    #[expect(
        clippy::inline_always,
        reason = "measured: a plain grant whose way is one function takes half the time"
    )]
    #[inline(always)]
    pub(super) fn decide(&self, task: &TaskAttempt) -> Verdict {
        if self.settings.lease.is_none()
            && let Some(token) = self.registry.with_last(task.stage_id, |stage| stage.grant_plainly(task))
        {
            self.notice();
            return Verdict::Granted(CommitPermit::granted(*task, token));
        }
        self.decide_with_care(task)
    }

    /// The same, whatever has to be looked up, made or told.
    fn decide_with_care(&self, task: &TaskAttempt) -> Verdict {
        let here = |stage: &Arc<Stage>| Some(self.decide_in(stage, task));
        if let Some(verdict) = self.registry.with_last(task.stage_id, here) {
            return verdict;
        }
        match self.registry.find(task.stage_id) {
            Some(stage) => self.decide_in(&stage, task),
            None => self.answer(task, Asked::Denied(self.registry.why_absent(task.stage_id))),
        }
    }

    /// Answers an attempt that wants to commit, if the answer is final. One that has waited asks the stage it has waited
    /// in: another one of the same number may have been started meanwhile.
    ///
    /// # Errors
    /// What to wait for, and then to ask again.
    pub(super) fn decide_or_wait(
        &self,
        task: &TaskAttempt,
        waited_in: Option<Arc<Stage>>,
    ) -> Result<Verdict, Waiting> {
        let Some(stage) = waited_in.or_else(|| self.registry.find(task.stage_id)) else {
            return Ok(self.decide_with_care(task));
        };
        let Told { asked, change } = self.ask_in(&stage, task, Wait::Yes);
        if let Some(change) = change {
            self.notice();
            return Err(Waiting { stage, change });
        }
        Ok(self.answer(task, asked))
    }

    /// Answers an attempt whose wait is over.
    pub(super) fn decide_in(&self, stage: &Stage, task: &TaskAttempt) -> Verdict {
        let Told { asked, change: _ } = self.ask_in(stage, task, Wait::No);
        self.answer(task, asked)
    }

    fn ask_in(&self, stage: &Stage, task: &TaskAttempt, wait: Wait) -> Told {
        match stage.place(task.partition_id) {
            Some(place) => stage.ask(place, task, self.lease(), wait),
            None => {
                Told::denied(DenialReason::PartitionOutOfRange { max_partition_id: stage.max_partition() })
            }
        }
    }

    fn answer(&self, task: &TaskAttempt, asked: Asked) -> Verdict {
        match asked {
            Asked::Granted(grant) => {
                self.notice();
                Verdict::Granted(CommitPermit::granted(*task, grant.token()))
            }
            Asked::Denied(reason) => Verdict::Denied(self.deny(Denial { task: *task, reason })),
        }
    }

    /// Tells of a denial.
    fn deny(&self, denial: Denial) -> Denial {
        let Denial { task, reason } = &denial;
        if reason.is_of_no_stage() {
            self.registry.denied(reason);
        }
        self.latest_denials.remember(&denial);
        tracing::debug!(%task, reason = reason.as_str(), "a commit was denied: {reason}");
        self.announce(|| CommitEvent::Denied(denial.clone()));
        self.notice();
        denial
    }

    #[inline]
    pub(super) fn task_completed(&self, task: TaskAttempt, reason: &TaskEndReason) -> Completion {
        let ending = Ending::of(reason, self.settings.doubt);
        let stages = self.registry.look();
        let Some(stage) = stages.get(&task.stage_id) else {
            return Completion::unheard(&self.registry.why_absent(task.stage_id));
        };
        let Some(place) = stage.place(task.partition_id) else {
            return Completion::PartitionOutOfRange { max_partition_id: stage.max_partition() };
        };
        let completed = match stage.complete(place, &task, ending, self.in_doubt()) {
            Ok(completed) => completed,
            Err(reason) => return Completion::unheard(&reason),
        };
        let doubted = matches!(completed, Completed::Doubtful(_)).then(|| Arc::clone(stage));
        // What follows may call the user's code.
        drop(stages);
        self.notice();
        self.completed(task, completed, doubted)
    }

    #[inline]
    fn completed(&self, task: TaskAttempt, completed: Completed, doubted: Option<Arc<Stage>>) -> Completion {
        match completed {
            Completed::Committed(token) => Completion::Committed(CommitPermit::granted(task, token)),
            Completed::Freed(token) => Completion::Freed(CommitPermit::granted(task, token)),
            Completed::Doubtful(hold) => {
                let permit = CommitPermit::granted(task, hold.token);
                Completion::Unknown { permit, next: self.doubt(doubted, permit) }
            }
            Completed::Superseded(Hold { holder: by, token }) => {
                tracing::warn!(%task, %by, %token, "an attempt has succeeded whose partition was granted to another");
                Completion::Superseded { by, token }
            }
            Completed::Recorded => Completion::Recorded,
            Completed::NotHolder => Completion::NotHolder,
            Completed::Duplicate => Completion::Duplicate,
        }
    }

    /// Until when a grant lasts that is made now.
    fn lease(&self) -> Lease {
        let Some(lease) = self.settings.lease else { return Lease::NEVER };
        Instant::now().checked_add(lease).map_or(Lease::NEVER, |until| self.since_base(until))
    }

    fn since_base(&self, at: Instant) -> Lease {
        let since = at.saturating_duration_since(self.base);
        u64::try_from(since.as_nanos()).map_or(Lease::NEVER, Lease)
    }

    fn in_doubt(&self) -> InDoubt {
        match self.settings.unknown_outcome {
            UnknownOutcome::Regrant => InDoubt::Free,
            UnknownOutcome::AbortStage | UnknownOutcome::Resolve(_) => InDoubt::Keep,
        }
    }

    fn announce(&self, event: impl FnOnce() -> CommitEvent) {
        if let Some(bus) = &self.settings.bus
            && let Some(event) = event().into_event()
        {
            // A decision waits for nobody; what a full bus drops, it counts.
            bus.try_post(event);
        }
    }

    /// Something has changed that the watch tells the metrics, or waits for.
    #[expect(clippy::inline_always, reason = "as `decide`")]
    #[inline(always)]
    fn notice(&self) {
        // After the change, and the watch takes the flag back before it looks: one of the two sees the other.
        if !self.is_noticed.load(Ordering::SeqCst) && !self.is_noticed.swap(true, Ordering::SeqCst) {
            // A full channel has woken it already.
            self.watch.try_send(()).ok();
        }
    }

    /// Tells the metrics.
    pub(crate) fn publish(&self) {
        let (stages, numbers) = self.registry.survey();
        let mut levels = Levels::default();
        for stage in &stages {
            levels += stage.levels();
        }
        self.tally.publish(&numbers, stages.len(), levels);
    }

    pub(super) fn snapshot(&self) -> CoordinatorSnapshot {
        let (stages, numbers) = self.registry.survey();
        let mut stages: Vec<_> = stages.iter().map(|stage| stage.snapshot()).collect();
        stages.sort_by_key(|stage| stage.stage_id);
        CoordinatorSnapshot { stages, counts: Counts::of(&numbers) }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.publish();
        // Threads may remember the stage they asked for last, and are not to keep its claims.
        drop(self.registry.stop());
    }
}
