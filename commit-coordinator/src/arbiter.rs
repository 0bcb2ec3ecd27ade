//! What a task needs of a coordinator, wherever that is.

use std::convert::Infallible;
use std::error::Error;
use std::time::Instant;

use crate::coordinator::OutputCommitCoordinator;
use crate::task::TaskAttempt;
use crate::verdict::Verdict;

/// Whoever decides which attempt commits: an [`OutputCommitCoordinator`] of this process, which always answers, or one elsewhere,
/// which may be out of reach. The code of a task that takes an arbiter is the same for both.
pub trait CommitArbiter: Send + Sync {
    /// Why there is no answer.
    type Error: Error + Send + Sync + 'static;

    /// As [`OutputCommitCoordinator::can_commit`].
    ///
    /// # Errors
    /// If there is no answer.
    ///
    /// # Blocking
    /// Until there is one.
    fn can_commit(&self, task: TaskAttempt) -> Result<Verdict, Self::Error>;

    /// As [`OutputCommitCoordinator::await_decision`].
    ///
    /// # Errors
    /// If there is no answer.
    ///
    /// # Blocking
    /// Until there is a decision, or the deadline.
    fn await_decision(&self, task: TaskAttempt, deadline: Instant) -> Result<Verdict, Self::Error>;

    /// As [`OutputCommitCoordinator::await_decision_async`].
    ///
    /// # Errors
    /// If there is no answer.
    ///
    /// # Cancel safety
    /// Safe: an attempt that does not wait any more is not granted anything by the wait.
    #[cfg(feature = "tokio")]
    fn await_decision_async(
        &self,
        task: TaskAttempt,
        deadline: Instant,
    ) -> impl Future<Output = Result<Verdict, Self::Error>> + Send;
}

impl CommitArbiter for OutputCommitCoordinator {
    type Error = Infallible;

    fn can_commit(&self, task: TaskAttempt) -> Result<Verdict, Infallible> {
        Ok(Self::can_commit(self, task))
    }

    fn await_decision(&self, task: TaskAttempt, deadline: Instant) -> Result<Verdict, Infallible> {
        Ok(Self::await_decision(self, task, deadline))
    }

    #[cfg(feature = "tokio")]
    async fn await_decision_async(
        &self,
        task: TaskAttempt,
        deadline: Instant,
    ) -> Result<Verdict, Infallible> {
        Ok(Self::await_decision_async(self, task, deadline).await)
    }
}
