//! The client of whoever drives the stages.

mod builder;
mod calls;
mod order;

use std::fmt;
use std::sync::Arc;

use listener_bus::events::{ExecutorId, PartitionId, StageId, TaskEndReason};

use super::caller::Caller;
use super::error::{CallError, RemoteStageStartError};
use super::home::Home;
use super::settings::Settings;
use crate::completion::Completion;
use crate::task::TaskAttempt;
use calls::{complete, completed, end, ended, is_empty, lose, lost, start, started};
use order::Order;

pub use builder::GrpcCommitDriverBuilder;

/// A coordinator elsewhere, for whoever drives the stages: the methods and answers of an
/// [`OutputCommitCoordinator`](crate::OutputCommitCoordinator), each of which may fail to reach it.
///
/// A cheap handle. Calls share one connection, which is made again when it breaks; a call is made again until it is answered.
/// Stages start and end in the order in which its handles were told: a packet that arrives late changes nothing.
///
/// Methods without `_async` block; those of a client that was connected with
/// [`connect`](GrpcCommitDriverBuilder::connect) are not for the threads of its own runtime, which they would hold up.
#[derive(Clone)]
pub struct GrpcCommitDriver {
    line: Arc<Line>,
}

/// What the handles share; the last one ends it.
struct Line {
    caller: Arc<Caller>,
    order: Order,
    home: Home,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.caller.close();
    }
}

impl fmt::Debug for GrpcCommitDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcCommitDriver").field("uri", self.line.caller.uri()).finish_non_exhaustive()
    }
}

impl GrpcCommitDriver {
    /// Sets a client up, for a server at `uri`: `http://host:port`, or `https://host:port` for TLS.
    pub fn builder(uri: impl Into<String>) -> GrpcCommitDriverBuilder {
        GrpcCommitDriverBuilder::new(Settings::new(uri))
    }

    fn new(caller: Arc<Caller>, home: Home) -> Self {
        Self { line: Arc::new(Line { caller, order: Order::new(), home }) }
    }

    /// As [`OutputCommitCoordinator::stage_start`](crate::OutputCommitCoordinator::stage_start). A call that was lost and
    /// made again finds the stage there, and answers that it is not new.
    ///
    /// # Errors
    /// [`RemoteStageStartError`].
    ///
    /// # Blocking
    /// Until the server has answered, or was given up.
    pub fn stage_start(
        &self,
        stage: impl Into<StageId>,
        max_partition_id: impl Into<PartitionId>,
    ) -> Result<bool, RemoteStageStartError> {
        let told = started(self.line.order.next(), stage.into(), max_partition_id.into());
        let caller = Arc::clone(&self.line.caller);
        self.line.block(async move { start(&caller, told).await })?
    }

    /// As [`stage_start`](Self::stage_start), for async code.
    ///
    /// # Errors
    /// As [`stage_start`](Self::stage_start).
    ///
    /// # Cancel safety
    /// Dropped, the stage may have been started, or not; to start it again does no harm.
    pub async fn stage_start_async(
        &self,
        stage: impl Into<StageId>,
        max_partition_id: impl Into<PartitionId>,
    ) -> Result<bool, RemoteStageStartError> {
        let told = started(self.line.order.next(), stage.into(), max_partition_id.into());
        start(&self.line.caller, told).await
    }

    /// As [`OutputCommitCoordinator::stage_end`](crate::OutputCommitCoordinator::stage_end). A call that was lost and made
    /// again finds no stage.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Blocking
    /// As [`stage_start`](Self::stage_start).
    pub fn stage_end(&self, stage: impl Into<StageId>) -> Result<bool, CallError> {
        let (caller, told) = (Arc::clone(&self.line.caller), ended(self.line.order.next(), stage.into()));
        self.line.block(async move { end(&caller, told).await })?
    }

    /// As [`stage_end`](Self::stage_end), for async code.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Cancel safety
    /// Dropped, the stage may have been ended, or not; to end it again does no harm.
    pub async fn stage_end_async(&self, stage: impl Into<StageId>) -> Result<bool, CallError> {
        end(&self.line.caller, ended(self.line.order.next(), stage.into())).await
    }

    /// As [`OutputCommitCoordinator::task_completed`](crate::OutputCommitCoordinator::task_completed). Of the reason, its kind
    /// goes over the wire, and a text for people. A call that was lost and made again is answered
    /// [`Completion::Duplicate`].
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Blocking
    /// As [`stage_start`](Self::stage_start).
    pub fn task_completed(&self, task: TaskAttempt, reason: &TaskEndReason) -> Result<Completion, CallError> {
        let (caller, told) = (Arc::clone(&self.line.caller), completed(task, reason));
        self.line.block(async move { complete(&caller, told).await })?
    }

    /// As [`task_completed`](Self::task_completed), for async code.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Cancel safety
    /// Dropped, it may have been told, or not; to tell it again does no harm.
    pub async fn task_completed_async(
        &self,
        task: TaskAttempt,
        reason: &TaskEndReason,
    ) -> Result<Completion, CallError> {
        complete(&self.line.caller, completed(task, reason)).await
    }

    /// As [`HeartbeatReceiver::executor_lost`](crate::executors::HeartbeatReceiver::executor_lost).
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Blocking
    /// As [`stage_start`](Self::stage_start).
    pub fn executor_lost(&self, executor: impl Into<ExecutorId>, reason: &str) -> Result<bool, CallError> {
        let (caller, told) = (Arc::clone(&self.line.caller), lost(&executor.into(), reason));
        self.line.block(async move { lose(&caller, told).await })?
    }

    /// As [`executor_lost`](Self::executor_lost), for async code.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Cancel safety
    /// Dropped, it may have been told, or not; to tell it again does no harm.
    pub async fn executor_lost_async(
        &self,
        executor: impl Into<ExecutorId>,
        reason: &str,
    ) -> Result<bool, CallError> {
        lose(&self.line.caller, lost(&executor.into(), reason)).await
    }

    /// As [`OutputCommitCoordinator::is_empty`](crate::OutputCommitCoordinator::is_empty).
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Blocking
    /// As [`stage_start`](Self::stage_start).
    pub fn is_empty(&self) -> Result<bool, CallError> {
        let caller = Arc::clone(&self.line.caller);
        self.line.block(async move { is_empty(&caller).await })?
    }

    /// As [`is_empty`](Self::is_empty), for async code.
    ///
    /// # Errors
    /// [`CallError`].
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn is_empty_async(&self) -> Result<bool, CallError> {
        is_empty(&self.line.caller).await
    }

    /// Ends the connection; calls that are under way, and later ones, fail with [`CallError::Closed`].
    pub fn close(self) {
        self.line.caller.close();
    }
}

impl Line {
    fn block<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, CallError> {
        let done = self.home.block(self.caller.give_up_after, work);
        done.map_err(|not_done| self.caller.not_done(not_done))
    }
}
