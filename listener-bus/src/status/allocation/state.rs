//! The state machine: no lock, no thread, no clock.

mod apply;
mod ends;

use std::collections::BTreeMap;
use std::time::Duration;

use super::executors::Executors;
use super::jobs::Jobs;
use super::recent::Recent;
use super::settings::{AllocationSettings, AllocationSettingsError};
use super::snapshot::{AllocationSnapshot, IdleExecutor};
use super::stage::StageAttempt;
use super::stages::{Attempt, Stages};
use super::target::Target;
use crate::events::{ExecutorId, TaskId};

/// How often the target is looked at while events come, in milliseconds, as often as Spark does: a moment between two
/// stages is no reason to give executors up.
const TICK: i64 = 100;

/// How many executors the backlog needs: a state machine of scheduler events.
///
/// It has no clock and no lock. Times are those of the events, and what the caller says when it asks; so a log that is
/// replayed comes to what the application came to.
///
/// ```
/// use listener_bus::events::{SchedulerEvent, StageInfo, StageSubmitted};
/// use listener_bus::status::{Allocation, AllocationSettings};
///
/// let mut allocation = Allocation::new(AllocationSettings::new())?;
/// let stage_info = StageInfo { number_of_tasks: 5, submission_time: Some(0), ..StageInfo::default() };
/// allocation.apply(&SchedulerEvent::from(StageSubmitted { stage_info, ..StageSubmitted::default() }));
/// assert_eq!(allocation.at(999).target, 0);
/// assert_eq!(allocation.at(1_000).target, 1);
/// assert_eq!(allocation.at(2_000).target, 3);
/// assert_eq!(allocation.at(3_000).target, 5);
/// # Ok::<(), listener_bus::status::AllocationSettingsError>(())
/// ```
///
/// # How it counts
///
/// As Spark's `ExecutorAllocationManager`, but that stages of all resource profiles are counted together:
///
/// * All tasks that run or wait, times the ratio, divided by the tasks that an executor runs at once, are what is
///   needed. Tasks of barrier stages count whole, as they run together or not at all.
/// * The target falls at once. It rises when tasks have waited for the backlog timeout, and then each sustained timeout,
///   by 1, 2, 4 and so on.
/// * An executor is idle from the moment its last task ended, and removable after the idle timeout if the target does
///   without it.
/// * A task waits if no copy of it runs and none has succeeded. So failed, killed and lost ones wait again, and one whose
///   output was lost too.
///
/// # What is late or lost
///
/// * A task that outlives its stage attempt counts as running until its end is told, or its executor is removed. Once
///   events were dropped its end may have been among them: then it is forgotten with the stage attempt.
/// * A stage attempt is over when that is told, when a newer attempt is submitted, when the last job that needs it ends,
///   or when the application does. One that was there when events were dropped has no more tasks waiting when an
///   executor has been idle for the idle timeout and nothing was told of the attempt meanwhile: that executor had got one.
/// * An executor counts until its removal is told. One whose removal was lost stays among the idle ones, and goes when
///   that is posted again.
/// * The ends of up to 1024 tasks, stage attempts and executors are remembered, in case their beginning comes after.
///   Nothing else is kept of what is over.
/// * At most 1024 jobs, 4096 stage attempts that are not over, 131 072 running tasks and 16 384 executors are known at
///   once, whatever ends are lost. Beyond that the oldest go first: a stage attempt counts as over, a task as ended, an
///   executor as gone, with its tasks.
#[derive(Debug)]
pub struct Allocation {
    settings: AllocationSettings,
    stages: Stages,
    running: BTreeMap<TaskId, RunningTask>,
    /// Tasks that ended before they were known to run.
    ended: Recent<TaskId>,
    jobs: Jobs,
    executors: Executors,
    target: Target,
    dropped: u64,
    /// The time of the last event that has one, in milliseconds since the Unix epoch.
    seen: i64,
    ticked: i64,
}

/// A task attempt that runs.
#[derive(Debug)]
struct RunningTask {
    attempt: Attempt,
    index: i32,
    executor: ExecutorId,
}

