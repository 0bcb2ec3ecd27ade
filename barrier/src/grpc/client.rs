//! The client: the same contexts for the tasks of gangs elsewhere.

mod book;
mod builder;
mod core;
mod driver;
mod effects;
mod gang;
mod line;
mod seat;
mod settings;
mod trouble;
mod work;

use std::fmt;
use std::sync::Arc;
use std::thread::{self, ThreadId};

use crossbeam::channel::{Receiver, RecvTimeoutError, bounded};
use tokio::runtime::Handle;

use crate::answer::Answered;
use crate::context::BarrierTaskContext;
use crate::error::BarrierError;
use crate::messages::Messages;
use crate::task::{BarrierTask, BarrierTaskInfo, StageAttempt};
use core::Core;
use driver::Ending;
use gang::RemoteGang;
use work::CLOSE_WITHIN;

pub use builder::{ConnectError, GrpcCoordinatorBuilder};

/// A coordinator elsewhere: its contexts are those of a [`BarrierCoordinator`](crate::BarrierCoordinator) of this
/// process, and the code of a task is the same.
///
/// A cheap handle. Any number of tasks, of any number of gangs, share one connection. It is kept alive, and made again
/// when it breaks: what waits goes on waiting, nothing is counted twice, and no answer is lost. The connection ends when
/// the last handle and the last context are dropped; see [`close`](Self::close).
#[derive(Clone)]
pub struct GrpcCoordinator {
    client: Arc<Client>,
}

impl fmt::Debug for GrpcCoordinator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcCoordinator")
            .field("uri", self.client.core.settings.endpoint.uri())
            .finish_non_exhaustive()
    }
}

/// What handles and contexts hold: the last one ends the work.
#[derive(Debug)]
struct Client {
    core: Arc<Core>,
    /// Where the work is done.
    runtime: Handle,
    worker: Worker,
}

/// Who works for a client.
#[derive(Debug)]
enum Worker {
    /// A task of the runtime that it was connected in.
    Task,
    /// A thread of its own, with a runtime of its own.
    Thread {
        id: ThreadId,
        /// Disconnected when the thread has ended.
        ended: Receiver<()>,
    },
}

impl GrpcCoordinator {
    /// Sets a client up, for a server at `uri`: `http://host:port`, or `https://host:port` for TLS.
    pub fn builder(uri: impl Into<String>) -> GrpcCoordinatorBuilder {
        GrpcCoordinatorBuilder::new(uri.into())
    }

    /// The context of one task of a gang. It does not wait for the server: a task that cannot be one of the gang is
    /// told so by its first call.
    ///
    /// # Errors
    /// [`BarrierError`], if it is known here that the gang is over, or that another task has that partition.
    pub fn context(&self, task: BarrierTask) -> Result<BarrierTaskContext, BarrierError> {
        let client = Arc::clone(&self.client);
        let end = client.core.with(|book| book.attend(&task))?;
        let id = task.stage_attempt;
        Ok(BarrierTaskContext::new(task, Arc::new(RemoteGang { client, id, end })))
    }

    /// The context of one task of a gang whose tasks tell each other where they run: the gang's first round is an
    /// `all_gather` of their addresses, which are its [`task_infos`](BarrierTaskContext::task_infos) then. All tasks of
    /// the gang must use it, or none.
    ///
    /// # Errors
    /// As [`all_gather_text`](BarrierTaskContext::all_gather_text).
    ///
    /// # Cancel safety
    /// Dropped before the round ends, it takes the task out of the gang.
    pub async fn join(
        &self,
        task: BarrierTask,
        address: impl Into<String>,
    ) -> Result<BarrierTaskContext, BarrierError> {
        let mut context = self.context(task)?;
        let addresses = context.all_gather_text_async(address).await?;
        context.set_task_infos(addresses.into_iter().map(BarrierTaskInfo::from).collect());
        Ok(context)
    }

    /// As [`join`](Self::join), for programs of threads.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    ///
    /// # Blocking
    /// As [`barrier`](BarrierTaskContext::barrier).
    pub fn join_blocking(
        &self,
        task: BarrierTask,
        address: impl Into<String>,
    ) -> Result<BarrierTaskContext, BarrierError> {
        let mut context = self.context(task)?;
        let addresses = context.all_gather_text(address)?;
        context.set_task_infos(addresses.into_iter().map(BarrierTaskInfo::from).collect());
        Ok(context)
    }

