//! The newest gang of each stage.

#[cfg(all(test, not(loom)))]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use listener_bus::events::StageId;

use crate::attempt::{Attempt, Common, Look};
use crate::error::{BarrierError, Gone};
use crate::settings::TELL_WAITS_EVERY;
use crate::state::{GangSnapshot, OpenRound};
use crate::sync_log;
use crate::task::{BarrierTask, StageAttempt};

/// Beyond so many stages, those that have ended are forgotten before their time,
const TIDY_AT_LEAST: usize = 10_000;
/// but not sooner than this: their stragglers are still to be answered.
const REMEMBER_AT_LEAST: Duration = Duration::from_mins(10);

/// Which stage has which gang. Its lock is taken before a gang's, never after, and nobody else's code runs under it.
#[derive(Debug)]
pub(crate) struct Registry {
    common: Arc<Common>,
    stages: Mutex<Stages>,
}

#[derive(Debug)]
struct Stages {
    newest: HashMap<StageId, Arc<Attempt>>,
    /// How many stages there may be before the ended ones go.
    tidy_at: usize,
    life: Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Running,
    Stopped,
}

/// A gang that was looked up.
enum Found {
    There(Arc<Attempt>),
    /// It was not there, and perhaps an older one had to make room for it.
    Made {
        gang: Arc<Attempt>,
        older: Option<Arc<Attempt>>,
    },
}

impl Registry {
    pub(crate) fn new(common: Arc<Common>) -> Self {
        let stages = Stages { newest: HashMap::new(), tidy_at: TIDY_AT_LEAST, life: Life::Running };
        Self { common, stages: Mutex::new(stages) }
    }

    pub(crate) fn common(&self) -> &Arc<Common> {
        &self.common
    }

    /// The gang of this task, made if need be. A newer attempt of a stage ends the older one.
    pub(crate) fn gang_of(&self, task: &BarrierTask) -> Result<Arc<Attempt>, BarrierError> {
        self.gang_at(task, Instant::now())
    }

    fn gang_at(&self, task: &BarrierTask, now: Instant) -> Result<Arc<Attempt>, BarrierError> {
        let (num_tasks, limit) = (task.num_tasks, self.common.settings.max_tasks);
        let size = Some(num_tasks).filter(|tasks| (1..=limit).contains(tasks)).ok_or_else(|| {
            let (stage_attempt, partition) = (task.stage_attempt, task.partition_id);
            BarrierError::NumberOfTasksRefused { stage_attempt, partition, num_tasks, limit }
        });
        let found = self.find_or_make(task.stage_attempt, size, now);
        found.map(|found| self.settle(found)).inspect_err(|error| self.common.tally.refused(error))
    }

    /// Ends a gang; one that nobody has heard of yet has ended before its tasks come. Answers whether it lived.
    pub(crate) fn end(&self, stage_attempt: StageAttempt, cause: &BarrierError) -> bool {
        if let Some(gang) = self.get(stage_attempt) {
            return gang.kill(cause);
        }
        if let Ok(found) = self.find_or_make(stage_attempt, Ok(0), Instant::now()) {
            self.settle(found).kill(cause);
        }
        false
    }

    /// Does what had to wait for the lock to be free: metrics and answers are other people's code.
    fn settle(&self, found: Found) -> Arc<Attempt> {
        match found {
            Found::There(gang) => gang,
            Found::Made { gang, older } => {
                self.common.tally.gang_began();
                if let Some(older) = older {
                    let (stage_attempt, newest) = (older.id(), gang.id().attempt_id);
                    older.kill(&BarrierError::Superseded { stage_attempt, newest });
                }
                gang
            }
        }
    }

