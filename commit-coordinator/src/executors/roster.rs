//! Who is there, and which attempts of theirs may hold a grant: the state machine. No lock, no thread, and times are
//! arguments.

mod gone;
mod request;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use listener_bus::events::{ExecutorId, StageId};

use super::process::{ExecutorProcess, ExecutorSnapshot, NameTaken};
use crate::task::TaskAttempt;

pub(super) use gone::Gone;
pub(super) use request::{Asked, Finish, Ticket};

/// Executors, and what they hold.
#[derive(Debug, Default)]
pub(super) struct Roster {
    present: HashMap<ExecutorId, Executor>,
    /// Another process may have the name of one that has been silent for so long.
    free_after: Duration,
    claims: HashMap<StageId, HashMap<TaskAttempt, Claim>>,
    /// Lost attempts of which the coordinator is being told, and by how many: until it knows, it would still take them for
    /// holders.
    losing: HashMap<TaskAttempt, u32>,
    gone: HashMap<ExecutorId, Arc<str>>,
    /// The same, the first first.
    gone_by_age: VecDeque<ExecutorId>,
    /// How often somebody has registered.
    registrations: u64,
}

#[derive(Debug)]
struct Executor {
    process: u64,
    /// Tells this stay from the others of the same name.
    registration: u64,
    host: Arc<str>,
    cores: u32,
    heard: Instant,
}

/// What an attempt has of its partition, as far as it is known here.
#[derive(Debug)]
struct Claim {
    executor: ExecutorId,
    registration: u64,
    /// How many requests of it are being decided.
    asking: u32,
    /// How often it, or its stage, has ended while it asked: what was granted to a request of before may be of before.
    ends: u64,
    holds: Holds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Nothing, unless it is granted now.
    Nothing,
    /// It was granted the partition, or may have been.
    Grant,
}

impl Claim {
    /// The attempt, or its stage, has ended.
    fn end(&mut self) {
        self.holds = Holds::Nothing;
        self.ends += 1;
    }
}

/// How registering went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Registering {
    Before,
    New,
    /// Another process had that name.
    InPlaceOf(Gone),
    /// Another process has that name, and lives.
    Taken(NameTaken),
}

impl Roster {
    /// Nobody is there yet.
    pub(super) fn new(free_after: Duration) -> Self {
        Self { free_after, ..Self::default() }
    }

    pub(super) fn register(
        &mut self,
        who: &ExecutorProcess,
        host: &Arc<str>,
        cores: u32,
        now: Instant,
    ) -> Registering {
        if self.beat(who, now) {
            return Registering::Before;
        }
        if let Some(taken) = self.taken(who, now) {
            return Registering::Taken(taken);
        }
        let before = self.remove(&who.executor_id, "another process has registered under its name".into());
        self.registrations += 1;
        let (registration, host) = (self.registrations, Arc::clone(host));
        let executor = Executor { process: who.process, registration, host, cores, heard: now };
        self.present.insert(who.executor_id.clone(), executor);
        before.map_or(Registering::New, Registering::InPlaceOf)
    }

    /// The process of that name, if it lives.
    fn taken(&self, who: &ExecutorProcess, now: Instant) -> Option<NameTaken> {
        let silent_for = now.saturating_duration_since(self.present.get(&who.executor_id)?.heard);
        let (executor_id, free_after) = (who.executor_id.clone(), self.free_after);
        (silent_for < free_after).then_some(NameTaken { executor_id, silent_for, free_after })
    }

    /// Answers whether it is there.
    pub(super) fn beat(&mut self, who: &ExecutorProcess, now: Instant) -> bool {
        let executor = self.present.get_mut(&who.executor_id).filter(|there| there.process == who.process);
        let Some(executor) = executor else { return false };
        executor.heard = executor.heard.max(now);
        true
    }

    /// An attempt has ended.
    pub(super) fn completed(&mut self, task: TaskAttempt) {
        if let Some(claim) = self.claims.get_mut(&task.stage_id).and_then(|claims| claims.get_mut(&task)) {
            claim.end();
            self.tidy(task);
        }
    }

    /// A stage has ended.
    pub(super) fn stage_ended(&mut self, stage: StageId) {
        let Some(claims) = self.claims.get_mut(&stage) else { return };
        claims.retain(|_, claim| claim.asking > 0);
        for claim in claims.values_mut() {
            claim.end();
        }
        if claims.is_empty() {
            self.claims.remove(&stage);
        }
    }

    /// Forgets what holds nothing.
    fn tidy(&mut self, task: TaskAttempt) {
        let Some(claims) = self.claims.get_mut(&task.stage_id) else { return };
        if claims.get(&task).is_some_and(|claim| claim.asking == 0 && claim.holds != Holds::Grant) {
            claims.remove(&task);
        }
        if claims.is_empty() {
            self.claims.remove(&task.stage_id);
        }
    }

    pub(super) fn snapshot(&self) -> Vec<ExecutorSnapshot> {
        let mut attempts: HashMap<u64, usize> = HashMap::new();
        for claim in self.claims.values().flat_map(HashMap::values) {
            *attempts.entry(claim.registration).or_default() += 1;
        }
        let snapshot = |(id, executor): (&ExecutorId, &Executor)| ExecutorSnapshot {
            executor_id: id.clone(),
            host: Arc::clone(&executor.host),
            cores: executor.cores,
            attempts: attempts.get(&executor.registration).copied().unwrap_or_default(),
        };
        let mut executors: Vec<_> = self.present.iter().map(snapshot).collect();
        executors.sort_unstable_by(|one, other| one.executor_id.cmp(&other.executor_id));
        executors
    }
}
