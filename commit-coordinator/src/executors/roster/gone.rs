//! How executors go, and what is remembered of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use listener_bus::events::ExecutorId;

use super::{Executor, Roster};
use crate::executors::process::{ExecutorProcess, ExecutorRefused};
use crate::task::TaskAttempt;

/// How many executors that were removed are remembered, to tell them from those that never were there.
pub(super) const REMEMBERED: usize = 10_000;

/// An executor that is not there any more.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the coordinator is to be told of the attempts"]
pub(in crate::executors) struct Gone {
    pub(in crate::executors) executor_id: ExecutorId,
    pub(in crate::executors) reason: Arc<str>,
    /// The attempts there that were granted a partition, or are asking for one.
    pub(in crate::executors) attempts: Vec<TaskAttempt>,
}

impl Gone {
    /// What its requests are told.
    pub(in crate::executors) fn refusal(&self) -> ExecutorRefused {
        ExecutorRefused::Removed { executor_id: self.executor_id.clone(), reason: Arc::clone(&self.reason) }
    }
}

impl Roster {
    /// An executor is lost; answers what is lost with it.
    pub(in crate::executors) fn remove(&mut self, executor: &ExecutorId, reason: Arc<str>) -> Option<Gone> {
        let Executor { registration, .. } = self.present.remove(executor)?;
        let mut attempts = Vec::new();
        for claims in self.claims.values_mut() {
            let lost = claims.extract_if(|_, claim| claim.registration == registration);
            attempts.extend(lost.map(|(task, _)| task));
        }
        self.claims.retain(|_, claims| !claims.is_empty());
        attempts.sort_unstable();
        for task in &attempts {
            self.is_being_lost(*task);
        }
        self.remember(executor, &reason);
        Some(Gone { executor_id: executor.clone(), reason, attempts })
    }

    pub(super) fn is_being_lost(&mut self, task: TaskAttempt) {
        *self.losing.entry(task).or_default() += 1;
    }

    /// The coordinator has been told of lost attempts.
    pub(in crate::executors) fn told(&mut self, attempts: &[TaskAttempt]) {
        for task in attempts {
            if let Some(telling) = self.losing.get_mut(task) {
                *telling = telling.saturating_sub(1);
            }
        }
        self.losing.retain(|_, telling| *telling > 0);
    }

    /// An executor leaves; only what it asks for at that moment is lost with it.
    pub(in crate::executors) fn leave(&mut self, who: &ExecutorProcess) -> Option<Gone> {
        let there = self.present.get(&who.executor_id).filter(|there| there.process == who.process)?;
        let registration = there.registration;
        for claims in self.claims.values_mut() {
            claims.retain(|_, claim| claim.registration != registration || claim.asking > 0);
        }
        self.remove(&who.executor_id, "it has left".into())
    }

    /// Removes those that were not heard of for `lost_after`; answers them, and when the next one is due.
    pub(in crate::executors) fn expire(
        &mut self,
        now: Instant,
        lost_after: Duration,
    ) -> (Vec<Gone>, Option<Instant>) {
        let due = |executor: &Executor| executor.heard.checked_add(lost_after);
        let is_silent = |executor: &Executor| due(executor).is_some_and(|due| due <= now);
        let silent = self.present.iter().filter(|(_, executor)| is_silent(executor));
        let mut silent: Vec<_> = silent.map(|(id, executor)| (id.clone(), now - executor.heard)).collect();
        silent.sort();
        let reason = |silence: Duration| format!("no sign of life for {silence:.1?}").into();
        let lost = silent.iter().filter_map(|(id, silence)| self.remove(id, reason(*silence)));
        let lost = lost.collect();
        (lost, self.present.values().filter_map(due).min())
    }

    pub(super) fn refusal(&self, who: &ExecutorProcess) -> ExecutorRefused {
        let executor_id = who.executor_id.clone();
        if self.present.get(&executor_id).is_some_and(|there| there.process != who.process) {
            let reason = "another process has registered under its name".into();
            return ExecutorRefused::Removed { executor_id, reason };
        }
        match self.gone.get(&executor_id) {
            Some(reason) => ExecutorRefused::Removed { executor_id, reason: Arc::clone(reason) },
            None => ExecutorRefused::Unknown { executor_id },
        }
    }

    fn remember(&mut self, executor: &ExecutorId, reason: &Arc<str>) {
        if self.gone.insert(executor.clone(), Arc::clone(reason)).is_some() {
            return;
        }
        self.gone_by_age.push_back(executor.clone());
        if self.gone_by_age.len() > REMEMBERED
            && let Some(oldest) = self.gone_by_age.pop_front()
        {
            self.gone.remove(&oldest);
        }
    }
}
