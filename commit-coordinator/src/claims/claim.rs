//! What is known of one partition.

use listener_bus::events::StageAttemptId;

use crate::permit::FencingToken;
use crate::task::{AttemptId, AttemptNumber};

/// Where a partition is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Whoever asks next is granted it.
    #[default]
    Free,
    /// The last attempt that was granted it may commit.
    Held,
    /// The last attempt that was granted it has committed.
    Committed,
    /// The last attempt that was granted it may have committed, and will not tell.
    Unknown,
}

/// A partition. A stage may have millions, so it is small.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Claim {
    /// Of the last grant; 0 if there was none.
    pub(super) token: u64,
    /// Whose the last grant was.
    pub(super) attempt_number: i64,
    /// Whose the last grant was.
    pub(super) stage_attempt: i32,
    pub(super) phase: Phase,
}

impl Claim {
    pub(super) fn granted(token: FencingToken, attempt: AttemptId) -> Self {
        Self {
            token: token.get(),
            attempt_number: attempt.attempt_number.0,
            stage_attempt: attempt.stage_attempt_id.0,
            phase: Phase::Held,
        }
    }

    pub(super) fn holder(&self) -> AttemptId {
        AttemptId {
            stage_attempt_id: StageAttemptId(self.stage_attempt),
            attempt_number: AttemptNumber(self.attempt_number),
        }
    }

    pub(super) fn token(&self) -> FencingToken {
        FencingToken::new(self.token)
    }

    /// Whether the last grant was this attempt's.
    pub(super) fn is_of(&self, attempt: AttemptId) -> bool {
        self.token != 0 && self.holder() == attempt
    }

    pub(super) fn hold(&self) -> Hold {
        Hold { holder: self.holder(), token: self.token() }
    }
}

/// A grant: whose, and with which token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) holder: AttemptId,
    pub(crate) token: FencingToken,
}
