//! An arrival that has come over the wire.

use bytes::Bytes;

use super::voices::Wait;
use crate::grpc::v1;
use crate::grpc::wire::{self, Malformed};
use crate::state::Request;
use crate::task::{BarrierTask, SyncKind};

/// A task comes to a round.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) task: BarrierTask,
    pub(super) epoch: u64,
    kind: SyncKind,
    message: Bytes,
    /// The size of a message that was too large to be sent.
    left_out: usize,
}

impl TryFrom<v1::Arrival> for Arrival {
    type Error = Malformed;

    fn try_from(arrival: v1::Arrival) -> Result<Self, Malformed> {
        Ok(Self {
            task: wire::participant(arrival.participant)?,
            epoch: arrival.epoch,
            kind: wire::kind("kind", arrival.kind)?,
            message: arrival.message,
            left_out: wire::size("left_out_bytes", arrival.left_out_bytes)?,
        })
    }
}

impl Arrival {
    pub(super) fn request(&self) -> Request<'_> {
        let (epoch, kind, message) = (self.epoch, self.kind, self.message.clone());
        Request { task: &self.task, epoch, kind, message, left_out: self.left_out, entered: None }
    }

    pub(super) fn wait(&self) -> Wait {
        Wait { epoch: self.epoch, kind: self.kind }
    }
}
