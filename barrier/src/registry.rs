//! The newest gang of each stage.

#[cfg(all(test, not(loom)))]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use listener_bus::events::StageId;

use crate::attempt::{Attempt, Common, Look};
use crate::error::{BarrierError, Gone};
use crate::state::GangSnapshot;
use crate::task::{BarrierTask, StageAttempt};

/// Beyond so many stages, those that have ended are forgotten before their time.
const TIDY_AT_LEAST: usize = 10_000;

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

/// The gang of a task, and what had to make room for it.
struct Found {
    gang: Arc<Attempt>,
    older: Option<Arc<Attempt>>,
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
        let Found { gang, older } =
            self.find_or_make(task).inspect_err(|error| self.common.tally.refused(error))?;
        if let Some(older) = older {
            let (stage_attempt, newest) = (older.id(), task.stage_attempt.attempt_id);
            older.kill(&BarrierError::Superseded { stage_attempt, newest });
        }
        Ok(gang)
    }

    fn find_or_make(&self, task: &BarrierTask) -> Result<Found, BarrierError> {
        let stage_attempt = task.stage_attempt;
        let mut stages = self.lock();
        if stages.life == Life::Stopped {
            return Err(BarrierError::CoordinatorGone { stage_attempt, why: Gone::Stopped });
        }
        if let Some(gang) = stages.newest.get(&stage_attempt.stage_id) {
            let newest = gang.id().attempt_id;
            if newest == stage_attempt.attempt_id {
                return Ok(Found { gang: Arc::clone(gang), older: None });
            }
            if newest > stage_attempt.attempt_id {
                return Err(BarrierError::Superseded { stage_attempt, newest });
            }
        }
        let (num_tasks, limit) = (task.num_tasks, self.common.settings.max_tasks);
        if num_tasks == 0 || num_tasks > limit {
            let partition = task.partition_id;
            return Err(BarrierError::NumberOfTasksRefused { stage_attempt, partition, num_tasks, limit });
        }
        stages.tidy();
        let gang = Attempt::new(stage_attempt, num_tasks, &self.common);
        let older = stages.newest.insert(stage_attempt.stage_id, Arc::clone(&gang));
        drop(stages);
        Ok(Found { gang, older })
    }

    /// The gang of this stage attempt, if there is one.
    pub(crate) fn get(&self, stage_attempt: StageAttempt) -> Option<Arc<Attempt>> {
        let newest = self.lock().newest.get(&stage_attempt.stage_id).map(Arc::clone);
        newest.filter(|gang| gang.id() == stage_attempt)
    }

    /// Looks what time has done to the gangs, and says when to look next.
    pub(crate) fn elapse(&self, now: Instant) {
        let gangs = self.all();
        for gang in gangs {
            match gang.elapse(now) {
                Look::Again(None) => {}
                Look::Again(Some(next)) => self.common.alarm.set(next),
                Look::Forget => self.forget(&gang),
            }
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

    /// Stages with state, the remains of ended gangs included.
    #[cfg(test)]
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
    fn tidy(&mut self) {
        if self.newest.len() >= self.tidy_at {
            self.newest.retain(|_, gang| gang.is_live());
            self.tidy_at = TIDY_AT_LEAST.max(2 * self.newest.len());
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop();
        self.common.alarm.end();
    }
}
