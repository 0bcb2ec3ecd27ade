//! What is left to do once a client's lock is free: wakers are other people's code.

use std::sync::Arc;

use crate::answer::{Answer, Outcome};

/// Answers that are to be given.
#[derive(Debug, Default)]
#[must_use = "somebody waits for the answers"]
pub(super) struct Effects {
    given: Vec<(Arc<Answer>, Outcome)>,
}

impl Effects {
    pub(super) fn give(&mut self, answer: Arc<Answer>, outcome: Outcome) {
        self.given.push((answer, outcome));
    }

    /// Not to be called with a lock held.
    pub(super) fn carry_out(self) {
        for (answer, outcome) in self.given {
            answer.give(outcome);
        }
    }
}
