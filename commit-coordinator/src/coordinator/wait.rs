//! Waiting until whoever holds a partition has committed, or has failed.

use std::time::Instant;

use event_listener::Listener;

use super::OutputCommitCoordinator;
use super::core::Waiting;
use crate::task::TaskAttempt;
use crate::verdict::Verdict;

impl OutputCommitCoordinator {
    /// Waits for a decision that is final: granted, or denied for good. An attempt that is denied because another one holds
    /// the partition need not be started again and again (SPARK-26634): it waits here until the holder has ended.
    ///
    /// At the deadline the answer is the one of that moment, a denial whose advice is to
    /// [`Wait`](crate::Advice::Wait). Each change of the partition wakes who waits for it; nothing polls.
    ///
    /// # Blocking
    /// Until there is a decision, or the deadline.
    pub fn await_decision(&self, task: TaskAttempt, deadline: Instant) -> Verdict {
        let mut waited_in = None;
        loop {
            let Waiting { stage, change } = match self.core.decide_or_wait(&task, waited_in) {
                Ok(verdict) => return verdict,
                Err(waiting) => waiting,
            };
            if change.wait_deadline(deadline).is_none() {
                return self.core.decide_in(&stage, &task);
            }
            waited_in = Some(stage);
        }
    }

    /// As [`await_decision`](Self::await_decision), for async code. Needs a tokio runtime with time.
    ///
    /// # Cancel safety
    /// Safe: an attempt that does not wait any more is not granted anything.
    #[cfg(feature = "tokio")]
    pub async fn await_decision_async(&self, task: TaskAttempt, deadline: Instant) -> Verdict {
        let mut waited_in = None;
        loop {
            let Waiting { stage, change } = match self.core.decide_or_wait(&task, waited_in) {
                Ok(verdict) => return verdict,
                Err(waiting) => waiting,
            };
            if tokio::time::timeout_at(deadline.into(), change).await.is_err() {
                return self.core.decide_in(&stage, &task);
            }
            waited_in = Some(stage);
        }
    }
}
