//! Who speaks for which task. A connection that ends late must not speak for a task that has come back on another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use listener_bus::events::PartitionId;

use super::host::Limits;
use crate::attempt::Attempt;
use crate::link::Link;
use crate::task::StageAttempt;

/// Beyond so many gangs, those that have ended are forgotten.
const TIDY_AT_LEAST: usize = 64;

/// Who speaks for which task. Its lock is taken before a gang's, never after.
#[derive(Debug)]
pub(crate) struct Voices {
    gangs: Mutex<Gangs>,
}

#[derive(Debug)]
struct Gangs {
    by_id: HashMap<StageAttempt, Gang>,
    tidy_at: usize,
}

#[derive(Debug)]
struct Gang {
    attempt: Arc<Attempt>,
    voices: HashMap<PartitionId, Voice>,
}

/// Who speaks for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Voice {
    /// The session of this number.
    Session(u64),
    /// Calls, one at a time.
    Calls { now: Now, watch: Watch },
}

/// What the task of a calling client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    /// Waits in the call of this number.
    Waits(u64),
    /// Has been told to ask again: it is still counted in the round of this epoch.
    Parked(u64),
    /// Computes.
    Computes,
}

/// Whether a task that computes must give signs of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    /// It has never given one.
    WhileWaiting,
    /// It has, and has promised to go on.
    Always,
}

/// How a call that waited has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEnd {
    /// With the answer.
    Answered,
    /// The client is to ask again.
    Pending,
    /// The client has gone.
    Cut,
}

impl Default for Voices {
    fn default() -> Self {
        Self { gangs: Mutex::new(Gangs { by_id: HashMap::new(), tidy_at: TIDY_AT_LEAST }) }
    }
}

/// A call that waits.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) gang: Arc<Attempt>,
    pub(crate) task: PartitionId,
    /// The round it waits for.
    pub(crate) epoch: u64,
    /// Unlike that of any other call or session.
    pub(crate) id: u64,
}

impl Voices {
    /// The session speaks for the task from now on.
    pub(crate) fn joined(&self, gang: &Arc<Attempt>, task: PartitionId, session: u64, limits: &Limits) {
        let mut gangs = self.lock();
        let before = gangs.of(gang).insert(task, Voice::Session(session));
        gang.expect_sign(task, limits.heard_by());
        drop(gangs);
        take_out_if_parked(gang, task, before);
    }

    /// The session is gone, and the task has not left: unless another voice speaks for it by now, it must come back.
    pub(crate) fn lost(&self, gang: &Arc<Attempt>, task: PartitionId, session: u64, limits: &Limits) {
        let mut gangs = self.lock();
        let voices = gangs.of(gang);
        if voices.get(&task) == Some(&Voice::Session(session)) {
            voices.remove(&task);
            gang.expect_sign(task, limits.back_by());
        }
    }

    /// Nothing is expected of the task any more.
    pub(crate) fn left(&self, gang: &Arc<Attempt>, task: PartitionId) {
        let mut gangs = self.lock();
        let before = gangs.of(gang).remove(&task);
        gang.expect_sign(task, None);
        drop(gangs);
        take_out_if_parked(gang, task, before);
    }

    /// A task has given a sign of life while it computes.
    pub(crate) fn beats(&self, gang: &Arc<Attempt>, task: PartitionId, limits: &Limits) {
        let mut gangs = self.lock();
        let fresh = Voice::Calls { now: Now::Computes, watch: Watch::Always };
        match gangs.of(gang).entry(task).or_insert(fresh) {
            Voice::Session(_) => return,
            Voice::Calls { now, watch } => {
                *watch = Watch::Always;
                if matches!(now, Now::Waits(_)) {
                    return;
                }
            }
        }
        gang.expect_sign(task, limits.heard_by());
    }

    /// A task has arrived in this call, which waits. What the call before it has left behind is taken back.
    pub(crate) fn waits(&self, Call { gang, task, id, .. }: &Call) {
        let mut gangs = self.lock();
        let voices = gangs.of(gang);
        let before = voices.get(task).copied();
        let watch = match before {
            Some(Voice::Calls { watch, .. }) => watch,
            Some(Voice::Session(_)) | None => Watch::WhileWaiting,
        };
        voices.insert(*task, Voice::Calls { now: Now::Waits(*id), watch });
        gang.expect_sign(*task, None);
        drop(gangs);
        take_out_if_parked(gang, *task, before);
    }

    /// The call has ended. A task that is to ask again stays in its round; one that was cut off does not, nor one for
    /// which another call or session speaks by now: that is counted itself.
    pub(crate) fn ended(&self, call: &Call, end: CallEnd, limits: &Limits) {
        let still_speaks = self.still_speaks(call, end, limits);
        let stays = match end {
            CallEnd::Answered => true,
            CallEnd::Pending => still_speaks,
            CallEnd::Cut => false,
        };
        if !stays {
            call.gang.withdraw(call.task, call.epoch);
        }
    }

    fn still_speaks(&self, Call { gang, task, epoch, id }: &Call, end: CallEnd, limits: &Limits) -> bool {
        let mut gangs = self.lock();
        let Some(Voice::Calls { now, watch }) = gangs.of(gang).get_mut(task) else { return false };
        if *now != Now::Waits(*id) {
            return false;
        }
        *now = if end == CallEnd::Pending { Now::Parked(*epoch) } else { Now::Computes };
        let due = match (end, *watch) {
            (CallEnd::Answered, Watch::WhileWaiting) => None,
            (CallEnd::Answered, Watch::Always) | (CallEnd::Pending, _) => limits.heard_by(),
            (CallEnd::Cut, _) => limits.back_by(),
        };
        gang.expect_sign(*task, due);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Gangs> {
        self.gangs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Someone else speaks for the task now: what a call has left in the round is counted out.
fn take_out_if_parked(gang: &Attempt, task: PartitionId, before: Option<Voice>) {
    if let Some(Voice::Calls { now: Now::Parked(epoch), .. }) = before {
        gang.withdraw(task, epoch);
    }
}

impl Gangs {
    /// The voices of a gang; of an older gang with the same name, which was forgotten, there are none.
    fn of(&mut self, gang: &Arc<Attempt>) -> &mut HashMap<PartitionId, Voice> {
        if !self.by_id.contains_key(&gang.id()) {
            self.tidy();
        }
        let fresh = || Gang { attempt: Arc::clone(gang), voices: HashMap::new() };
        let known = self.by_id.entry(gang.id()).or_insert_with(fresh);
        if !Arc::ptr_eq(&known.attempt, gang) {
            *known = fresh();
        }
        &mut known.voices
    }

    fn tidy(&mut self) {
        if self.by_id.len() >= self.tidy_at {
            self.by_id.retain(|_, gang| gang.attempt.is_live());
            self.tidy_at = TIDY_AT_LEAST.max(2 * self.by_id.len());
        }
    }
}
