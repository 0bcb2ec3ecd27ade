//! All stage attempts, and what they ask for together.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::demand::Demand;
use super::recent::Recent;
use super::stage::{Phase, StageAttempt, Trust};
use crate::events::{StageAttemptId, StageId, StageInfo};

/// How many stage attempts that are not over are known at once. One whose end was lost would be known for ever.
const MAX_OPEN: usize = 4_096;
/// How much room the places of tasks that are done may take, in words of 64 places.
const MAX_WORDS: usize = 1 << 18;

/// A stage attempt's ids.
pub(super) type Attempt = (StageId, StageAttemptId);

/// The stage attempts that run, or have tasks that do.
#[derive(Debug, Default)]
pub(super) struct Stages {
    attempts: BTreeMap<Attempt, StageAttempt>,
    /// Those that are not over, by their numbers.
    open: BTreeMap<u64, Attempt>,
    over: Recent<Attempt>,
    demand: Demand,
    words: usize,
    entered: u64,
}

impl Stages {
    pub(super) fn demand(&self) -> &Demand {
        &self.demand
    }

    /// How many have been submitted and are not over, and of how many of them events may be missing.
    pub(super) fn live(&self) -> (usize, usize) {
        let live = self.open().filter(|(_, stage)| stage.phase == Phase::Live);
        let (mut all, mut doubtful) = (0, 0);
        for (_, stage) in live {
            all += 1;
            doubtful += usize::from(stage.trust == Trust::Doubtful);
        }
        (all, doubtful)
    }

    /// Those that are not over, the oldest first.
    fn open(&self) -> impl Iterator<Item = (Attempt, &StageAttempt)> {
        self.open.values().filter_map(|attempt| Some((*attempt, self.attempts.get(attempt)?)))
    }

    /// The oldest that is not over, if there are too many.
    pub(super) fn surplus(&self) -> Option<Attempt> {
        let too_many = self.open.len() > MAX_OPEN || self.words > MAX_WORDS;
        self.open.values().next().copied().filter(|_| too_many)
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

    /// Whether tasks of it run, of which some may have ended unseen.
    pub(super) fn has_doubtful_tasks(&self, attempt: Attempt) -> bool {
        let stage = self.attempts.get(&attempt);
        stage.is_some_and(|stage| stage.trust == Trust::Doubtful && stage.runs_tasks())
    }

    /// Those that have tasks waiting, but may be over without anybody having told, and when something was last told of
    /// each.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = (Attempt, i64)> {
        let doubtful = self.open().filter(|(_, stage)| stage.trust == Trust::Doubtful);
        doubtful.filter(|(_, stage)| stage.demand().pending > 0).map(|(attempt, stage)| (attempt, stage.told))
    }

    /// Takes a stage attempt in, unless it or a newer one was over before.
    pub(super) fn submitted(&mut self, stage: &StageInfo, at: i64) {
        let attempt = (stage.stage_id, stage.stage_attempt_id);
        let last = (stage.stage_id, StageAttemptId(i32::MAX));
        let newer = (Bound::Excluded(attempt), Bound::Included(last));
        if self.attempts.range(newer).next().is_some() || self.over.contains_any(attempt..=last) {
            return;
        }
        self.enter(attempt, Phase::Unknown);
        self.change(attempt, at, |known| known.submitted(stage));
    }

    /// Does `what` with a stage attempt that may not be known yet: a task of it runs.
    pub(super) fn change_or_add(&mut self, attempt: Attempt, at: i64, what: impl FnOnce(&mut StageAttempt)) {
        let phase = if self.over.contains(&attempt) { Phase::Over } else { Phase::Unknown };
        self.enter(attempt, phase);
        self.change(attempt, at, what);
    }

    fn enter(&mut self, attempt: Attempt, phase: Phase) {
        self.attempts.entry(attempt).or_insert_with(|| {
            self.entered = self.entered.saturating_add(1);
            StageAttempt::new(self.entered, phase)
        });
    }

    /// Does `what` with a stage attempt, if it is known, and forgets it once there is nothing left to know.
    pub(super) fn change(&mut self, attempt: Attempt, at: i64, what: impl FnOnce(&mut StageAttempt)) {
        let Some(stage) = self.attempts.get_mut(&attempt) else { return };
        let (before, words) = (stage.demand(), stage.words());
        what(stage);
        stage.told = at;
        self.demand.change(&before, &stage.demand());
        self.words = self.words.saturating_sub(words).saturating_add(stage.words());
        if stage.phase == Phase::Over {
            self.open.remove(&stage.number);
        } else {
            self.open.insert(stage.number, attempt);
        }
        if stage.is_forgettable() {
            self.words = self.words.saturating_sub(stage.words());
            self.open.remove(&stage.number);
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

    /// Brings times that are ahead of `now` back: the clock was set back, or an event has an odd one.
    pub(super) fn heal(&mut self, now: i64) {
        for stage in self.attempts.values_mut() {
            stage.told = stage.told.min(now);
        }
    }
}
