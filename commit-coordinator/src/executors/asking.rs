//! A request of an executor, from before the coordinator is asked until it has decided.

use std::time::Instant;

use super::Shared;
use super::process::{ExecutorProcess, ExecutorRefused};
use super::roster::{Asked, Finish, Ticket};
use crate::task::TaskAttempt;
use crate::verdict::Verdict;

impl Shared {
    /// Notes that an attempt asks before it does: whenever its executor is lost from now on, the coordinator is told of
    /// the attempt, whether it has been granted anything by then or not.
    pub(super) fn ask(
        &self,
        process: &ExecutorProcess,
        task: TaskAttempt,
    ) -> Result<Asking<'_>, ExecutorRefused> {
        let is_live = |stage| self.coordinator.has_stage(stage);
        let ticket = self.lock().begin(process, task, Instant::now(), is_live)?;
        Ok(Asking { shared: self, ticket: Some(ticket) })
    }
}

/// A request that the coordinator is deciding. Dropped before it has, it is taken for granted.
pub(super) struct Asking<'a> {
    shared: &'a Shared,
    ticket: Option<Ticket>,
}

impl Asking<'_> {
    /// What the executor is told.
    pub(super) fn settle(mut self, mut verdict: Verdict) -> Result<Verdict, ExecutorRefused> {
        let Some(mut ticket) = self.ticket.take() else { return Ok(verdict) };
        loop {
            let asked = if verdict.is_granted() { Asked::Granted } else { Asked::Denied };
            let finished = self.shared.lock().finish(&mut ticket, asked);
            match finished {
                Finish::Stands => return Ok(verdict),
                // It has ended meanwhile; or its stage has, and perhaps begun again.
                Finish::AskAgain => verdict = self.shared.coordinator.can_commit(ticket.task),
                Finish::Refused(refused) => return Err(refused),
                Finish::Lost(gone) => {
                    // Granted after the coordinator was told of the loss, it would stay with nobody.
                    self.shared.lose(&gone);
                    return Err(gone.refusal());
                }
            }
        }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.shared.lock().abandon(&ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executors::HeartbeatReceiver;
    use crate::{OutputCommitCoordinator, UnknownOutcome};

    #[test]
    fn no_grant_stays_with_a_lost_executor_when_its_stage_begins_again_while_it_asks() {
        let coordinator = OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant);
        let coordinator = coordinator.build().unwrap();
        let executors = HeartbeatReceiver::builder(&coordinator).build().unwrap();
        coordinator.stage_start(1, 0).unwrap();
        executors.register("e", "host", 1).unwrap();
        let asking = executors.shared.ask(&"e".into(), TaskAttempt::new(1, 0, 0, 0)).unwrap();
        assert!(executors.executor_lost("e", "gone"));
        coordinator.stage_end(1);
        coordinator.stage_start(1, 0).unwrap();
        let verdict = coordinator.can_commit(TaskAttempt::new(1, 0, 0, 0));
        assert!(verdict.is_granted());
        let refused = asking.settle(verdict).unwrap_err();
        assert_eq!(refused.to_string(), "executor e was removed: gone");
        assert!(coordinator.can_commit(TaskAttempt::new(1, 0, 0, 1)).is_granted());
    }
}
