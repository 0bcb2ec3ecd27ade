//! What a task's context calls: a gang of this process, or one elsewhere.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use listener_bus::events::PartitionId;

use crate::answer::{Answer, Answered, Outcome};
use crate::error::BarrierError;
use crate::state::Request;

/// The way to a gang.
pub(crate) trait Link: Send + Sync + fmt::Debug {
    /// Counts a task's arrival, and answers where the answer will be.
    fn arrive(&self, request: Request<'_>) -> Result<Arc<Answer>, BarrierError>;

    /// Takes back what [`arrive`](Self::arrive) counted.
    fn withdraw(&self, partition: PartitionId, epoch: u64);

    /// Ends the gang, unless it has ended.
    fn abort(&self, by: PartitionId, reason: Arc<str>);

    /// Given, with an error, when the gang ends.
    fn end(&self) -> &Arc<Answer>;

    /// The task needs the gang no more.
    fn release(&self, partition: PartitionId);
}

/// A task that waits for its round. Dropped before the answer is there, it takes the task out of the round.
#[derive(Debug)]
#[must_use = "dropping it takes the task out of the round"]
pub(crate) struct Waiting<L: Deref<Target = dyn Link>> {
    link: L,
    partition: PartitionId,
    epoch: u64,
    answered: Answered,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waits,
    HasAnswer,
}

impl<L: Deref<Target = dyn Link>> Waiting<L> {
    pub(crate) fn enter(link: L, request: Request<'_>) -> Result<Self, BarrierError> {
        let (partition, epoch) = (request.task.partition_id, request.epoch);
        let answered = Answered::new(link.arrive(request)?);
        Ok(Self { link, partition, epoch, answered, stage: Stage::Waits })
    }

    /// Blocks until the round ends.
    pub(crate) fn wait(mut self) -> Outcome {
        let outcome = self.answered.wait();
        self.stage = Stage::HasAnswer;
        outcome
    }
}

impl<L: Deref<Target = dyn Link> + Unpin> Future for Waiting<L> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let outcome = ready!(Pin::new(&mut self.answered).poll(context));
        self.stage = Stage::HasAnswer;
        Poll::Ready(outcome)
    }
}

impl<L: Deref<Target = dyn Link>> Drop for Waiting<L> {
    fn drop(&mut self) {
        match self.stage {
            Stage::Waits => self.link.withdraw(self.partition, self.epoch),
            Stage::HasAnswer => {}
        }
    }
}
