//! What a status page is told of the rounds that are waited for.

use std::time::{Duration, Instant};

use listener_bus::coordination::{BarrierRounds, RoundKind, WaitingRound};

use super::BarrierCoordinator;
use crate::state::OpenRound;
use crate::task::SyncKind;

/// A page that has a handle keeps the coordinator alive, as any other handle does.
impl BarrierRounds for BarrierCoordinator {
    fn waiting_rounds(&self) -> Vec<WaitingRound> {
        let mut rounds = self.shared.registry.open_rounds(Instant::now());
        rounds.sort_by_key(|round| (std::cmp::Reverse(round.waiting), round.stage_attempt));
        rounds.into_iter().map(|round| self.tell(round)).collect()
    }
}

impl BarrierCoordinator {
    fn tell(&self, round: OpenRound) -> WaitingRound {
        let OpenRound { stage_attempt, epoch, kind, num_tasks, arrived, missing, waiting, left } = round;
        WaitingRound {
            coordinator: self.name().to_owned(),
            stage_id: stage_attempt.stage_id,
            stage_attempt_id: stage_attempt.attempt_id,
            epoch,
            kind: match kind {
                SyncKind::Barrier => RoundKind::Barrier,
                SyncKind::AllGather => RoundKind::AllGather,
            },
            tasks: num_tasks,
            arrived,
            missing_count: num_tasks - arrived,
            missing,
            waiting_millis: millis(waiting),
            millis_left: left.map(millis),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
