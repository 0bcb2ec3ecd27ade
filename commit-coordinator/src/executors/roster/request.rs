//! Requests to commit that are being decided.

use std::sync::Arc;
use std::time::Instant;

use listener_bus::events::{ExecutorId, StageId};

use super::{Claim, Gone, Holds, Roster};
use crate::executors::process::{ExecutorProcess, ExecutorRefused};
use crate::task::TaskAttempt;

/// A request that is being decided.
#[derive(Debug)]
pub(in crate::executors) struct Ticket {
    pub(in crate::executors) task: TaskAttempt,
    executor: ExecutorId,
    registration: u64,
    ends: u64,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::executors) enum Asked {
    Granted,
    Denied,
}

/// What becomes of what was decided.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the coordinator may have to be asked or told"]
pub(in crate::executors) enum Finish {
    Stands,
    /// The attempt, or its stage, has ended meanwhile: the grant may be of before.
    AskAgain,
    /// Its executor is gone by now: the coordinator was told, or is being told, that the attempt is lost.
    Refused(ExecutorRefused),
    /// The same, but it was granted: the coordinator is to be told once more.
    Lost(Gone),
}

impl Roster {
    /// An attempt is about to ask; `is_live` tells which stages there are.
    pub(in crate::executors) fn begin(
        &mut self,
        who: &ExecutorProcess,
        task: TaskAttempt,
        now: Instant,
        is_live: impl Fn(StageId) -> bool,
    ) -> Result<Ticket, ExecutorRefused> {
        if !self.beat(who, now) || self.losing.contains_key(&task) {
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
            ends: 0,
            holds: Holds::Nothing,
        });
        if claim.registration != registration {
            let runs_on = claim.executor.clone();
            return Err(ExecutorRefused::NotItsAttempt { executor_id, task, runs_on });
        }
        claim.asking += 1;
        Ok(Ticket { task, executor: executor_id, registration, ends: claim.ends })
    }

    /// A request was decided.
    pub(in crate::executors) fn finish(&mut self, ticket: &mut Ticket, asked: Asked) -> Finish {
        if self.present.get(&ticket.executor).is_none_or(|there| there.registration != ticket.registration) {
            return self.finish_gone(ticket, asked);
        }
        let ends = ticket.ends;
        let Some(claim) = self.claim(ticket) else { return Finish::Stands };
        if asked == Asked::Granted {
            if claim.ends != ends {
                ticket.ends = claim.ends;
                return Finish::AskAgain;
            }
            claim.holds = Holds::Grant;
        }
        claim.asking -= 1;
        self.tidy(ticket.task);
        Finish::Stands
    }

    /// A request was decided whose executor is gone.
    fn finish_gone(&mut self, ticket: &Ticket, asked: Asked) -> Finish {
        let (task, executor_id) = (ticket.task, ticket.executor.clone());
        let reason = self.gone.get(&executor_id).map_or_else(|| "it is gone".into(), Arc::clone);
        // Whoever asks for the attempt now is granted the same, and answers for it.
        let is_asked_for = self.claims.get(&task.stage_id).is_some_and(|claims| claims.contains_key(&task));
        if asked == Asked::Denied || is_asked_for {
            return Finish::Refused(ExecutorRefused::Removed { executor_id, reason });
        }
        self.is_being_lost(task);
        Finish::Lost(Gone { executor_id, reason, attempts: vec![task] })
    }

    /// Nobody waits for the decision any more, and nobody knows it.
    pub(in crate::executors) fn abandon(&mut self, ticket: &Ticket) {
        let Some(claim) = self.claim(ticket) else { return };
        claim.asking -= 1;
        claim.holds = Holds::Grant;
    }

    fn claim(&mut self, ticket: &Ticket) -> Option<&mut Claim> {
        let claim = self.claims.get_mut(&ticket.task.stage_id)?.get_mut(&ticket.task)?;
        (claim.registration == ticket.registration && claim.asking > 0).then_some(claim)
    }
}
