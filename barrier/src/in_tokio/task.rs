//! One async task of a gang.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::answer::Answered;
use crate::context::BarrierTaskContext;
use crate::stage::TaskFailure;
use crate::stage::crew::Job;

/// A task that runs.
pub(super) type Working<T> = Pin<Box<dyn Future<Output = Result<T, TaskFailure>> + Send>>;

/// What the task at a place does.
pub(super) type Work<T> = Arc<dyn Fn(usize, BarrierTaskContext) -> Working<T> + Send + Sync>;

/// Runs a task until it ends, or its gang does.
pub(super) async fn run<T>(job: Job<T>, work: Work<T>) {
    let Job { index, context, seat } = job;
    let mut gang_end = seat.report.board.gang_end();
    // After the seat, so that it goes before it, however this ends.
    let mut working = Some(work(index, context));
    drop(work);
    let outcome = poll_fn(|context| match &mut working {
        Some(task) => step(task, &mut gang_end, context),
        None => Poll::Ready(Err(TaskFailure::Dropped)),
    })
    .await;
    let left = catch_unwind(AssertUnwindSafe(|| drop(working.take())));
    let outcome = left.map_or_else(|payload| Err(TaskFailure::of_panic(&*payload)), |()| outcome);
    seat.end(outcome);
}

/// Polls the task first: if it waits in a sync, it is told what ended the gang.
fn step<T>(
    task: &mut Working<T>,
    gang_end: &mut Answered,
    context: &mut Context<'_>,
) -> Poll<Result<T, TaskFailure>> {
    match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(context))) {
        Ok(Poll::Ready(outcome)) => return Poll::Ready(outcome),
        Ok(Poll::Pending) => {}
        Err(payload) => return Poll::Ready(Err(TaskFailure::of_panic(&*payload))),
    }
    Pin::new(gang_end).poll(context).map(|_| Err(TaskFailure::Dropped))
}
