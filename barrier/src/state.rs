//! The state of one gang: who has arrived, at which round, and what ended it. Pure: `now` is an argument.

mod gang;
mod seats;
mod snapshot;
#[cfg(all(test, not(loom)))]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use listener_bus::events::PartitionId;

use crate::error::{BarrierError, RoundId};
use crate::messages::Messages;
use crate::settings::{Patience, Settings};
use crate::task::{BarrierTask, StageAttempt, SyncKind};
use gang::{Gang, Round};

pub(crate) use seats::Due;
pub use snapshot::GangSnapshot;
pub(crate) use snapshot::{OpenRound, WaitingTask};

/// A task calls for a round.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) task: &'a BarrierTask,
    pub(crate) epoch: u64,
    pub(crate) kind: SyncKind,
    pub(crate) message: Bytes,
    /// The size of a message that was too large to be sent along, in bytes; 0 if none was.
    pub(crate) left_out: usize,
    /// When the task began to wait, if anybody wants to know more exactly than by its round.
    pub(crate) entered: Option<Instant>,
}

/// How many looks at idle gangs a time to live is worth: they are forgotten in groups.
const LOOKS_PER_TTL: u32 = 16;

/// What a request comes to.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// The first of its round, then.
    Opens(Instant),
    /// Others are missing still.
    Waits,
    /// It has arrived before, and is counted once.
    Duplicate,
    /// All are there.
    Completes(Messages),
    /// The round has finished, and the task has its answer coming.
    Finished,
    /// It does not take part; nobody else is concerned.
    Refused(BarrierError),
    /// It ends the gang.
    Kills(BarrierError),
}

/// What time has done to a gang.
#[derive(Debug)]
pub(crate) enum Elapsed {
    /// Nothing; look again then.
    Nothing(Option<Instant>),
    /// Those who wait have waited long enough for the log to say so; look again then.
    Waits(Option<Instant>),
    /// It has ended the gang.
    Kills(BarrierError),
    /// Nobody needs the state any more.
    Forget,
}

/// One gang.
#[derive(Debug)]
pub(crate) struct GangState {
    stage_attempt: StageAttempt,
    num_tasks: usize,
    /// Contexts that are alive in this process; a gang with any of them is not idle.
    holders: usize,
    /// When it was last found to have been used.
    used: Instant,
    /// Rounds completed when it was last looked at: the watch tells from it that the gang was in use, so that a round
    /// needs to read the clock once only.
    epoch_seen: u64,
    phase: Phase,
}

/// Where a gang is in its life. It only ever moves down this list.
#[derive(Debug)]
enum Phase {
    /// Takes arrivals.
    Live(Gang),
    /// Answers everything with what ended it: an [`BarrierError::AttemptDead`].
    Dead(BarrierError),
}

impl GangState {
    pub(crate) fn new(stage_attempt: StageAttempt, num_tasks: usize, now: Instant) -> Self {
        Self {
            stage_attempt,
            num_tasks,
            holders: 0,
            used: now,
            epoch_seen: 0,
            phase: Phase::Live(Gang::new(num_tasks)),
        }
    }

