//! Ends that came before their beginnings.

use std::collections::VecDeque;

use crate::events::{ExecutorId, ExecutorRemoved, JobEnd, JobId};

/// The ends that are remembered of each kind.
const REMEMBERED: usize = 64;

/// The last ends of what nobody had told of: it does not run when its beginning comes after all.
#[derive(Debug, Default)]
pub(super) struct EarlyEnds {
    jobs: VecDeque<JobEnd>,
    executors: VecDeque<ExecutorRemoved>,
}

impl EarlyEnds {
    pub(super) fn job_ended(&mut self, event: &JobEnd) {
        push(&mut self.jobs, event.clone());
    }

    pub(super) fn executor_removed(&mut self, event: &ExecutorRemoved) {
        push(&mut self.executors, event.clone());
    }

    pub(super) fn take_job(&mut self, job: JobId) -> Option<JobEnd> {
        let place = self.jobs.iter().position(|event| event.job_id == job)?;
        self.jobs.remove(place)
    }

    /// The removal of an executor that was added at `time`, unless it went before that.
    pub(super) fn take_executor(&mut self, executor: &ExecutorId, time: i64) -> Option<ExecutorRemoved> {
        let is_it = |event: &ExecutorRemoved| event.executor_id == *executor && event.timestamp >= time;
        let place = self.executors.iter().position(is_it)?;
        self.executors.remove(place)
    }
}

fn push<T>(ends: &mut VecDeque<T>, end: T) {
    if ends.len() == REMEMBERED {
        ends.pop_front();
    }
    ends.push_back(end);
}
