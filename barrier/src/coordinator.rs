//! The place where the tasks of stages meet.

mod builder;
mod cleaner;
#[cfg(feature = "grpc")]
mod remote;
mod waiting;

use std::fmt;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use listener_bus::events::{PartitionId, StageId};
use listener_bus::{LiveListenerBus, SchedulerEvent};

use crate::attempt::Attempt;
use crate::context::BarrierTaskContext;
use crate::error::{AbortedBy, BarrierError, OnStartError, Silence};
use crate::registry::Registry;
use crate::stage::TaskIds;
use crate::state::{Due, GangSnapshot};
use crate::tally::Counts;
use crate::task::{BarrierTask, StageAttempt};
use cleaner::Cleaner;

pub use builder::BarrierCoordinatorBuilder;

/// Lets the tasks of a stage attempt wait for each other, and fail together; as Spark's `BarrierCoordinator`.
///
/// A cheap handle; when the last one is dropped, whoever waits is told that the coordinator is gone.
#[derive(Clone)]
#[must_use = "dropping the last handle ends all gangs"]
pub struct BarrierCoordinator {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    registry: Arc<Registry>,
    cleaner: Mutex<Option<Cleaner>>,
    task_ids: TaskIds,
    stage_ids: AtomicI32,
}

impl fmt::Debug for BarrierCoordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierCoordinator").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// A coordinator at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoordinatorSnapshot {
    /// The gangs that live, by stage.
    pub gangs: Vec<GangSnapshot>,
    /// What has been counted since it was built.
    pub counts: Counts,
}

impl BarrierCoordinator {
    /// Sets a coordinator up.
    pub fn builder() -> BarrierCoordinatorBuilder {
        BarrierCoordinatorBuilder::default()
    }

    pub(crate) fn new(name: String, registry: Arc<Registry>) -> Self {
        Self {
            shared: Arc::new(Shared {
                name,
                registry,
                cleaner: Mutex::new(None),
                task_ids: TaskIds::default(),
                stage_ids: AtomicI32::new(0),
            }),
        }
    }

    /// The coordinator's name: the `coordinator` label in metrics.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Listens to the bus, and does not keep it alive: a completed stage attempt is cleared, and whoever waits in it is answered. The listener goes
    /// to the queue of [`add_to_status_queue`](LiveListenerBus::add_to_status_queue), as Spark's does.
    ///
    /// A bus may drop events, so nothing depends on it: see [`clear`](Self::clear) and
    /// [`idle_ttl`](BarrierCoordinatorBuilder::idle_ttl).
    ///
    /// # Errors
    /// [`OnStartError`]; the coordinator works without a bus as well.
    pub fn on_start(&self, bus: &LiveListenerBus<SchedulerEvent>) -> Result<(), OnStartError> {
        let coordinator = || self.name().to_owned();
        let mut cleaner = self.shared.cleaner();
        if self.shared.registry.is_stopped() {
            return Err(OnStartError::Stopped { coordinator: coordinator() });
        }
        if cleaner.is_some() {
            return Err(OnStartError::AlreadyStarted { coordinator: coordinator() });
        }
        *cleaner = Some(Cleaner::listen(bus, &self.shared.registry)?);
        Ok(())
    }

    /// Stops listening, ends all gangs with [`BarrierError::CoordinatorGone`], and takes no more. Waits for nobody, and
    /// may be called again.
    pub fn on_stop(&self) {
        self.shared.stop();
    }

    /// The context of one task of a gang. The first one of a stage attempt makes the gang; one of a newer attempt ends
    /// the older. A context begins at epoch 0: a second one for a task gets the answers of the gang's first round at the
    /// latest while the second is not complete, and is refused as stale after that.
    ///
    /// # Errors
    /// [`BarrierError`], if the task cannot be one of the gang, or the gang is over.
    pub fn context(&self, task: BarrierTask) -> Result<BarrierTaskContext, BarrierError> {
        let gang = self.gang_of(&task)?;
        gang.attend(&task)?;
        gang.hold();
        Ok(BarrierTaskContext::new(task, gang))
    }

    /// Clears a stage attempt: whoever waits is answered with [`BarrierError::StageCompleted`], and so is whoever comes
    /// later, also if nobody has come yet. Answers whether there was anything to clear.
    pub fn clear(&self, stage_attempt: StageAttempt) -> bool {
        self.end(stage_attempt, &BarrierError::StageCompleted { stage_attempt })
    }

    /// Aborts a stage attempt: whoever waits is answered at once with [`BarrierError::Aborted`], and so is whoever comes
    /// later, also if nobody has come yet. Answers whether it lived.
    pub fn abort(&self, stage_attempt: StageAttempt, by: AbortedBy, reason: impl Into<Arc<str>>) -> bool {
        self.end(stage_attempt, &BarrierError::Aborted { stage_attempt, by, reason: reason.into() })
    }

    /// Expects to be told of the task again within that time, for schedulers that hear of their tasks themselves: if it
    /// is not, the gang fails with [`BarrierError::TaskLost`]. Each call begins that time anew; a time the clock cannot tell
    /// never ends. Answers whether there is such a task of a gang that lives.
    pub fn expect_heartbeat(
        &self,
        stage_attempt: StageAttempt,
        partition: impl Into<PartitionId>,
        within: Duration,
    ) -> bool {
        let at = Instant::now().checked_add(within);
        let due = at.map(|at| Due { at, silence: Silence::NoHeartbeat, within });
        self.expect_sign(stage_attempt, partition.into(), due)
    }

    /// Takes [`expect_heartbeat`](Self::expect_heartbeat) back. Answers whether there is such a task.
    pub fn expect_no_heartbeat(
        &self,
        stage_attempt: StageAttempt,
        partition: impl Into<PartitionId>,
    ) -> bool {
        self.expect_sign(stage_attempt, partition.into(), None)
    }

    fn expect_sign(&self, stage_attempt: StageAttempt, partition: PartitionId, due: Option<Due>) -> bool {
        self.shared.registry.get(stage_attempt).is_some_and(|gang| gang.expect_sign(partition, due))
    }

    /// What the coordinator has and has counted.
    pub fn snapshot(&self) -> CoordinatorSnapshot {
        let registry = &self.shared.registry;
        CoordinatorSnapshot {
            gangs: registry.snapshots(Instant::now()),
            counts: registry.common().tally.counts(),
        }
    }

    /// Numbers for the task attempts of stages that bring none.
    pub(crate) fn task_ids(&self) -> &TaskIds {
        &self.shared.task_ids
    }

    /// A number for a stage that brings none, which no stage known here has.
    pub(crate) fn next_stage_id(&self) -> StageId {
        loop {
            let next = StageId(self.shared.stage_ids.fetch_add(1, Ordering::Relaxed));
            if !self.shared.registry.knows(next) {
                return next;
            }
        }
    }

    pub(crate) fn gang_of(&self, task: &BarrierTask) -> Result<Arc<Attempt>, BarrierError> {
        self.shared.registry.gang_of(task)
    }

    pub(crate) fn end(&self, stage_attempt: StageAttempt, cause: &BarrierError) -> bool {
        self.shared.registry.end(stage_attempt, cause)
    }
}

impl Shared {
    fn cleaner(&self) -> MutexGuard<'_, Option<Cleaner>> {
        self.cleaner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.registry.stop();
        let cleaner = self.cleaner().take();
        if let Some(cleaner) = cleaner {
            cleaner.leave();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}
