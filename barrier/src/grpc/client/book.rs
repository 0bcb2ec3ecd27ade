//! What a client knows of its gangs, and has yet to tell the server. Pure: no lock, no network, `now` is an argument.

mod gang;
mod receive;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use listener_bus::events::PartitionId;

use gang::Gang;

use super::effects::Effects;
use super::seat::{Call, InLine, Seat, Told};
use crate::answer::Answer;
use crate::error::{AbortedBy, BarrierError, Gone};
use crate::grpc::v1;
use crate::grpc::v1::session_request::Request as Ask;
use crate::state::{Request, WaitingTask};
use crate::task::{BarrierTask, StageAttempt};

/// What a client knows.
#[derive(Debug)]
pub(super) struct Book {
    gangs: HashMap<StageAttempt, Gang>,
    /// Tasks that may have something to say, each at most once.
    line: VecDeque<(StageAttempt, PartitionId)>,
    /// Gangs that were given up here, and of which the server has not said that they are over.
    aborts: HashMap<StageAttempt, v1::Abort>,
    unsent_aborts: VecDeque<StageAttempt>,
    beat: Beat,
    phase: Phase,
    /// The server's life that the present connection leads to.
    instance: u64,
    max_message_bytes: usize,
    log_waiting_every: Duration,
}

/// Where a client is in its life. It only ever moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// Says what is left to say.
    Closing,
    /// Nobody works for it any more.
    Closed,
}

/// Whether a sign of life is to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    Given,
    Due,
}

