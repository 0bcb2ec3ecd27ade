//! One gang, as a client knows it.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use listener_bus::events::PartitionId;

use crate::answer::Answer;
use crate::error::BarrierError;
use crate::grpc::client::effects::Effects;
use crate::grpc::client::seat::{InLine, Seat};
use crate::grpc::v1::session_request::Request as Ask;
use crate::task::StageAttempt;

/// One gang.
#[derive(Debug)]
pub(super) struct Gang {
    pub(super) life: Life,
    /// Given when the gang ends.
    pub(super) end: Arc<Answer>,
    pub(super) seats: HashMap<PartitionId, Seat>,
    /// The messages of a round, as far as they have come.
    pub(super) parts: Vec<Bytes>,
    /// The server's life that first heard of it.
    pub(super) instance: Option<u64>,
}

#[derive(Debug)]
pub(super) enum Life {
    Live,
    /// Answers everything with what ended it: an [`BarrierError::AttemptDead`].
    Dead(BarrierError),
}

impl Gang {
    pub(super) fn new() -> Self {
        Self {
            life: Life::Live,
            end: Answer::open(1),
            seats: HashMap::new(),
            parts: Vec::new(),
            instance: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), BarrierError> {
        match &self.life {
            Life::Live => Ok(()),
            Life::Dead(error) => Err(error.clone()),
        }
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self.life, Life::Live)
    }

    /// Ends it; the first cause stays.
    pub(super) fn kill(&mut self, stage_attempt: StageAttempt, cause: &BarrierError, effects: &mut Effects) {
        if !self.is_live() {
            return;
        }
        self.life = Life::Dead(BarrierError::AttemptDead { stage_attempt, cause: Arc::new(cause.clone()) });
        self.parts.clear();
        let calls = self.seats.values_mut().flat_map(|seat| seat.calls.drain(..));
        for call in calls {
            effects.give(call.answer, Err(cause.clone()));
        }
        effects.give(Arc::clone(&self.end), Err(cause.clone()));
    }

    /// Whether nobody needs it any more.
    pub(super) fn is_over(&self) -> bool {
        match self.life {
            Life::Live => self.seats.is_empty(),
            Life::Dead(_) => self.seats.values().all(|seat| seat.contexts == 0),
        }
    }

    /// What the server is to be told next of this task; with `None`, it leaves the line.
    pub(super) fn next(
        &mut self,
        partition: PartitionId,
        instance: u64,
        max_message_bytes: usize,
    ) -> Option<Ask> {
        let is_live = self.is_live();
        let seat = self.seats.get_mut(&partition)?;
        let ask = if is_live { seat.next(max_message_bytes) } else { None };
        match ask {
            Some(_) => self.instance = self.instance.or(Some(instance)),
            None => seat.line = InLine::No,
        }
        ask
    }
}
