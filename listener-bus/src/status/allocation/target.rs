//! How many executors there are to be: fewer at once, more step by step.

use super::settings::AllocationSettings;
use super::state::millis;

/// Whether anything has been asked of the executors yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The executors that were there at first stay.
    Initial,
    /// The backlog decides.
    Following,
}

/// How many executors there are to be.
#[derive(Debug)]
pub(super) struct Target {
    phase: Phase,
    executors: u32,
    /// How many are added next.
    step: u32,
    /// When they are, in milliseconds since the Unix epoch, if something waits.
    add_at: Option<i64>,
}

impl Target {
    pub(super) fn new(settings: &AllocationSettings) -> Self {
        Self { phase: Phase::Initial, executors: settings.initial(), step: 1, add_at: None }
    }

    pub(super) fn executors(&self) -> u32 {
        self.executors
    }

    pub(super) fn add_at(&self) -> Option<i64> {
        self.add_at
    }

    /// From here on the backlog decides.
    pub(super) fn begin(&mut self) {
        self.phase = Phase::Following;
    }

    /// Something waits.
    pub(super) fn backlogged(&mut self, at: i64, settings: &AllocationSettings) {
        let wait = millis(settings.scheduler_backlog_timeout);
        self.add_at.get_or_insert(at.saturating_add(wait));
    }

    /// Nothing waits.
    pub(super) fn satisfied(&mut self) {
        self.add_at = None;
        self.step = 1;
    }

    /// Brings a time that is too far ahead of `now` back: the clock was set back, or an event has an odd time.
    pub(super) fn heal(&mut self, now: i64, settings: &AllocationSettings) {
        let longest = settings.scheduler_backlog_timeout.max(settings.sustained_timeout());
        self.add_at = self.add_at.map(|at| at.min(now.saturating_add(millis(longest))));
    }

    /// Moves on to `now`, when `needed` executors would give room to all tasks and there are `executors`.
    pub(super) fn follow(&mut self, now: i64, needed: u32, executors: u32, settings: &AllocationSettings) {
        if self.phase == Phase::Initial {
            return;
        }
        if needed < self.executors {
            self.executors = needed.clamp(settings.min_executors, settings.max_executors);
            self.step = 1;
        }
        if needed >= self.executors {
            self.add_until(now, needed, executors, settings);
        }
    }

    fn add_until(&mut self, now: i64, needed: u32, executors: u32, settings: &AllocationSettings) {
        let sustained = millis(settings.sustained_timeout());
        while let Some(at) = self.add_at.filter(|at| *at <= now) {
            if !self.grow(needed, executors, settings) {
                // Nothing would be added at the steps in between either.
                self.add_at = Some(now.saturating_add(sustained));
                return;
            }
            self.add_at = Some(at.saturating_add(sustained));
        }
    }

    /// Adds the next step; answers whether there was anything to add.
    fn grow(&mut self, needed: u32, executors: u32, settings: &AllocationSettings) -> bool {
        let before = self.executors;
        if before >= settings.max_executors {
            self.step = 1;
            return false;
        }
        let wanted = before.max(executors).saturating_add(self.step).min(needed);
        self.executors = wanted.clamp(settings.min_executors, settings.max_executors).max(before);
        let added = self.executors.saturating_sub(before);
        self.step = if added == self.step { self.step.saturating_mul(2) } else { 1 };
        added > 0
    }
}
