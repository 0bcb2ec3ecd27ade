//! The places of a gang's tasks, by partition.

use std::time::{Duration, Instant};

use bytes::Bytes;
use listener_bus::events::{PartitionId, TaskId};

use crate::error::Silence;
use crate::messages::Messages;
use crate::partitions::Partitions;

/// A task must be heard of by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    /// What it means if it is not.
    pub(crate) silence: Silence,
    /// How long that is from the last that was heard.
    pub(crate) within: Duration,
}

/// A task that has arrived at the present round.
#[derive(Debug)]
pub(crate) struct Present {
    pub(crate) message: Bytes,
    pub(crate) since: Instant,
    /// Requests that wait for the answer: more than one when a request was sent again.
    pub(crate) requests: usize,
}

/// The place of one task.
#[derive(Debug, Default)]
pub(crate) struct Seat {
    /// The task attempt it belongs to, once it has been heard of.
    pub(crate) holder: Option<TaskId>,
    pub(crate) present: Option<Present>,
    due: Option<Due>,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Seats {
    by_partition: Box<[Seat]>,
    arrived: usize,
    /// Of the messages that have arrived.
    bytes: usize,
}

impl Seats {
    pub(crate) fn new(num_tasks: usize) -> Self {
        Self { by_partition: (0..num_tasks).map(|_| Seat::default()).collect(), arrived: 0, bytes: 0 }
    }

    pub(crate) fn get_mut(&mut self, partition: PartitionId) -> Option<&mut Seat> {
        self.by_partition.get_mut(usize::try_from(partition.0).ok()?)
    }

    pub(crate) fn arrived(&self) -> usize {
        self.arrived
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.arrived == self.by_partition.len()
    }

    /// The bytes of all messages, were this one among them.
    pub(crate) fn bytes_with(&self, message: &Bytes) -> usize {
        self.bytes.saturating_add(message.len())
    }

    /// Seats a task that is not there yet.
    pub(crate) fn take(&mut self, partition: PartitionId, message: Bytes, since: Instant) {
        self.bytes = self.bytes_with(&message);
        self.arrived += 1;
        if let Some(seat) = self.get_mut(partition) {
            seat.present = Some(Present { message, since, requests: 1 });
        }
    }

    /// Takes one request back, and with the last one the task. Answers whether the task has left.
    pub(crate) fn leave(&mut self, partition: PartitionId) -> bool {
        let Some(seat) = self.get_mut(partition) else { return false };
        match &mut seat.present {
            None => false,
            Some(present) if present.requests > 1 => {
                present.requests -= 1;
                false
            }
            Some(present) => {
                let bytes = present.message.len();
                seat.present = None;
                self.bytes -= bytes;
                self.arrived -= 1;
                true
            }
        }
    }

    /// Empties all seats; answers what was brought, by partition.
    pub(crate) fn rise(&mut self, gathered: Gathered) -> Messages {
        (self.arrived, self.bytes) = (0, 0);
        let risen = self
            .by_partition
            .iter_mut()
            .map(|seat| seat.present.take().map(|p| p.message).unwrap_or_default());
        match gathered {
            Gathered::Messages => risen.collect(),
            Gathered::Nothing => {
                risen.for_each(drop);
                Messages::NONE
            }
        }
    }

    pub(crate) fn expect_sign(&mut self, partition: PartitionId, due: Option<Due>) {
        if let Some(seat) = self.get_mut(partition) {
            seat.due = due;
        }
    }

    /// The task that must be heard of first.
    pub(crate) fn first_due(&self) -> Option<(PartitionId, Due)> {
        let dues = self.numbered().filter_map(|(partition, seat)| Some((partition, seat.due?)));
        dues.min_by_key(|(_, due)| due.at)
    }

    /// Those who have arrived and since when.
    pub(crate) fn present(&self) -> impl Iterator<Item = (PartitionId, TaskId, Instant)> {
        self.numbered()
            .filter_map(|(partition, seat)| Some((partition, seat.holder?, seat.present.as_ref()?.since)))
    }

    pub(crate) fn arrived_partitions(&self) -> Partitions {
        self.numbered().filter(|(_, seat)| seat.present.is_some()).map(|(partition, _)| partition).collect()
    }

    pub(crate) fn missing_partitions(&self) -> Partitions {
        self.numbered().filter(|(_, seat)| seat.present.is_none()).map(|(partition, _)| partition).collect()
    }

    fn numbered(&self) -> impl Iterator<Item = (PartitionId, &Seat)> {
        (0..).map(PartitionId).zip(&self.by_partition)
    }
}

/// What a round leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathered {
    Messages,
    Nothing,
}
