//! Where the tasks of a stage attempt say how they ended.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use listener_bus::events::PartitionId;

use super::cause::Cause;
use super::clock::now_ms;
use super::failure::TaskFailure;
use crate::answer::Answered;
use crate::attempt::Attempt;
use crate::error::BarrierError;
use crate::link::Link;
use crate::sync::{Mutex, lock};

/// How a task ended.
#[derive(Debug)]
pub(crate) struct Ended<T> {
    pub(crate) index: usize,
    pub(crate) outcome: Result<T, TaskFailure>,
    /// In milliseconds since the Unix epoch.
    pub(crate) finish_time: i64,
    /// What had ended the gang by then.
    pub(crate) gang_end: Option<BarrierError>,
}

/// The ends of a stage attempt's tasks. The first failure ends the gang at once, whoever looks here and when.
pub(crate) struct Board<T> {
    gang: Arc<Attempt>,
    state: Mutex<State<T>>,
}

struct State<T> {
    ended: Vec<Ended<T>>,
    failures: usize,
    driver: Option<Waker>,
}

/// One task's duty to say how it ended. Dropped, it says that the task was.
pub(crate) struct Report<T> {
    pub(crate) board: Arc<Board<T>>,
    index: usize,
    state: ReportState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReportState {
    Open,
    Given,
}

impl<T> Board<T> {
    pub(crate) fn new(gang: Arc<Attempt>) -> Arc<Self> {
        Arc::new(Self { gang, state: Mutex::new(State { ended: Vec::new(), failures: 0, driver: None }) })
    }

    /// Given when the gang ends.
    pub(crate) fn gang_end(&self) -> Answered {
        Answered::new(Arc::clone(self.gang.end()))
    }

    pub(crate) fn report(self: &Arc<Self>, index: usize) -> Report<T> {
        Report { board: Arc::clone(self), index, state: ReportState::Open }
    }

    /// Those that have ended since the last look, in their order; or none, and the driver is woken by the next.
    pub(crate) fn poll_ended(&self, context: &Context<'_>) -> Poll<Vec<Ended<T>>> {
        let mut state = lock(&self.state);
        if state.ended.is_empty() {
            state.driver = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(std::mem::take(&mut state.ended))
    }

    /// Those that have ended since the last look.
    pub(crate) fn take_ended(&self) -> Vec<Ended<T>> {
        std::mem::take(&mut lock(&self.state).ended)
    }

    fn end(&self, index: usize, outcome: Result<T, TaskFailure>) {
        let gang_end = self.gang.ended_by();
        let blame = match (&outcome, &gang_end) {
            (Err(failure), None) => {
                Some(Cause::Task { partition: partition(index), failure: failure.clone() })
            }
            _ => None,
        };
        let ended = Ended { index, outcome, finish_time: now_ms(), gang_end };
        let mut state = lock(&self.state);
        state.ended.push(ended);
        state.failures += usize::from(blame.is_some());
        let is_first = state.failures == 1;
        let driver = state.driver.take();
        drop(state);
        if let Some(cause) = blame.filter(|_| is_first) {
            self.gang.kill(&cause.as_error(self.gang.id()));
        }
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}

impl<T> Report<T> {
    /// Says how the task ended.
    pub(crate) fn end(mut self, outcome: Result<T, TaskFailure>) {
        self.state = ReportState::Given;
        self.board.end(self.index, outcome);
    }
}

impl<T> Drop for Report<T> {
    fn drop(&mut self) {
        match self.state {
            ReportState::Open => self.board.end(self.index, Err(TaskFailure::Dropped)),
            ReportState::Given => {}
        }
    }
}

/// The partition of the task at this place; no gang is as large as partitions can be numbered.
pub(crate) fn partition(index: usize) -> PartitionId {
    PartitionId(i32::try_from(index).unwrap_or(i32::MAX))
}
