//! One stage attempt, and which of its tasks wait.

use std::collections::BTreeMap;

use super::demand::Demand;
use super::index_set::IndexSet;
use crate::events::StageInfo;

/// Where a stage attempt is in its life. It only ever moves down this list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Tasks of it run, though nobody has told of it: how many wait is unknown.
    #[default]
    Unknown,
    /// It was submitted; tasks that do not run wait.
    Live,
    /// It is over; tasks that still run are all there is.
    Over,
}

/// Whether all its tasks have to run at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Gang {
    #[default]
    Single,
    Barrier,
}

/// Whether an executor has room for its tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Room {
    #[default]
    Some,
    None,
}

/// Whether what is known of it can be wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Trust {
    #[default]
    Exact,
    /// Events were dropped while it was known.
    Doubtful,
}

/// Whether a task is a second copy of a slow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copy {
    First,
    Speculative,
}

/// One stage attempt.
#[derive(Debug, Default)]
pub(super) struct StageAttempt {
    pub(super) phase: Phase,
    pub(super) trust: Trust,
    pub(super) room: Room,
    /// When something was last told of it, in milliseconds since the Unix epoch.
    pub(super) told: i64,
    /// The how many-th it was to become known.
    pub(super) number: u64,
    gang: Gang,
    tasks: u64,
    done: IndexSet,
    /// How many copies of each task run.
    busy: BTreeMap<i32, u64>,
    /// How many tasks run and are not done.
    busy_undone: u64,
    running: u64,
    speculative: u64,
}

impl StageAttempt {
    pub(super) fn new(number: u64, phase: Phase) -> Self {
        Self { phase, number, ..Self::default() }
    }

    pub(super) fn submitted(&mut self, stage: &StageInfo) {
        let barrier = stage.rdd_info.iter().any(|rdd| rdd.barrier);
        self.gang = if barrier { Gang::Barrier } else { Gang::Single };
        self.tasks = u64::try_from(stage.number_of_tasks).unwrap_or(0);
        self.phase = Phase::Live;
    }

    pub(super) fn started(&mut self, index: i32, copy: Copy) {
        self.running = self.running.saturating_add(1);
        let copies = self.busy.entry(index).or_default();
        *copies = copies.saturating_add(1);
        if *copies == 1 && !self.done.contains(index) {
            self.busy_undone = self.busy_undone.saturating_add(1);
        }
        if copy == Copy::Speculative {
            self.speculative = self.speculative.saturating_sub(1);
        }
    }

    /// A copy that was told to run runs no more.
    pub(super) fn stopped(&mut self, index: i32) {
        let Some(copies) = self.busy.get_mut(&index) else { return };
        self.running = self.running.saturating_sub(1);
        *copies = copies.saturating_sub(1);
        if *copies == 0 {
            self.busy.remove(&index);
            self.busy_undone = self.busy_undone.saturating_sub(u64::from(!self.done.contains(index)));
        }
    }

    pub(super) fn succeeded(&mut self, index: i32) {
        if self.phase == Phase::Over {
            return;
        }
        if self.done.insert(index) && self.busy.contains_key(&index) {
            self.busy_undone = self.busy_undone.saturating_sub(1);
        }
        // Second copies that wait are of tasks that run; those of others have been given up.
        self.speculative = self.speculative.min(self.busy_undone);
    }

    /// The output of a task is lost, so that it has to run once more.
    pub(super) fn resubmitted(&mut self, index: i32) {
        if self.done.remove(index) && self.busy.contains_key(&index) {
            self.busy_undone = self.busy_undone.saturating_add(1);
        }
    }

    pub(super) fn speculative_submitted(&mut self) {
        self.speculative = self.speculative.saturating_add(1);
    }

    pub(super) fn over(&mut self) {
        self.phase = Phase::Over;
        self.done = IndexSet::default();
        self.busy_undone = u64::try_from(self.busy.len()).unwrap_or(u64::MAX);
    }

    /// How much room its places take.
    pub(super) fn words(&self) -> usize {
        self.done.words()
    }

    pub(super) fn runs_tasks(&self) -> bool {
        self.running > 0
    }

    /// Whether there is nothing left to know of it.
    pub(super) fn is_forgettable(&self) -> bool {
        self.running == 0 && self.phase != Phase::Live
    }

    pub(super) fn demand(&self) -> Demand {
        let (pending, speculative, unschedulable) = match self.phase {
            Phase::Unknown | Phase::Over => (0, 0, 0),
            Phase::Live => {
                let covered = self.done.len().saturating_add(self.busy_undone);
                let unschedulable = u64::from(self.room == Room::None);
                (self.tasks.saturating_sub(covered), self.speculative.min(self.busy_undone), unschedulable)
            }
        };
        let barrier = match self.gang {
            Gang::Single => 0,
            Gang::Barrier => self.running.saturating_add(pending).saturating_add(speculative),
        };
        Demand { running: self.running, pending, speculative, barrier, unschedulable }
    }
}
