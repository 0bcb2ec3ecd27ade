//! Who is there, and which attempts of theirs may hold a grant: the state machine. No lock, no thread, and times are
//! arguments.

mod gone;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use listener_bus::events::{ExecutorId, StageId};

use super::process::{ExecutorProcess, ExecutorRefused, ExecutorSnapshot};
use crate::task::TaskAttempt;

pub(super) use gone::Gone;

/// Executors, and what they hold.
#[derive(Debug, Default)]
pub(super) struct Roster {
    present: HashMap<ExecutorId, Executor>,
    claims: HashMap<StageId, HashMap<TaskAttempt, Claim>>,
    /// Lost attempts of which the coordinator is being told: until it knows, it would still take them for holders.
    losing: HashSet<TaskAttempt>,
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
    holds: Holds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Nothing, unless it is granted now.
    Nothing,
    /// It was granted the partition, or may have been.
    Grant,
    /// Nothing: it, or its stage, has ended while it asked, so that a grant may be of before.
    Outdated,
}

/// How registering went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Registering {
    Before,
    New,
    /// Another process had that name.
    InPlaceOf(Gone),
}

/// A request that is being decided.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) task: TaskAttempt,
    executor: ExecutorId,
    registration: u64,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Granted,
    Denied,
}

impl Roster {
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
        let before = self.remove(&who.executor_id, "another process has registered under its name".into());
        self.registrations += 1;
        let (registration, host) = (self.registrations, Arc::clone(host));
        let executor = Executor { process: who.process, registration, host, cores, heard: now };
        self.present.insert(who.executor_id.clone(), executor);
        before.map_or(Registering::New, Registering::InPlaceOf)
    }

    /// Answers whether it is there.
    pub(super) fn beat(&mut self, who: &ExecutorProcess, now: Instant) -> bool {
        let executor = self.present.get_mut(&who.executor_id).filter(|there| there.process == who.process);
        let Some(executor) = executor else { return false };
        executor.heard = executor.heard.max(now);
        true
    }

    /// An attempt is about to ask; `is_live` tells which stages there are.
    pub(super) fn begin(
        &mut self,
        who: &ExecutorProcess,
        task: TaskAttempt,
        now: Instant,
        is_live: impl Fn(StageId) -> bool,
    ) -> Result<Ticket, ExecutorRefused> {
        if !self.beat(who, now) || self.losing.contains(&task) {
            return Err(self.refusal(who));
        }
        let executor_id = who.executor_id.clone();
        let registration = self.present.get(&executor_id).map_or(0, |executor| executor.registration);
        if !self.claims.contains_key(&task.stage_id) {
            // Stages may end without a word to us.
            self.claims
                .retain(|stage, claims| is_live(*stage) || claims.values().any(|claim| claim.asking > 0));
        }
        let claims = self.claims.entry(task.stage_id).or_default();
        let claim = claims.entry(task).or_insert_with(|| Claim {
            executor: executor_id.clone(),
            registration,
            asking: 0,
            holds: Holds::Nothing,
        });
        if claim.registration != registration {
            let runs_on = claim.executor.clone();
            return Err(ExecutorRefused::NotItsAttempt { executor_id, task, runs_on });
        }
        claim.asking += 1;
        Ok(Ticket { task, executor: executor_id, registration })
    }

    /// A request was decided. Answers whether that stands; if not, it is to be asked once more, as the attempt, or its
    /// stage, has ended meanwhile.
    ///
    /// # Errors
    /// If its executor is gone by now: the coordinator was told, or is being told, that the attempt is lost.
    pub(super) fn finish(&mut self, ticket: &Ticket, asked: Asked) -> Result<bool, ExecutorRefused> {
        let Ticket { task, executor, registration } = ticket;
        if self.present.get(executor).is_none_or(|there| there.registration != *registration) {
            let reason = self.gone.get(executor).map_or_else(|| "it is gone".into(), Arc::clone);
            return Err(ExecutorRefused::Removed { executor_id: executor.clone(), reason });
        }
        let Some(claim) = self.claim(ticket) else { return Ok(true) };
        match (asked, claim.holds) {
            (Asked::Granted, Holds::Outdated) => {
                claim.holds = Holds::Nothing;
                return Ok(false);
            }
            (Asked::Granted, Holds::Nothing | Holds::Grant) => claim.holds = Holds::Grant,
            (Asked::Denied, _) => {}
        }
        claim.asking -= 1;
        self.tidy(*task);
        Ok(true)
    }

    /// Nobody waits for the decision any more, and nobody knows it.
    pub(super) fn abandon(&mut self, ticket: &Ticket) {
        let Some(claim) = self.claim(ticket) else { return };
        claim.asking -= 1;
        claim.holds = Holds::Grant;
    }

    fn claim(&mut self, ticket: &Ticket) -> Option<&mut Claim> {
        let claim = self.claims.get_mut(&ticket.task.stage_id)?.get_mut(&ticket.task)?;
        (claim.registration == ticket.registration && claim.asking > 0).then_some(claim)
    }

    /// An attempt has ended.
    pub(super) fn completed(&mut self, task: TaskAttempt) {
        if let Some(claim) = self.claims.get_mut(&task.stage_id).and_then(|claims| claims.get_mut(&task)) {
            claim.holds = Holds::Outdated;
            self.tidy(task);
        }
    }

    /// A stage has ended.
    pub(super) fn stage_ended(&mut self, stage: StageId) {
        let Some(claims) = self.claims.get_mut(&stage) else { return };
        claims.retain(|_, claim| claim.asking > 0);
        for claim in claims.values_mut() {
            claim.holds = Holds::Outdated;
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