    pub(crate) fn num_tasks(&self) -> usize {
        self.num_tasks
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live(_))
    }

    /// What has ended it, if it has ended.
    pub(crate) fn ended_by(&self) -> Option<BarrierError> {
        match &self.phase {
            Phase::Live(_) => None,
            Phase::Dead(error) => Some(error.first_cause().clone()),
        }
    }

    /// Whether it has ended, and has not been used for so long.
    pub(crate) fn has_ended_before(&self, now: Instant, ago: Duration) -> bool {
        !self.is_live() && self.holders == 0 && now.saturating_duration_since(self.used) >= ago
    }

    /// How many tasks wait.
    pub(crate) fn waiting(&self) -> usize {
        match &self.phase {
            Phase::Live(gang) => gang.seats.arrived(),
            Phase::Dead(_) => 0,
        }
    }

    /// Counts a context.
    pub(crate) fn hold(&mut self) {
        self.holders += 1;
    }

    /// Counts a context out.
    pub(crate) fn release(&mut self, now: Instant) {
        self.holders = self.holders.saturating_sub(1);
        self.used = now;
    }

    /// A task arrives at a round. The clock is read where a round begins and nowhere else, for it takes as long as all the rest.
    pub(crate) fn arrive(
        &mut self,
        request: Request<'_>,
        settings: &Settings,
        clock: impl Fn() -> Instant,
    ) -> Arrival {
        match self.admit(request.task) {
            Ok(gang) => gang.arrive(request, settings, clock),
            Err(refused) => refused,
        }
    }

    /// Checks that the task is one of a living gang, and gives it its seat.
    ///
    /// # Errors
    /// What its arrival comes to otherwise.
    pub(crate) fn admit(&mut self, task: &BarrierTask) -> Result<&mut Gang, Arrival> {
        let (stage_attempt, partition) = (self.stage_attempt, task.partition_id);
        let gang = match &mut self.phase {
            Phase::Live(gang) => gang,
            Phase::Dead(cause) => return Err(Arrival::Refused(cause.clone())),
        };
        let (expected, num_tasks) = (self.num_tasks, task.num_tasks);
        if num_tasks != expected {
            let error = BarrierError::NumberOfTasksDiffers { stage_attempt, expected, partition, num_tasks };
            return Err(Arrival::Kills(error));
        }
        let Some(seat) = gang.seats.get_mut(partition) else {
            return Err(Arrival::Kills(BarrierError::PartitionOutOfRange {
                stage_attempt,
                partition,
                num_tasks,
            }));
        };
        let task_attempt = task.task_attempt_id;
        let holder = *seat.holder.get_or_insert(task_attempt);
        if holder != task_attempt {
            let error = BarrierError::PartitionTaken { stage_attempt, partition, task_attempt, holder };
            return Err(Arrival::Refused(error));
        }
        Ok(gang)
    }

    /// Takes a task that no longer waits out of the round it waited for; answers whether it was in it.
    pub(crate) fn withdraw(&mut self, partition: PartitionId, epoch: u64, now: Instant) -> bool {
        match &mut self.phase {
            Phase::Live(gang) if gang.epoch == epoch => {
                self.used = now;
                gang.withdraw(partition)
            }
            Phase::Live(_) | Phase::Dead(_) => false,
        }
    }

    /// The task must be heard of when it is due; with `None`, it need not.
    /// Answers whether there is such a task.
    pub(crate) fn expect_sign(&mut self, partition: PartitionId, due: Option<Due>, now: Instant) -> bool {
        self.used = now;
        match &mut self.phase {
            Phase::Live(gang) => gang.seats.expect_sign(partition, due),
            Phase::Dead(_) => false,
        }
    }

    /// Ends the gang; the first cause stays. Answers whether it lived.
    pub(crate) fn kill(&mut self, cause: &BarrierError, now: Instant) -> bool {
        if !self.is_live() {
            return false;
        }
        let (stage_attempt, cause) = (self.stage_attempt, Arc::new(cause.clone()));
        self.phase = Phase::Dead(BarrierError::AttemptDead { stage_attempt, cause });
        self.used = now;
        true
    }

    /// What time has done to it.
    pub(crate) fn elapse(&mut self, settings: &Settings, now: Instant) -> Elapsed {
        let stage_attempt = self.stage_attempt;
        if let Phase::Live(gang) = &self.phase
            && gang.was_used_since(self.epoch_seen)
        {
            (self.used, self.epoch_seen) = (now, gang.epoch);
        }
        let idle_until = self.idle_until(settings);
        let is_idle = idle_until.is_some_and(|until| until <= now);
        let idle_until = idle_until.and_then(|until| until.checked_add(settings.idle_ttl / LOOKS_PER_TTL));
        let gang = match &mut self.phase {
            Phase::Dead(_) if is_idle => return Elapsed::Forget,
            Phase::Dead(_) => return Elapsed::Nothing(idle_until),
            Phase::Live(gang) => gang,
        };
        let due = gang.seats.first_due();
        if let Some((partition, Due { silence, within, .. })) = due.filter(|(_, due)| due.at <= now) {
            return Elapsed::Kills(BarrierError::TaskLost { stage_attempt, partition, silence, within });
        }
        let due = due.map(|(_, due)| due.at);
        let Round::Open { since, log_at, .. } = &mut gang.round else {
            let next = due.or(idle_until);
            let is_over = is_idle && due.is_none();
            let expired = BarrierError::Expired { stage_attempt, idle: settings.idle_ttl };
            return if is_over { Elapsed::Kills(expired) } else { Elapsed::Nothing(next) };
        };
        let deadline = settings.timeout.deadline(*since);
        if let (Patience::AtMost(timeout), true) = (settings.timeout, deadline.is_some_and(|at| at <= now)) {
            return Elapsed::Kills(gang.timed_out(stage_attempt, timeout));
        }
        let tells = log_at.is_some_and(|at| at <= now);
        if tells {
            *log_at = now.checked_add(settings.log_waiting_every);
        }
        let next = [due, deadline, *log_at].into_iter().flatten().min();
        if tells { Elapsed::Waits(next) } else { Elapsed::Nothing(next) }
    }

    /// When it has been unused for long enough; `None` while somebody holds it.
    fn idle_until(&self, settings: &Settings) -> Option<Instant> {
        (self.holders == 0).then(|| self.used.checked_add(settings.idle_ttl)).flatten()
    }
}

impl Gang {
    fn was_used_since(&self, epoch: u64) -> bool {
        self.epoch != epoch || self.round != Round::Empty
    }

    fn timed_out(&self, stage_attempt: StageAttempt, timeout: Duration) -> BarrierError {
        let round = RoundId { stage_attempt, epoch: self.epoch };
        let (arrived, missing) = (self.seats.arrived_partitions(), self.seats.missing_partitions());
        BarrierError::TimedOut { round, timeout, arrived, missing }
    }
}
