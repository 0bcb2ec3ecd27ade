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

/// Seats that are made at once.
const PAGE: usize = 64;

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
    /// By partition, a page at a time once somebody sits there: what a task says of the size of its gang costs next to
    /// nothing before the others come.
    pages: Box<[Option<Box<[Seat]>>]>,
    num_tasks: usize,
    arrived: usize,
    /// Of the messages that have arrived.
    bytes: usize,
}

impl Seats {
    pub(crate) fn new(num_tasks: usize) -> Self {
        let pages = (0..num_tasks.div_ceil(PAGE)).map(|_| None).collect();
        Self { pages, num_tasks, arrived: 0, bytes: 0 }
    }

    /// The seat of this partition, if the gang has it; its page is made if need be.
    pub(crate) fn get_mut(&mut self, partition: PartitionId) -> Option<&mut Seat> {
        let place = usize::try_from(partition.0).ok().filter(|place| *place < self.num_tasks)?;
        let seats = PAGE.min(self.num_tasks - place / PAGE * PAGE);
        let page = self.pages.get_mut(place / PAGE)?;
        let page = page.get_or_insert_with(|| (0..seats).map(|_| Seat::default()).collect());
        page.get_mut(place % PAGE)
    }

    pub(crate) fn arrived(&self) -> usize {
        self.arrived
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.arrived == self.num_tasks
    }

    pub(crate) fn is_complete_but_one(&self) -> bool {
        self.arrived + 1 == self.num_tasks
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
        let seats = self.pages.iter_mut().flatten().flatten();
        let risen = seats.map(|seat| seat.present.take().map(|present| present.message).unwrap_or_default());
        match gathered {
            Gathered::Messages => risen.collect(),
            Gathered::Nothing => {
                risen.for_each(drop);
                Messages::NONE
            }
        }
    }

    /// Answers whether there is such a seat.
    pub(crate) fn expect_sign(&mut self, partition: PartitionId, due: Option<Due>) -> bool {
        self.get_mut(partition).map(|seat| seat.due = due).is_some()
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
        self.present().map(|(partition, ..)| partition).collect()
    }

    pub(crate) fn missing_partitions(&self) -> Partitions {
        self.missing().collect()
    }

    /// Those who have not arrived, in rising order.
    pub(crate) fn missing(&self) -> impl Iterator<Item = PartitionId> {
        let mut arrived = self.present().map(|(partition, ..)| partition).peekable();
        let all = (0..).map(PartitionId).take(self.num_tasks);
        all.filter(move |partition| arrived.next_if_eq(partition).is_none())
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn made(&self) -> usize {
        self.pages.iter().flatten().map(|page| page.len()).sum()
    }

    /// The seats that have been made.
    fn numbered(&self) -> impl Iterator<Item = (PartitionId, &Seat)> {
        let made = self.pages.iter().enumerate().filter_map(|(number, page)| Some((number, page.as_ref()?)));
        made.flat_map(|(number, page)| {
            page.iter().enumerate().map(move |(place, seat)| (number * PAGE + place, seat))
        })
        .filter_map(|(place, seat)| Some((PartitionId(i32::try_from(place).ok()?), seat)))
    }
}

/// What a round leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathered {
    Messages,
    Nothing,
}
