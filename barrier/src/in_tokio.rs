//! Stages whose tasks are async, in tokio.

mod task;

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use listener_bus::Poster;
use tokio::runtime::Handle;

use crate::context::BarrierTaskContext;
use crate::pace::{Pace, Post};
use crate::slots::{SlotGrant, SlotPool, SlotWait, SlotsError};
use crate::stage::crew::{Crew, Job, Launch, Refused};
use crate::stage::run::StageRun;
use crate::stage::{BarrierStage, StageError, TaskFailure};
use task::{Work, run};

/// Waits as a task of the runtime.
#[derive(Clone, Copy, Debug)]
struct InTokio;

/// A tokio task a task.
struct Tasks<T> {
    runtime: Handle,
    work: Work<T>,
}

impl Pace for InTokio {
    const POST: Post = Poster::try_post;

    fn sleep_until(&self, at: Instant) -> impl Future<Output = ()> + Send {
        tokio::time::sleep_until(at.into())
    }
}

impl<T: Send + 'static> Crew<T> for Tasks<T> {
    fn muster(&self, jobs: Vec<Job<T>>) -> Result<Launch, Refused> {
        let (runtime, work) = (self.runtime.clone(), Arc::clone(&self.work));
        Ok(Box::new(move || {
            for job in jobs {
                // Nobody holds on to the task: it ends with its gang.
                drop(runtime.spawn(run(job, Arc::clone(&work))));
            }
        }))
    }
}

impl SlotPool {
    /// As [`acquire`](Self::acquire), without blocking the thread.
    ///
    /// # Errors
    /// [`SlotsError`].
    ///
    /// # Panics
    /// If it has to wait, and the tokio runtime it is polled in has no timers.
    ///
    /// # Cancel safety
    /// Safe: dropped, it takes no slot, and leaves its place in the line.
    pub async fn acquire_async(&self, slots: usize, wait: SlotWait) -> Result<SlotGrant, SlotsError> {
        self.acquire_at(&InTokio, slots, wait).await
    }
}

impl BarrierStage {
    /// As [`map_partitions`](Self::map_partitions), with async tasks in the tokio runtime that this is polled in.
    ///
    /// When the gang ends, each task is polled once more: one that waits in
    /// [`barrier_async`](BarrierTaskContext::barrier_async) gets the first cause there and may return it. A task that
    /// waits for anything else, or goes on to wait, is dropped. Events are posted with
    /// [`try_post`](listener_bus::LiveListenerBus::try_post), which never blocks.
    ///
    /// # Errors
    /// [`StageError`], also [`StageError::NoRuntime`].
    ///
    /// # Panics
    /// If it has to wait for a time, and the runtime has no timers.
    ///
    /// # Cancel safety
    /// Dropped, it aborts the gang, and posts the end of the attempt and of each of its tasks; the tasks are dropped by
    /// the runtime soon after, and give their slots back then. The stage itself is gone.
    pub async fn map_partitions_async<I, T, E, F, Fut>(
        self,
        inputs: Vec<I>,
        work: F,
    ) -> Result<Vec<T>, StageError>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Fn(BarrierTaskContext, Arc<I>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let Self { plan, control } = self;
        let num_tasks = inputs.len();
        let stage = StageRun::new(&plan, &control, &InTokio);
        if num_tasks == 0 {
            return Ok(Vec::new());
        }
        let Ok(runtime) = Handle::try_current() else {
            return Err(StageError::NoRuntime { stage_id: plan.stage_id });
        };
        let (inputs, work): (Vec<_>, _) = (inputs.into_iter().map(Arc::new).collect(), Arc::new(work));
        let work = move |index: usize, context| {
            let (work, input) = (Arc::clone(&work), inputs.get(index).map(Arc::clone));
            let task = async move {
                let input = input.ok_or(TaskFailure::Dropped)?;
                work(context, input).await.map_err(TaskFailure::of_error)
            };
            Box::pin(task) as task::Working<T>
        };
        let crew = Tasks { runtime, work: Arc::new(work) };
        stage.run(num_tasks, &crew).await
    }
}