    /// Clears a stage attempt, for whoever drives it: whoever waits is answered with [`BarrierError::StageCompleted`],
    /// and so is whoever comes later. Answers whether the gang lived, as far as the server knows: a call that was lost
    /// and made again finds it ended.
    ///
    /// # Errors
    /// [`BarrierError::CoordinatorGone`], if the server cannot be reached for
    /// [`give_up_after`](GrpcCoordinatorBuilder::give_up_after), or refuses.
    ///
    /// # Cancel safety
    /// Dropped, the call is made all the same.
    pub async fn clear(&self, stage_attempt: StageAttempt) -> Result<bool, BarrierError> {
        self.end(stage_attempt, Ending::Completed).await
    }

    /// Aborts a stage attempt, for whoever drives it: whoever waits is answered at once with
    /// [`BarrierError::Aborted`], and so is whoever comes later. Answers whether the gang lived, as
    /// [`clear`](Self::clear) does.
    ///
    /// # Errors
    /// As [`clear`](Self::clear).
    ///
    /// # Cancel safety
    /// As [`clear`](Self::clear).
    pub async fn abort(
        &self,
        stage_attempt: StageAttempt,
        reason: impl Into<Arc<str>>,
    ) -> Result<bool, BarrierError> {
        self.end(stage_attempt, Ending::Aborted(reason.into())).await
    }

    /// As [`clear`](Self::clear), for programs of threads.
    ///
    /// # Errors
    /// As [`clear`](Self::clear).
    ///
    /// # Blocking
    /// Until the server has answered, or was given up.
    pub fn clear_blocking(&self, stage_attempt: StageAttempt) -> Result<bool, BarrierError> {
        self.end_blocking(stage_attempt, Ending::Completed)
    }

    /// As [`abort`](Self::abort), for programs of threads.
    ///
    /// # Errors
    /// As [`clear`](Self::clear).
    ///
    /// # Blocking
    /// As [`clear_blocking`](Self::clear_blocking).
    pub fn abort_blocking(
        &self,
        stage_attempt: StageAttempt,
        reason: impl Into<Arc<str>>,
    ) -> Result<bool, BarrierError> {
        self.end_blocking(stage_attempt, Ending::Aborted(reason.into()))
    }

    async fn end(&self, stage_attempt: StageAttempt, ending: Ending) -> Result<bool, BarrierError> {
        let call = driver::end(Arc::clone(&self.client.core), stage_attempt, ending);
        self.client.runtime.spawn(call).await.unwrap_or_else(|_ended| Err(driver::gone(stage_attempt)))
    }

    fn end_blocking(&self, stage_attempt: StageAttempt, ending: Ending) -> Result<bool, BarrierError> {
        let call = driver::end(Arc::clone(&self.client.core), stage_attempt, ending);
        let (tell, told) = bounded(1);
        self.client.runtime.spawn(async move {
            // Nobody takes it if the caller is gone, which cannot be: it blocks.
            drop(tell.send(call.await));
        });
        told.recv().unwrap_or_else(|_ended| Err(driver::gone(stage_attempt)))
    }

    /// Tells the server that the tasks whose contexts were dropped have left, and ends the connection; waits for that
    /// for 2 seconds at most. Contexts that are still there fail with [`BarrierError::CoordinatorGone`].
    ///
    /// A program that ends without this, right after its last context was dropped, may be taken for one that was
    /// killed: the gangs of its tasks fail then, if they are not over. One that was connected with
    /// [`connect_blocking`](GrpcCoordinatorBuilder::connect_blocking) does the same when the last handle and the last
    /// context are dropped.
    ///
    /// # Cancel safety
    /// Safe; the connection ends anyway.
    pub async fn close(self) {
        let core = Arc::clone(&self.client.core);
        core.close();
        let ended: Result<Messages, BarrierError> = Answered::new(Arc::clone(&core.ended)).await;
        drop(ended);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.core.close();
        match &self.worker {
            Worker::Task => {}
            // The last context may be dropped by a task that the worker itself has woken.
            Worker::Thread { id, .. } if *id == thread::current().id() => {}
            Worker::Thread { ended, .. } => {
                if ended.recv_timeout(2 * CLOSE_WITHIN) == Err(RecvTimeoutError::Timeout) {
                    tracing::warn!("the barrier client did not end in time and is left behind");
                }
            }
        }
    }
}