impl Allocation {
    /// Begins with the executors of [`AllocationSettings::initial_executors`] as the target.
    ///
    /// # Errors
    ///
    /// When the settings cannot be.
    pub fn new(settings: AllocationSettings) -> Result<Self, AllocationSettingsError> {
        settings.check()?;
        Ok(Self {
            target: Target::new(&settings),
            settings,
            stages: Stages::default(),
            running: BTreeMap::new(),
            ended: Recent::default(),
            jobs: Jobs::default(),
            executors: Executors::default(),
            dropped: 0,
            seen: 0,
            ticked: 0,
        })
    }

    /// Moves on to `now`, in milliseconds since the Unix epoch, and tells how things stand. The same moment twice is the
    /// same answer.
    pub fn at(&mut self, now: i64) -> AllocationSnapshot {
        self.executors.heal(now);
        self.stages.heal(now);
        self.target.heal(now, &self.settings);
        self.evaluate(now);
        let demand = *self.stages.demand();
        let (live_stages, doubtful_stages) = self.stages.live();
        let executors = self.executors.count();
        let target = self.target.executors();
        let idle = self.executors.idle(now);
        AllocationSnapshot {
            now,
            target,
            needed: self.needed(),
            executors,
            to_add: target.saturating_sub(count(executors)),
            add_at: self.target.add_at(),
            running_tasks: demand.running,
            pending_tasks: demand.pending,
            pending_speculative_tasks: demand.speculative,
            live_stages,
            doubtful_stages,
            dropped_events: self.dropped,
            removable: self.removable(now, &idle),
            idle,
        }
    }

    /// The idle executors whose time is up, without which the target is still met.
    fn removable(&self, now: i64, idle: &[IdleExecutor]) -> Vec<ExecutorId> {
        let keep = self.target.executors().max(self.settings.min_executors);
        let spare = count(self.executors.count()).saturating_sub(keep);
        let due = idle.iter().filter(|executor| !executor.is_driver() && self.is_due(now, executor.since));
        due.take(usize::try_from(spare).unwrap_or(usize::MAX))
            .map(|executor| executor.executor_id.clone())
            .collect()
    }

    /// Whether the idle timeout has passed.
    fn is_due(&self, now: i64, since: i64) -> bool {
        now.saturating_sub(since) >= millis(self.settings.executor_idle_timeout)
    }

    fn needed(&self) -> u64 {
        let executors = u64::from(count(self.executors.count()));
        self.stages.demand().executors_needed(executors, &self.settings)
    }

    /// Looks at the target before an event of this time is taken in, unless it has just done so.
    fn tick(&mut self, now: i64) {
        if now.abs_diff(self.ticked) >= TICK.unsigned_abs() {
            self.evaluate(now);
        }
    }

    fn evaluate(&mut self, now: i64) {
        self.ticked = now;
        self.give_up_doubtful(now);
        if self.executors.longest_idle().is_some_and(|since| self.is_due(now, since)) {
            self.target.begin();
        }
        let needed = u32::try_from(self.needed()).unwrap_or(u32::MAX);
        self.target.follow(now, needed, count(self.executors.count()), &self.settings);
    }

    /// Ends the stage attempts that would have given an idle executor something to do, if they were still there.
    fn give_up_doubtful(&mut self, now: i64) {
        let Some(idle) = self.executors.longest_idle() else { return };
        let over: Vec<_> =
            self.stages.doubtful().filter(|(_, told)| self.is_due(now, idle.max(*told))).collect();
        for (attempt, _) in over {
            // Its tasks that run may be real: they are left alone.
            self.stages.change(attempt, now, StageAttempt::over);
        }
        self.note_backlog(now);
    }

    /// Sets or clears the alarm for more executors.
    fn note_backlog(&mut self, at: i64) {
        if self.stages.demand().is_backlog() {
            self.target.backlogged(at, &self.settings);
        } else {
            self.target.satisfied();
        }
    }
}

/// A time in whole milliseconds.
pub(super) fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn count(executors: usize) -> u32 {
    u32::try_from(executors).unwrap_or(u32::MAX)
}
