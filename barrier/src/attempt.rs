//! One gang: its state behind its lock, and the answers for those who wait.

#[cfg(all(test, not(loom)))]
mod model;
#[cfg(all(test, loom))]
mod models;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use listener_bus::events::PartitionId;

use crate::answer::Answer;
use crate::error::{AbortedBy, BarrierError};
use crate::link::Link;
use crate::messages::Messages;
use crate::settings::Settings;
use crate::state::{Arrival, Due, Elapsed, GangSnapshot, GangState, OpenRound, Request, WaitingTask};
use crate::sync::{Mutex, lock};
use crate::tally::Tally;
use crate::task::{BarrierTask, StageAttempt, SyncKind};
use crate::watch::Alarm;

/// What all gangs of a coordinator share.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) settings: Settings,
    pub(crate) tally: Tally,
    pub(crate) alarm: Alarm,
}

/// One gang.
pub(crate) struct Attempt {
    id: StageAttempt,
    common: Arc<Common>,
    desk: Mutex<Desk>,
    /// Given when the gang ends.
    end: Arc<Answer>,
}

struct Desk {
    state: GangState,
    /// The answer of the round that is being waited for.
    current: Arc<Answer>,
    /// The answer of the last round that was completed, for requests that are sent again.
    last: Option<Arc<Answer>>,
}

/// What is left to do once the lock is free: wakers, metrics and logs are other people's code.
enum Afterwards {
    Nothing,
    CountWaiting,
    /// It arrived first, then.
    CountFirst(Instant),
    CountDuplicate,
    CountRefused(BarrierError),
    Release {
        kind: SyncKind,
        messages: Messages,
        answer: Arc<Answer>,
        waiting: usize,
    },
    Bury(Burial),
}

/// A gang that has just ended.
struct Burial {
    cause: BarrierError,
    answer: Arc<Answer>,
    waiting: usize,
    /// Whether the task whose call ended it is told so as well.
    by: EndedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndedBy {
    Arrival,
    Other,
}

/// What the watch does with a gang it has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Looks again then.
    Again(Option<Instant>),
    /// Forgets it.
    Forget,
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Desk {
    /// Where the answer to an arrival will be, and what is left to do.
    fn settle(
        &mut self,
        arrival: Arrival,
        kind: SyncKind,
    ) -> (Result<Arc<Answer>, BarrierError>, Afterwards) {
        let afterwards = match arrival {
            Arrival::Opens(now) => Afterwards::CountFirst(now),
            Arrival::Waits => Afterwards::CountWaiting,
            Arrival::Duplicate => Afterwards::CountDuplicate,
            Arrival::Finished => {
                let answer = self.last.as_ref().unwrap_or(&self.current);
                return (Ok(Arc::clone(answer)), Afterwards::CountDuplicate);
            }
            Arrival::Completes(messages) => {
                let waiting = self.state.num_tasks() - 1;
                let answer = std::mem::replace(&mut self.current, Answer::open(waiting));
                self.last = Some(Arc::clone(&answer));
                return (Ok(Arc::clone(&answer)), Afterwards::Release { kind, messages, answer, waiting });
            }
            Arrival::Refused(error) => return (Err(error.clone()), Afterwards::CountRefused(error)),
            Arrival::Kills(cause) => {
                let burial = self.kill(&cause, EndedBy::Arrival, Instant::now());
                return (Err(cause), burial.map_or(Afterwards::Nothing, Afterwards::Bury));
            }
        };
        (Ok(Arc::clone(&self.current)), afterwards)
    }

    fn kill(&mut self, cause: &BarrierError, by: EndedBy, now: Instant) -> Option<Burial> {
        let waiting = self.state.waiting();
        let was_live = self.state.kill(cause, now);
        self.last = None;
        was_live.then(|| Burial { cause: cause.clone(), answer: Arc::clone(&self.current), waiting, by })
    }
}

impl Attempt {
    pub(crate) fn new(id: StageAttempt, num_tasks: usize, common: &Arc<Common>) -> Arc<Self> {
        let state = GangState::new(id, num_tasks, Instant::now());
        let desk = Mutex::new(Desk { state, current: Answer::open(num_tasks), last: None });
        common.alarm.set_after(common.settings.idle_ttl);
        Arc::new(Self { id, common: Arc::clone(common), desk, end: Answer::open(1) })
    }

    pub(crate) fn id(&self) -> StageAttempt {
        self.id
    }

    /// What has ended it, if it has ended. Nobody is told of an end before it is to be seen here.
    pub(crate) fn ended_by(&self) -> Option<BarrierError> {
        lock(&self.desk).state.ended_by()
    }

    /// Counts whoever will [`release`](Link::release) it.
    pub(crate) fn hold(&self) {
        lock(&self.desk).state.hold();
    }

    /// Whether it has ended, and has not been used for so long.
    pub(crate) fn has_ended_before(&self, now: Instant, ago: Duration) -> bool {
        lock(&self.desk).state.has_ended_before(now, ago)
    }

