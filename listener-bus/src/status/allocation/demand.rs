//! How many tasks ask for room.

use super::settings::AllocationSettings;

/// How many tasks ask for room, of one stage attempt or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Demand {
    /// Tasks that run, second copies too.
    pub(super) running: u64,
    /// Tasks that wait.
    pub(super) pending: u64,
    /// Second copies of slow tasks that wait.
    pub(super) speculative: u64,
    /// How many of all these belong to barrier stages.
    pub(super) barrier: u64,
    /// Stage attempts that no executor has room for.
    pub(super) unschedulable: u64,
}

impl Demand {
    /// Takes what one stage attempt asked for, and adds what it asks for now.
    pub(super) fn change(&mut self, before: &Self, after: &Self) {
        self.running = changed(self.running, before.running, after.running);
        self.pending = changed(self.pending, before.pending, after.pending);
        self.speculative = changed(self.speculative, before.speculative, after.speculative);
        self.barrier = changed(self.barrier, before.barrier, after.barrier);
        self.unschedulable = changed(self.unschedulable, before.unschedulable, after.unschedulable);
    }

    pub(super) fn tasks(&self) -> u64 {
        self.running.saturating_add(self.pending).saturating_add(self.speculative)
    }

    /// Whether something waits.
    pub(super) fn is_backlog(&self) -> bool {
        self.pending > 0 || self.speculative > 0 || self.unschedulable > 0
    }

    /// How many executors give room to all, when there are `executors` now.
    pub(super) fn executors_needed(&self, executors: u64, settings: &AllocationSettings) -> u64 {
        let tasks = self.tasks();
        let room = settings.tasks_per_executor();
        let ratio = settings.executor_allocation_ratio;
        let needed = divided(tasks.saturating_sub(self.barrier), self.barrier, ratio, room);
        // A second copy on the executor of the first one would be of little use.
        let apart = u64::from(room > 1 && needed == 1 && self.speculative > 0);
        let beyond = match divided(self.unschedulable, 0, ratio, room) {
            0 => 0,
            more => executors.saturating_add(more),
        };
        needed.saturating_add(apart).max(beyond)
    }
}

fn changed(total: u64, before: u64, after: u64) -> u64 {
    total.saturating_sub(before).saturating_add(after)
}

/// Rounds up, so that a task left over gets an executor.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tasks are fewer than 2^53, and a quotient of numbers that are not negative is not"
)]
fn divided(scaled: u64, whole: u64, ratio: f64, room: u32) -> u64 {
    ((scaled as f64 * ratio + whole as f64) / f64::from(room)).ceil() as u64
}
