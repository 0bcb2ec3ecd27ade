//! The client of processes that run tasks.

mod asks;
mod builder;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::beats::{self, Executor};
use super::caller::Caller;
use super::error::{CallError, CanCommitError};
use super::home::Home;
use super::settings::Settings;
use crate::arbiter::CommitArbiter;
use crate::grpc::wire::MOST_TASKS;
use crate::task::TaskAttempt;
use crate::verdict::Verdict;
use asks::Asks;

pub use builder::GrpcCommitWorkerBuilder;

/// How long a client that closes waits for the server to hear of it.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// A coordinator elsewhere, for tasks: they ask as they would ask an
/// [`OutputCommitCoordinator`](crate::OutputCommitCoordinator), and get the same answers, unless it cannot be reached.
///
/// A cheap handle. Calls share one connection, which is made again when it breaks; a call is made again until it is answered.
/// One that has an [`executor`](GrpcCommitWorkerBuilder::executor) registers it, gives signs of life for it in the background,
/// and registers it again when it is told to.
///
/// Methods without `_async` block; those of a client that was connected with
/// [`connect`](GrpcCommitWorkerBuilder::connect) are not for the threads of its own runtime, which they would hold up.
#[derive(Clone)]
pub struct GrpcCommitWorker {
    line: Arc<Line>,
}

/// What the handles share; the last one ends it.
struct Line {
    asks: Asks,
    home: Home,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.asks.caller.close();
    }
}

impl fmt::Debug for GrpcCommitWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcCommitWorker").field("uri", self.line.asks.caller.uri()).finish_non_exhaustive()
    }
}

impl GrpcCommitWorker {
    /// Sets a client up, for a server at `uri`: `http://host:port`, or `https://host:port` for TLS.
    pub fn builder(uri: impl Into<String>) -> GrpcCommitWorkerBuilder {
        GrpcCommitWorkerBuilder::new(Settings::new(uri))
    }

    /// As [`OutputCommitCoordinator::can_commit`](crate::OutputCommitCoordinator::can_commit).
    ///
    /// # Errors
    /// [`CanCommitError`].
    ///
    /// # Blocking
    /// Until the server has answered, or was given up.
    pub fn can_commit(&self, task: TaskAttempt) -> Result<Verdict, CanCommitError> {
        let asks = self.line.asks.clone();
        self.line.block(Duration::ZERO, async move { asks.can_commit(task).await })?
    }

    /// As [`can_commit`](Self::can_commit), for async code. Needs a tokio runtime with time.
    ///
    /// # Errors
    /// As [`can_commit`](Self::can_commit).
    ///
    /// # Cancel safety
    /// Dropped, the attempt may have been granted its partition, or not; it may ask again.
    pub async fn can_commit_async(&self, task: TaskAttempt) -> Result<Verdict, CanCommitError> {
        self.line.asks.can_commit(task).await
    }

    /// As [`can_commit`](Self::can_commit), for many attempts in one call, or in one for each 10 000 of them; the answers are
    /// in their order.
    ///
    /// # Errors
    /// As [`can_commit`](Self::can_commit); an executor that has no say has none for all of them.
    ///
    /// # Cancel safety
    /// As [`can_commit_async`](Self::can_commit_async).
    pub async fn can_commit_all_async(&self, tasks: &[TaskAttempt]) -> Result<Vec<Verdict>, CanCommitError> {
        self.line.asks.can_commit_all(tasks).await
    }

    /// As [`can_commit_all_async`](Self::can_commit_all_async), for programs of threads.
    ///
    /// # Errors
    /// As [`can_commit_all_async`](Self::can_commit_all_async).
    ///
    /// # Blocking
    /// As [`can_commit`](Self::can_commit).
    pub fn can_commit_all(&self, tasks: &[TaskAttempt]) -> Result<Vec<Verdict>, CanCommitError> {
        let (asks, tasks) = (self.line.asks.clone(), tasks.to_vec());
        let calls = u32::try_from(tasks.len().div_ceil(MOST_TASKS)).unwrap_or(u32::MAX);
        let more = self.line.asks.caller.give_up_after.saturating_mul(calls);
        self.line.block(more, async move { asks.can_commit_all(&tasks).await })?
    }