    /// Gives a task its seat before it arrives.
    pub(crate) fn attend(&self, task: &BarrierTask) -> Result<(), BarrierError> {
        let mut desk = lock(&self.desk);
        let Err(arrival) = desk.state.admit(task).map(drop) else { return Ok(()) };
        let (seated, afterwards) = desk.settle(arrival, SyncKind::Barrier);
        drop(desk);
        self.finish(afterwards);
        seated.map(drop)
    }

    /// The task must be heard of when it is due; with `None`, it need not.
    /// Answers whether there is such a task.
    pub(crate) fn expect_sign(&self, partition: PartitionId, due: Option<Due>) -> bool {
        let is_there = lock(&self.desk).state.expect_sign(partition, due, Instant::now());
        if let Some(due) = due {
            self.common.alarm.set(due.at);
        }
        is_there
    }

    /// Ends the gang; the first cause stays. Answers whether it lived.
    pub(crate) fn kill(&self, cause: &BarrierError) -> bool {
        let burial = lock(&self.desk).kill(cause, EndedBy::Other, Instant::now());
        let was_live = burial.is_some();
        self.finish(burial.map_or(Afterwards::Nothing, Afterwards::Bury));
        was_live
    }

    /// What time has done to it; adds those who have waited for long.
    pub(crate) fn elapse(&self, now: Instant, waiting: &mut Vec<(StageAttempt, WaitingTask)>) -> Look {
        let settings = &self.common.settings;
        let mut desk = lock(&self.desk);
        let (look, burial) = match desk.state.elapse(settings, now) {
            Elapsed::Nothing(next) => (Look::Again(next), None),
            Elapsed::Waits(next) => {
                let tasks = desk.state.waiting_for_long(settings, now);
                waiting.extend(tasks.into_iter().map(|task| (self.id, task)));
                (Look::Again(next), None)
            }
            Elapsed::Kills(cause) => (Look::Again(None), desk.kill(&cause, EndedBy::Other, now)),
            Elapsed::Forget => (Look::Forget, None),
        };
        drop(desk);
        self.finish(burial.map_or(Afterwards::Nothing, Afterwards::Bury));
        look
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Option<GangSnapshot> {
        lock(&self.desk).state.snapshot(now)
    }

    /// How long its round has been waited for, if one is.
    pub(crate) fn waited(&self, now: Instant) -> Option<Duration> {
        lock(&self.desk).state.waited(now)
    }

    /// The round that is waited for, if one is.
    pub(crate) fn open_round(&self, now: Instant) -> Option<OpenRound> {
        lock(&self.desk).state.open_round(&self.common.settings, now)
    }

    fn finish(&self, afterwards: Afterwards) {
        let Common { settings, tally, alarm } = &*self.common;
        match afterwards {
            Afterwards::Nothing => {}
            Afterwards::CountWaiting => tally.waits(),
            Afterwards::CountFirst(now) => {
                tally.waits();
                alarm.set_from(now, settings.first_look());
            }
            Afterwards::CountDuplicate => tally.duplicate(),
            Afterwards::CountRefused(error) => tally.refused(&error),
            Afterwards::Release { kind, messages, answer, waiting } => {
                answer.give(Ok(messages));
                tally.round_completed(kind, waiting);
            }
            Afterwards::Bury(burial) => self.bury(burial),
        }
    }

    fn bury(&self, Burial { cause, answer, waiting, by }: Burial) {
        let Common { settings, tally, alarm } = &*self.common;
        // The end first: whoever has its answer finds the gang ended.
        self.end.give(Err(cause.clone()));
        answer.give(Err(cause.clone()));
        tally.gang_ended(&cause, waiting);
        if waiting > 0 || by == EndedBy::Arrival {
            tally.round_failed(&cause);
        }
        alarm.set_after(settings.idle_ttl);
        tracing::debug!(
            stage = self.id.stage_id.0,
            stage_attempt = self.id.attempt_id.0,
            waiting,
            reason = cause.reason(),
            "a gang has ended: {cause}"
        );
    }
}

impl Link for Attempt {
    fn arrive(&self, request: Request<'_>) -> Result<Arc<Answer>, BarrierError> {
        let kind = request.kind;
        let mut desk = lock(&self.desk);
        let arrival = desk.state.arrive(request, &self.common.settings, Instant::now);
        let (place, afterwards) = desk.settle(arrival, kind);
        drop(desk);
        self.finish(afterwards);
        place
    }

    fn withdraw(&self, partition: PartitionId, epoch: u64) {
        let has_left = lock(&self.desk).state.withdraw(partition, epoch, Instant::now());
        if has_left {
            self.common.tally.waits_no_more(1);
        }
    }

    fn abort(&self, by: PartitionId, reason: Arc<str>) {
        self.kill(&BarrierError::Aborted { stage_attempt: self.id, by: AbortedBy::Task(by), reason });
    }

    fn end(&self) -> &Arc<Answer> {
        &self.end
    }

    fn release(&self, _: PartitionId) {
        lock(&self.desk).state.release(Instant::now());
        self.common.alarm.set_after(self.common.settings.idle_ttl);
    }
}
