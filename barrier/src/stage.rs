//! Runs the tasks of a stage as a gang: all at once or none, and the first failure ends them all.

mod attempt_run;
mod board;
mod builder;
mod cause;
mod clock;
pub(crate) mod crew;
mod error;
mod events;
mod failure;
mod handle;
mod plan;
pub(crate) mod run;
mod task_ids;
mod threads;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use listener_bus::events::StageId;

use crate::context::BarrierTaskContext;
use crate::coordinator::BarrierCoordinator;
use crate::pace::OnThread;
use crate::slots::SlotPool;
use handle::Control;
use plan::Plan;
use run::StageRun;
use threads::Threads;

pub use builder::BarrierStageBuilder;
pub use error::{StageBuildError, StageError};
pub use failure::TaskFailure;
pub use handle::StageHandle;
pub use task_ids::TaskIds;

/// A stage whose tasks run as a gang; as Spark's `RDD.barrier().mapPartitions`.
///
/// All tasks start together, once the pool has a slot for each. The first failure ends the gang at once: a task inside
/// [`barrier`](BarrierTaskContext::barrier) gets it as an error, and one that computes can ask for it with
/// [`ended`](BarrierTaskContext::ended). When all tasks have ended, the stage is tried again as a new attempt with fresh
/// state, up to a limit. An abort, a deadline, a task that does not end and a coordinator that is gone are not tried
/// again.
///
/// With a bus, each attempt that has its slots is told of: `StageSubmitted`, a `TaskStart` and a `TaskEnd` for each task,
/// `StageCompleted`. The task that failed first ends with `ExceptionFailure`; those that did not do their work because of
/// it end with `TaskKilled`, also those that never noticed.
///
/// ```
/// use barrier::{BarrierCoordinator, BarrierError, BarrierStage, SlotPool};
///
/// let coordinator = BarrierCoordinator::builder().build()?;
/// let stage = BarrierStage::builder(&coordinator, &SlotPool::local(3)).build()?;
/// let sums = stage.map_partitions(vec![1, 2, 3], |context, input| {
///     let all = context.all_gather_text(input.to_string())?;
///     Ok::<_, BarrierError>(all.join("+"))
/// })?;
/// assert_eq!(sums, ["1+2+3"; 3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "run it"]
pub struct BarrierStage {
    pub(crate) plan: Plan,
    pub(crate) control: Arc<Control>,
}

impl fmt::Debug for BarrierStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierStage").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl BarrierStage {
    /// Sets a stage up, whose tasks meet at this coordinator and run in slots of this pool.
    pub fn builder(coordinator: &BarrierCoordinator, pool: &SlotPool) -> BarrierStageBuilder {
        BarrierStageBuilder::new(coordinator, pool)
    }

    /// The stage's number.
    pub fn stage_id(&self) -> StageId {
        self.plan.stage_id
    }

    /// A handle to abort the stage, or to kill a task of it, while it runs.
    pub fn handle(&self) -> StageHandle {
        StageHandle::new(&self.control)
    }

    /// Runs `work` on every input, each in a thread of its own and all as one gang; answers the results in the order of
    /// the inputs. Without inputs there is no stage, no event, and no result.
    ///
    /// A task that fails returns an error or panics; both fail the attempt. The error may be of any type, also
    /// `anyhow::Error` and text.
    ///
    /// # Errors
    /// [`StageError`].
    ///
    /// # Blocking
    /// Until the stage ends. It waits for slots as long as the builder says; for its tasks it waits until they end, which
    /// is without limit unless there is a deadline; after a failure it waits for tasks that do not notice no longer than
    /// [`abandon_after`](BarrierStageBuilder::abandon_after). Where a queue of the bus makes posts wait, so does it.
    pub fn map_partitions<I, T, E, F>(self, inputs: Vec<I>, work: F) -> Result<Vec<T>, StageError>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Fn(&mut BarrierTaskContext, &I) -> Result<T, E> + Send + Sync + 'static,
    {
        let Self { plan, control } = self;
        let (num_tasks, stack_size) = (inputs.len(), plan.stack_size);
        let pace = OnThread::default();
        let stage = StageRun::new(&plan, &control, &pace);
        if num_tasks == 0 {
            return Ok(Vec::new());
        }
        let work = move |index: usize, context: &mut BarrierTaskContext| match inputs.get(index) {
            Some(input) => work(context, input).map_err(TaskFailure::of_error),
            None => Err(TaskFailure::Dropped),
        };
        let crew = Threads { work: Arc::new(work), stack_size };
        pace.drive(stage.run(num_tasks, &crew))
    }
}