    fn find_or_make(
        &self,
        stage_attempt: StageAttempt,
        size: Result<usize, BarrierError>,
        now: Instant,
    ) -> Result<Found, BarrierError> {
        let mut stages = self.lock();
        if stages.life == Life::Stopped {
            return Err(BarrierError::CoordinatorGone { stage_attempt, why: Gone::Stopped });
        }
        if let Some(gang) = stages.newest.get(&stage_attempt.stage_id) {
            let newest = gang.id().attempt_id;
            if newest == stage_attempt.attempt_id {
                return Ok(Found::There(Arc::clone(gang)));
            }
            if newest > stage_attempt.attempt_id {
                return Err(BarrierError::Superseded { stage_attempt, newest });
            }
        }
        let gang = Attempt::new(stage_attempt, size?, &self.common);
        let forgotten = stages.tidy(now);
        let older = stages.newest.insert(stage_attempt.stage_id, Arc::clone(&gang));
        drop(stages);
        drop(forgotten);
        Ok(Found::Made { gang, older })
    }

    /// Whether there is, or was of late, a gang of this stage.
    pub(crate) fn knows(&self, stage: StageId) -> bool {
        self.lock().newest.contains_key(&stage)
    }

    /// The gang of this stage attempt, if there is one.
    pub(crate) fn get(&self, stage_attempt: StageAttempt) -> Option<Arc<Attempt>> {
        let newest = self.lock().newest.get(&stage_attempt.stage_id).map(Arc::clone);
        newest.filter(|gang| gang.id() == stage_attempt)
    }

    /// Looks what time has done to the gangs, and says when to look next.
    pub(crate) fn elapse(&self, now: Instant) {
        let mut waiting = Vec::new();
        let mut longest = None;
        for gang in self.all() {
            match gang.elapse(now, &mut waiting) {
                Look::Again(None) => {}
                Look::Again(Some(next)) => self.common.alarm.set(next),
                Look::Forget => self.forget(&gang),
            }
            longest = longest.max(gang.waited(now));
        }
        self.tell_longest_wait(longest, now);
        // Last, so that a slow log does not hold up anybody's time-out.
        for (gang, task) in waiting {
            sync_log::waiting(gang, task);
        }
    }

    /// Tells the metrics how long a round has been waited for, and looks again while one is.
    fn tell_longest_wait(&self, longest: Option<Duration>, now: Instant) {
        self.common.tally.longest_wait(longest.unwrap_or_default());
        if longest.is_some() {
            self.common.alarm.set_from(now, TELL_WAITS_EVERY);
        }
    }

    fn forget(&self, gang: &Arc<Attempt>) {
        let mut stages = self.lock();
        let stage = gang.id().stage_id;
        if stages.newest.get(&stage).is_some_and(|newest| Arc::ptr_eq(newest, gang)) {
            stages.newest.remove(&stage);
        }
    }

    /// Ends all gangs, and takes no more.
    pub(crate) fn stop(&self) {
        self.lock().life = Life::Stopped;
        for gang in self.all() {
            let stage_attempt = gang.id();
            gang.kill(&BarrierError::CoordinatorGone { stage_attempt, why: Gone::Stopped });
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.lock().life == Life::Stopped
    }

    /// What is to be seen of the gangs that live, by stage.
    pub(crate) fn snapshots(&self, now: Instant) -> Vec<GangSnapshot> {
        let mut snapshots: Vec<_> = self.all().iter().filter_map(|gang| gang.snapshot(now)).collect();
        snapshots.sort_unstable_by_key(|snapshot| snapshot.stage_attempt);
        snapshots
    }

    /// The rounds that are waited for.
    pub(crate) fn open_rounds(&self, now: Instant) -> Vec<OpenRound> {
        self.all().iter().filter_map(|gang| gang.open_round(now)).collect()
    }

    /// Stages with state, the remains of ended gangs included.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn len(&self) -> usize {
        self.lock().newest.len()
    }

    fn all(&self) -> Vec<Arc<Attempt>> {
        self.lock().newest.values().map(Arc::clone).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Stages> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stages {
    /// Answers what is forgotten.
    fn tidy(&mut self, now: Instant) -> Vec<Arc<Attempt>> {
        if self.newest.len() < self.tidy_at {
            return Vec::new();
        }
        let is_old = |gang: &Arc<Attempt>| gang.has_ended_before(now, REMEMBER_AT_LEAST);
        let forgotten = self.newest.extract_if(|_, gang| is_old(gang)).map(|(_, gang)| gang).collect();
        self.tidy_at = TIDY_AT_LEAST.max(2 * self.newest.len());
        forgotten
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
        self.common.alarm.end();
    }
}