impl Book {
    pub(super) fn new(log_waiting_every: Duration) -> Self {
        Self {
            gangs: HashMap::new(),
            line: VecDeque::new(),
            aborts: HashMap::new(),
            unsent_aborts: VecDeque::new(),
            beat: Beat::Given,
            phase: Phase::Open,
            instance: 0,
            max_message_bytes: usize::MAX,
            log_waiting_every,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether there is anything to be connected for.
    pub(super) fn needs_server(&self) -> bool {
        !self.aborts.is_empty() || self.gangs.values().any(Gang::is_live)
    }

    /// Takes in a context of a task; answers where the end of its gang will be told.
    pub(super) fn attend(&mut self, task: &BarrierTask) -> Result<Arc<Answer>, BarrierError> {
        let (stage_attempt, partition) = (task.stage_attempt, task.partition_id);
        if self.phase != Phase::Open {
            return Err(BarrierError::CoordinatorGone { stage_attempt, why: Gone::Stopped });
        }
        let gang = self.gangs.entry(stage_attempt).or_insert_with(Gang::new);
        gang.check()?;
        let seat = gang.seats.entry(partition).or_insert_with(|| Seat::new(task.clone()));
        let (task_attempt, holder) = (task.task_attempt_id, seat.task.task_attempt_id);
        if task_attempt != holder {
            return Err(BarrierError::PartitionTaken { stage_attempt, partition, task_attempt, holder });
        }
        seat.contexts += 1;
        let end = Arc::clone(&gang.end);
        self.stand_in_line(stage_attempt, partition);
        Ok(end)
    }

    /// A task comes to a round; answers where the answer will be.
    pub(super) fn arrive(&mut self, request: Request<'_>, now: Instant) -> Result<Arc<Answer>, BarrierError> {
        let (stage_attempt, partition) = (request.task.stage_attempt, request.task.partition_id);
        let gone = || BarrierError::CoordinatorGone { stage_attempt, why: Gone::Stopped };
        let gang = self.gangs.get_mut(&stage_attempt).ok_or_else(gone)?;
        gang.check()?;
        let seat = gang.seats.get_mut(&partition).ok_or_else(gone)?;
        if let Some(answer) = seat.share(request.epoch, request.kind) {
            return Ok(answer);
        }
        let call = Call::new(request, now, now.checked_add(self.log_waiting_every));
        let answer = Arc::clone(&call.answer);
        seat.calls.push(call);
        self.stand_in_line(stage_attempt, partition);
        Ok(answer)
    }

    pub(super) fn withdraw(&mut self, gang: StageAttempt, partition: PartitionId, epoch: u64) {
        let seat = self.gangs.get_mut(&gang).and_then(|gang| gang.seats.get_mut(&partition));
        if seat.is_some_and(|seat| seat.withdraw(epoch)) {
            self.stand_in_line(gang, partition);
        }
    }

    /// A context is gone.
    pub(super) fn release(&mut self, gang: StageAttempt, partition: PartitionId) {
        let Entry::Occupied(mut entry) = self.gangs.entry(gang) else { return };
        let Some(seat) = entry.get_mut().seats.get_mut(&partition) else { return };
        seat.contexts = seat.contexts.saturating_sub(1);
        if seat.contexts > 0 {
            return;
        }
        if seat.told == Told::Never {
            entry.get_mut().seats.remove(&partition);
        }
        if entry.get().is_over() {
            entry.remove();
        } else {
            self.stand_in_line(gang, partition);
        }
    }

    /// A task gives its gang up. It is over at once, for the tasks of this client.
    pub(super) fn abort(&mut self, gang: StageAttempt, by: PartitionId, reason: Arc<str>) -> Effects {
        let mut effects = Effects::default();
        let Some(known) = self.gangs.get_mut(&gang).filter(|known| known.is_live()) else { return effects };
        let (stage_attempt, partition_id) = (Some(gang.into()), by.0);
        self.aborts.insert(gang, v1::Abort { stage_attempt, partition_id, reason: (*reason).to_owned() });
        self.unsent_aborts.push_back(gang);
        let cause = BarrierError::Aborted { stage_attempt: gang, by: AbortedBy::Task(by), reason };
        known.kill(gang, &cause, &mut effects);
        effects
    }

    /// Ends all gangs.
    pub(super) fn kill_all(&mut self, why: &Gone) -> Effects {
        let mut effects = Effects::default();
        for (id, gang) in &mut self.gangs {
            let cause = BarrierError::CoordinatorGone { stage_attempt: *id, why: why.clone() };
            gang.kill(*id, &cause, &mut effects);
        }
        self.gangs.retain(|_, gang| !gang.is_over());
        self.aborts.clear();
        self.unsent_aborts.clear();
        effects
    }

    /// Takes no more tasks, and says what is left to say: tasks whose contexts are gone leave, others are given up.
    pub(super) fn close(&mut self) -> Effects {
        if self.phase != Phase::Open {
            return Effects::default();
        }
        self.phase = Phase::Closing;
        let mut effects = Effects::default();
        for (id, gang) in &mut self.gangs {
            if gang.seats.values().any(|seat| seat.contexts > 0) {
                let cause = BarrierError::CoordinatorGone { stage_attempt: *id, why: Gone::Stopped };
                gang.kill(*id, &cause, &mut effects);
            }
        }
        effects
    }

    /// Nobody works for the client any more.
    pub(super) fn end(&mut self) -> Effects {
        self.phase = Phase::Closed;
        self.kill_all(&Gone::Stopped)
    }

    /// The server is to be given a sign of life.
    pub(super) fn beat(&mut self) {
        self.beat = Beat::Due;
    }

    /// What the server is to be told next.
    pub(super) fn next(&mut self) -> Option<Ask> {
        if self.beat == Beat::Due {
            self.beat = Beat::Given;
            return Some(Ask::Beat(v1::Beat {}));
        }
        while let Some(gang) = self.unsent_aborts.pop_front() {
            if let Some(abort) = self.aborts.get(&gang) {
                return Some(Ask::Abort(abort.clone()));
            }
        }
        while let Some((id, partition)) = self.line.front().copied() {
            let gang = self.gangs.get_mut(&id);
            if let Some(ask) =
                gang.and_then(|gang| gang.next(partition, self.instance, self.max_message_bytes))
            {
                return Some(ask);
            }
            self.line.pop_front();
        }
        None
    }

    /// The calls that wait and whose time to say so in the log has come.
    pub(super) fn waiting_for_long(&mut self, now: Instant) -> Vec<(StageAttempt, WaitingTask)> {
        let next = now.checked_add(self.log_waiting_every);
        let mut waiting = Vec::new();
        for (id, gang) in &mut self.gangs {
            let tasks =
                gang.seats.iter_mut().flat_map(|(partition, seat)| seat.waiting(*partition, now, next));
            waiting.extend(tasks.map(|task| (*id, task)));
        }
        waiting
    }

    fn stand_in_line(&mut self, gang: StageAttempt, partition: PartitionId) {
        let seat = self.gangs.get_mut(&gang).and_then(|gang| gang.seats.get_mut(&partition));
        if let Some(seat) = seat.filter(|seat| seat.line == InLine::No) {
            seat.line = InLine::Yes;
            self.line.push_back((gang, partition));
        }
    }
}
