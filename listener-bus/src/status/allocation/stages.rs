//! All stage attempts, and what they ask for together.

use std::collections::BTreeMap;

use super::demand::Demand;
use super::recent::Recent;
use super::stage::{Phase, StageAttempt, Trust};
use crate::events::{StageAttemptId, StageId, StageInfo};

/// A stage attempt's ids.
pub(super) type Attempt = (StageId, StageAttemptId);

/// The stage attempts that run, or have tasks that do.
#[derive(Debug, Default)]
pub(super) struct Stages {
    attempts: BTreeMap<Attempt, StageAttempt>,
    over: Recent<Attempt>,
    demand: Demand,
}

impl Stages {
    pub(super) fn demand(&self) -> &Demand {
        &self.demand
    }

    /// How many have been submitted and are not over, and of how many of them events may be missing.
    pub(super) fn live(&self) -> (usize, usize) {
        let live = self.attempts.values().filter(|attempt| attempt.phase == Phase::Live);
        let doubtful = live.clone().filter(|attempt| attempt.trust == Trust::Doubtful);
        (live.count(), doubtful.count())
    }

    /// Those that are in this phase.
    pub(super) fn in_phase(&self, phase: Phase) -> impl Iterator<Item = Attempt> {
        self.attempts.iter().filter(move |(_, stage)| stage.phase == phase).map(|(attempt, _)| *attempt)
    }

    /// The attempts at a stage that are known.
    pub(super) fn attempts_at(&self, stage: StageId) -> impl Iterator<Item = Attempt> {
        let all = (stage, StageAttemptId(i32::MIN))..=(stage, StageAttemptId(i32::MAX));
        self.attempts.range(all).map(|(attempt, _)| *attempt)
    }

    pub(super) fn is_doubtful(&self, attempt: Attempt) -> bool {
        self.attempts.get(&attempt).is_some_and(|stage| stage.trust == Trust::Doubtful)
    }

    /// Those that have tasks waiting, but may be over without anybody having told, and when something was last told of
    /// each.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = (Attempt, i64)> {
        let doubtful = self.attempts.iter().filter(|(_, stage)| stage.trust == Trust::Doubtful);
        doubtful
            .filter(|(_, stage)| stage.demand().pending > 0)
            .map(|(attempt, stage)| (*attempt, stage.told))
    }

    /// Takes a stage attempt in, unless it or a newer one was over before.
    pub(super) fn submitted(&mut self, stage: &StageInfo, at: i64) {
        let attempt = (stage.stage_id, stage.stage_attempt_id);
        let last = (stage.stage_id, StageAttemptId(i32::MAX));
        let is_newer_known = self.attempts_at(stage.stage_id).any(|known| known > attempt);
        if is_newer_known || self.over.contains_any(attempt..=last) {
            return;
        }
        self.attempts.entry(attempt).or_default();
        self.change(attempt, at, |known| known.submitted(stage));
    }

    /// Does `what` with a stage attempt that may not be known yet: a task of it runs.
    pub(super) fn change_or_add(&mut self, attempt: Attempt, at: i64, what: impl FnOnce(&mut StageAttempt)) {
        let phase = if self.over.contains(&attempt) { Phase::Over } else { Phase::Unknown };
        self.attempts.entry(attempt).or_insert_with(|| StageAttempt::in_phase(phase));
        self.change(attempt, at, what);
    }

    /// Does `what` with a stage attempt, if it is known, and forgets it once there is nothing left to know.
    pub(super) fn change(&mut self, attempt: Attempt, at: i64, what: impl FnOnce(&mut StageAttempt)) {
        let Some(stage) = self.attempts.get_mut(&attempt) else { return };
        let before = stage.demand();
        what(stage);
        stage.told = at;
        self.demand.change(&before, &stage.demand());
        if stage.is_forgettable() {
            self.attempts.remove(&attempt);
        }
    }

    /// Marks a stage attempt as over, known or not.
    pub(super) fn over(&mut self, attempt: Attempt, at: i64) {
        self.over.add(attempt);
        self.change(attempt, at, StageAttempt::over);
    }

    /// Events were dropped: what is known of any stage attempt can be wrong from here on.
    pub(super) fn doubt_all(&mut self, at: i64) {
        for stage in self.attempts.values_mut() {
            stage.trust = Trust::Doubtful;
            stage.told = at;
        }
    }
}