    /// As [`OutputCommitCoordinator::await_decision`](crate::OutputCommitCoordinator::await_decision). It ends 5 seconds after
    /// the deadline at the latest, whether the server can be reached or not.
    ///
    /// # Errors
    /// [`CanCommitError`].
    ///
    /// # Blocking
    /// Until there is a decision, or the deadline; or the server was given up.
    pub fn await_decision(&self, task: TaskAttempt, deadline: Instant) -> Result<Verdict, CanCommitError> {
        let asks = self.line.asks.clone();
        let at_most = deadline.saturating_duration_since(Instant::now());
        self.line.block(at_most, async move { asks.await_decision(task, deadline).await })?
    }

    /// As [`await_decision`](Self::await_decision), for async code. Needs a tokio runtime with time.
    ///
    /// # Errors
    /// As [`await_decision`](Self::await_decision).
    ///
    /// # Cancel safety
    /// An attempt that does not wait any more is not granted anything by the wait. If it was granted its partition at that
    /// very moment, it may ask again.
    pub async fn await_decision_async(
        &self,
        task: TaskAttempt,
        deadline: Instant,
    ) -> Result<Verdict, CanCommitError> {
        self.line.asks.await_decision(task, deadline).await
    }

    /// Ends the connection, and says that the executor leaves in good order: each of its attempts has ended, and whoever drives
    /// the stages knows how, or will. Waits for that for 2 seconds at most. Calls that are under way, and later ones, fail with
    /// [`CallError::Closed`].
    ///
    /// A client that ends without this looks like one that was killed: its executor is lost once it is missed.
    ///
    /// # Blocking
    /// Until the server has heard of it, or 2 seconds.
    pub fn close(self) {
        let asks = self.line.asks.clone();
        // Whoever closes has nothing left to do about it.
        self.line.home.block(CLOSE_WITHIN, async move { leave(&asks).await }).ok();
    }

    /// As [`close`](Self::close), for async code.
    ///
    /// # Cancel safety
    /// Safe; the connection ends with the last handle.
    pub async fn close_async(self) {
        leave(&self.line.asks).await;
    }
}

impl Line {
    fn block<T: Send + 'static>(
        &self,
        wait: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, CallError> {
        let at_most = self.asks.caller.give_up_after.saturating_add(wait);
        self.home.block(at_most, work).map_err(|not_done| self.asks.caller.not_done(not_done))
    }
}

async fn leave(asks: &Asks) {
    if let Some(executor) = &asks.executor {
        executor.ends();
        let left = tokio::time::timeout(CLOSE_WITHIN, beats::leave(&asks.caller, executor)).await;
        if !matches!(left, Ok(Ok(()))) {
            tracing::warn!(
                executor = executor.id(),
                "the commit coordinator has not heard that an executor leaves"
            );
        }
    }
    asks.caller.close();
}

/// What the builder puts together.
fn assemble(caller: Arc<Caller>, executor: Option<Arc<Executor>>, home: Home) -> GrpcCommitWorker {
    GrpcCommitWorker { line: Arc::new(Line { asks: Asks { caller, executor }, home }) }
}

impl CommitArbiter for GrpcCommitWorker {
    type Error = CanCommitError;

    fn can_commit(&self, task: TaskAttempt) -> Result<Verdict, CanCommitError> {
        Self::can_commit(self, task)
    }

    fn await_decision(&self, task: TaskAttempt, deadline: Instant) -> Result<Verdict, CanCommitError> {
        Self::await_decision(self, task, deadline)
    }

    async fn await_decision_async(
        &self,
        task: TaskAttempt,
        deadline: Instant,
    ) -> Result<Verdict, CanCommitError> {
        Self::await_decision_async(self, task, deadline).await
    }
}
