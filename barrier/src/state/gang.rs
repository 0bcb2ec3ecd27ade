//! The rounds of a gang that lives.

use std::time::Instant;

use listener_bus::events::PartitionId;

use super::seats::{Gathered, Seats};
use super::{Arrival, Request};
use crate::error::{BarrierError, RoundId};
use crate::settings::Settings;
use crate::task::SyncKind;

/// A gang that lives.
#[derive(Debug)]
pub(crate) struct Gang {
    /// Rounds completed.
    pub(super) epoch: u64,
    pub(super) seats: Seats,
    pub(super) round: Round,
    /// What the last completed round was.
    finished: Option<SyncKind>,
}

/// The round that is being waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    /// Nobody has arrived.
    Empty,
    /// Some have arrived.
    Open {
        /// What the first one called.
        kind: SyncKind,
        /// When it arrived.
        since: Instant,
        /// When the log says next who waits.
        log_at: Option<Instant>,
    },
}

impl Gang {
    pub(crate) fn new(num_tasks: usize) -> Self {
        Self { epoch: 0, seats: Seats::new(num_tasks), round: Round::Empty, finished: None }
    }

    /// A task that has its seat arrives.
    pub(super) fn arrive(
        &mut self,
        request: Request<'_>,
        settings: &Settings,
        clock: impl Fn() -> Instant,
    ) -> Arrival {
        let stage_attempt = request.task.stage_attempt;
        let partition = request.task.partition_id;
        if request.epoch != self.epoch {
            return self.out_of_step(&request);
        }
        let round = RoundId { stage_attempt, epoch: self.epoch };
        if let Some(error) = self.violation(&request, round, settings) {
            return Arrival::Kills(error);
        }
        if let Some(present) = self.seats.get_mut(partition).and_then(|seat| seat.present.as_mut()) {
            present.requests += 1;
            return Arrival::Duplicate;
        }
        if self.epoch == u64::MAX && self.seats.is_complete_but_one() {
            return Arrival::Kills(BarrierError::EpochsExhausted { stage_attempt });
        }
        let (since, arrival) = match self.round {
            Round::Open { since, .. } => (request.entered.unwrap_or(since), Arrival::Waits),
            Round::Empty => {
                let now = clock();
                let log_at = now.checked_add(settings.log_waiting_every);
                self.round = Round::Open { kind: request.kind, since: now, log_at };
                (now, Arrival::Opens(now))
            }
        };
        self.seats.take(partition, request.message, since);
        if self.seats.is_complete() { self.complete(request.kind) } else { arrival }
    }

    /// A call for another round than the present one: the last one's answer, if it is asked for again, or a refusal.
    fn out_of_step(&self, request: &Request<'_>) -> Arrival {
        let (stage_attempt, partition) = (request.task.stage_attempt, request.task.partition_id);
        let (epoch, current) = (request.epoch, self.epoch);
        if epoch.checked_add(1) == Some(current) && self.finished == Some(request.kind) {
            Arrival::Finished
        } else if epoch < current {
            Arrival::Refused(BarrierError::StaleEpoch { stage_attempt, partition, epoch, current })
        } else {
            Arrival::Refused(BarrierError::FutureEpoch { stage_attempt, partition, epoch, current })
        }
    }

    /// What in the request is against the rules of the round.
    fn violation(&self, request: &Request<'_>, round: RoundId, settings: &Settings) -> Option<BarrierError> {
        let partition = request.task.partition_id;
        if let Round::Open { kind: first, .. } = self.round
            && first != request.kind
        {
            return Some(BarrierError::MixedKinds { round, first, partition, kind: request.kind });
        }
        let (bytes, limit) = (request.message.len().max(request.left_out), settings.max_message_bytes);
        if bytes > limit {
            return Some(BarrierError::MessageTooLarge { round, partition, bytes, limit });
        }
        let (bytes, limit) = (self.seats.bytes_with(&request.message), settings.max_round_bytes);
        (bytes > limit).then_some(BarrierError::RoundTooLarge { round, partition, bytes, limit })
    }

    fn complete(&mut self, kind: SyncKind) -> Arrival {
        let messages = self.seats.rise(match kind {
            SyncKind::Barrier => Gathered::Nothing,
            SyncKind::AllGather => Gathered::Messages,
        });
        self.round = Round::Empty;
        self.finished = Some(kind);
        self.epoch += 1;
        Arrival::Completes(messages)
    }

    /// Takes a task out of the present round; answers whether it had arrived.
    pub(crate) fn withdraw(&mut self, partition: PartitionId) -> bool {
        let has_left = self.seats.leave(partition);
        if self.seats.arrived() == 0 {
            self.round = Round::Empty;
        }
        has_left
    }
}
