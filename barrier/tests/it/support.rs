//! Gangs for tests, and calls that are made a step at a time.

use std::pin::Pin;
use std::sync::mpsc::{Receiver, sync_channel};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use barrier::{
    BarrierCoordinator, BarrierCoordinatorBuilder, BarrierError, BarrierTask, BarrierTaskContext, Messages,
    StageAttempt,
};

/// Longer than anything takes here; a wait this long means failure.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// A time-out that is meant to pass.
pub(crate) const SHORT: Duration = Duration::from_millis(20);

/// Rounds that are not meant to time out have an hour.
pub(crate) fn patient() -> BarrierCoordinatorBuilder {
    BarrierCoordinator::builder().timeout(Duration::from_hours(1))
}

pub(crate) fn stage(stage: i32, attempt: i32) -> StageAttempt {
    StageAttempt::new(stage, attempt)
}

/// The task of `partition` in stage 0, whose attempt id is ten times the partition.
pub(crate) fn task(num_tasks: usize, partition: i32) -> BarrierTask {
    BarrierTask::new(stage(0, 0), num_tasks, partition, i64::from(partition) * 10)
}

/// The contexts of a whole gang of stage 0.
pub(crate) fn gang<const N: usize>(coordinator: &BarrierCoordinator) -> [BarrierTaskContext; N] {
    gang_of(coordinator, stage(0, 0))
}

/// The contexts of a whole gang.
pub(crate) fn gang_of<const N: usize>(
    coordinator: &BarrierCoordinator,
    stage_attempt: StageAttempt,
) -> [BarrierTaskContext; N] {
    std::array::from_fn(|partition| {
        let partition = i32::try_from(partition).unwrap();
        let task = BarrierTask::new(stage_attempt, N, partition, i64::from(partition) * 10);
        coordinator.context(task).unwrap()
    })
}

/// A call that has begun, and goes on when it is asked for.
pub(crate) struct Call<'a, T>(Pin<Box<dyn Future<Output = Result<T, BarrierError>> + Send + 'a>>);

impl<T> Call<'_, T> {
    pub(crate) fn answer(&mut self) -> Option<Result<T, BarrierError>> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }

    #[track_caller]
    pub(crate) fn waits(mut self) -> Self {
        assert!(self.answer().is_none(), "the call waits");
        self
    }

    #[track_caller]
    pub(crate) fn ok(mut self) -> T {
        self.answer().expect("answered").expect("a success")
    }

    #[track_caller]
    pub(crate) fn fails(mut self) -> BarrierError {
        match self.answer().expect("answered") {
            Ok(_) => panic!("the call is to fail"),
            Err(error) => error,
        }
    }

    /// The error that comes with time.
    #[track_caller]
    pub(crate) fn fails_soon(mut self) -> BarrierError {
        let deadline = Instant::now() + SOON;
        while Instant::now() < deadline {
            match self.answer() {
                Some(Ok(_)) => panic!("the call is to fail"),
                Some(Err(error)) => return error,
                None => thread::yield_now(),
            }
        }
        panic!("no answer");
    }
}

pub(crate) fn barrier(context: &mut BarrierTaskContext) -> Call<'_, ()> {
    Call(Box::pin(context.barrier_async()))
}

pub(crate) fn gather<'a>(context: &'a mut BarrierTaskContext, message: &'static str) -> Call<'a, Messages> {
    Call(Box::pin(context.all_gather_async(message)))
}

/// Runs the work of each task on a thread of its own; answers what comes of it, by partition.
pub(crate) fn run<T: Send + 'static, const N: usize>(
    gang: [BarrierTaskContext; N],
    work: impl Fn(BarrierTaskContext) -> T + Clone + Send + 'static,
) -> [T; N] {
    let results: [Receiver<T>; N] = gang.map(|context| {
        let (result_in, result) = sync_channel(1);
        let work = work.clone();
        let task = move || {
            let _gone = result_in.send(work(context));
        };
        thread::Builder::new().spawn(task).expect("a thread starts");
        result
    });
    results.map(|result| result.recv_timeout(SOON).expect("the task ends"))
}

/// Looks until it is so.
#[track_caller]
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "it is never so");
        thread::yield_now();
    }
}

/// The partitions' numbers.
pub(crate) fn numbers(partitions: &barrier::Partitions) -> Vec<i32> {
    partitions.as_slice().iter().map(|partition| partition.0).collect()
}
