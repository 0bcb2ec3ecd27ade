//! What the server says, as a client's book takes it in.

use std::collections::hash_map::Entry;

use listener_bus::events::PartitionId;

use super::{Book, Call};
use crate::error::{BarrierError, Gone};
use crate::grpc::client::effects::Effects;
use crate::grpc::client::seat::{InLine, Told};
use crate::grpc::failure;
use crate::grpc::v1;
use crate::grpc::v1::session_response::Response as Tell;
use crate::grpc::wire::{self, Malformed};
use crate::messages::Messages;
use crate::task::StageAttempt;

impl Book {
    /// There is a new connection: all that the server should know is to be said, unless it has forgotten our gangs.
    pub(crate) fn connected(&mut self, welcome: &v1::Welcome) -> Effects {
        let mut effects = Effects::default();
        self.instance = welcome.instance;
        self.max_message_bytes =
            wire::size("max_message_bytes", welcome.max_message_bytes).unwrap_or(usize::MAX);
        self.line.clear();
        for (id, gang) in &mut self.gangs {
            if gang.instance.is_some_and(|instance| instance != welcome.instance) {
                let cause = BarrierError::CoordinatorGone { stage_attempt: *id, why: Gone::Stopped };
                gang.kill(*id, &cause, &mut effects);
            }
            gang.parts.clear();
            for (partition, seat) in &mut gang.seats {
                seat.forget_what_was_told();
                seat.line = InLine::Yes;
                self.line.push_back((*id, *partition));
            }
        }
        self.gangs.retain(|_, gang| !gang.is_over());
        self.unsent_aborts = self.aborts.keys().copied().collect();
        effects
    }

    /// Takes in a response.
    pub(crate) fn receive(&mut self, response: v1::SessionResponse) -> Result<Effects, Malformed> {
        let mut effects = Effects::default();
        match response.response {
            Some(Tell::Released(released)) => self.released(released, &mut effects)?,
            Some(Tell::Refused(refused)) => self.refused(refused, &mut effects)?,
            Some(Tell::Ended(ended)) => {
                let id = wire::stage_attempt(ended.stage_attempt)?;
                let cause = failure::error(ended.failure, id);
                self.aborts.remove(&id);
                self.kill(id, &cause, &mut effects);
            }
            Some(Tell::Left(left)) => {
                self.left(wire::stage_attempt(left.stage_attempt)?, PartitionId(left.partition_id));
            }
            Some(Tell::Welcome(_) | Tell::Beat(v1::Beat {})) | None => {}
        }
        Ok(effects)
    }

    fn released(&mut self, released: v1::Released, effects: &mut Effects) -> Result<(), Malformed> {
        let id = wire::stage_attempt(released.stage_attempt)?;
        let kind = wire::kind("kind", released.kind)?;
        let Some(gang) = self.gangs.get_mut(&id).filter(|gang| gang.is_live()) else { return Ok(()) };
        gang.parts.extend(released.messages);
        if released.has_more {
            return Ok(());
        }
        let parts = std::mem::take(&mut gang.parts);
        let messages: Messages = if parts.is_empty() { Messages::NONE } else { parts.into_iter().collect() };
        for seat in gang.seats.values_mut() {
            let answered = |call: &mut Call| call.is_answered_by(released.epoch, kind);
            for call in seat.calls.extract_if(.., answered) {
                effects.give(call.answer, Ok(messages.clone()));
            }
        }
        Ok(())
    }

    fn refused(&mut self, refused: v1::Refused, effects: &mut Effects) -> Result<(), Malformed> {
        let id = wire::stage_attempt(refused.stage_attempt)?;
        // A newer server knows of failures that this client does not, and says which of them end a gang.
        let is_fatal = refused.failure.as_ref().is_some_and(|failure| failure.is_fatal);
        let error = failure::error(refused.failure, id);
        let partition = PartitionId(refused.partition_id);
        let seat = self.gangs.get_mut(&id).and_then(|gang| gang.seats.get_mut(&partition));
        if let Some(seat) = seat {
            for call in seat.calls.extract_if(.., |call| Some(call.epoch) == refused.epoch) {
                effects.give(call.answer, Err(error.clone()));
            }
        }
        if is_fatal {
            self.kill(id, error.first_cause(), effects);
        }
        Ok(())
    }

    fn left(&mut self, id: StageAttempt, partition: PartitionId) {
        let Entry::Occupied(mut entry) = self.gangs.entry(id) else { return };
        let seats = &mut entry.get_mut().seats;
        if seats.get(&partition).is_some_and(|seat| seat.told == Told::Leaving && seat.contexts == 0) {
            seats.remove(&partition);
        }
        if entry.get().is_over() {
            entry.remove();
        }
    }

    fn kill(&mut self, id: StageAttempt, cause: &BarrierError, effects: &mut Effects) {
        let Entry::Occupied(mut entry) = self.gangs.entry(id) else { return };
        entry.get_mut().kill(id, cause, effects);
        if entry.get().is_over() {
            entry.remove();
        }
    }
}
