//! Who speaks for which task, and what it holds in a round. A connection that ends late must not speak for a task that
//! has come back on another, and what it has left in a round goes when the other one comes.

mod gangs;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use listener_bus::events::PartitionId;

use super::host::Limits;
use crate::attempt::Attempt;
use crate::link::Link;
use crate::task::SyncKind;
use gangs::{By, Gangs, Voice, Watch};

/// Who speaks for which task. Its lock is taken before a gang's, never after.
#[derive(Debug, Default)]
pub(crate) struct Voices {
    gangs: Mutex<Gangs>,
}

/// A round that a task has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) epoch: u64,
    pub(crate) kind: SyncKind,
}

/// A session or a call that says something of a task.
#[derive(Clone, Debug)]
pub(crate) struct Speaker {
    pub(crate) gang: Arc<Attempt>,
    pub(crate) task: PartitionId,
    /// Unlike that of any other session or call.
    pub(crate) id: u64,
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

/// Whether a session still speaks for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Still,
    /// Another session or a call does.
    NoMore,
}

/// What sessions say.
impl Voices {
    /// The session speaks for the task from now on. What was held for it in a round goes.
    pub(crate) fn joined(&self, Speaker { gang, task, id }: &Speaker, limits: &Limits) {
        let mut gangs = self.lock();
        let before = gangs.of(gang).insert(*task, Voice { by: By::Session(*id), held: None });
        gang.expect_sign(*task, limits.heard_by());
        drop(gangs);
        take_out(gang, *task, before.and_then(|voice| voice.held));
    }

    pub(crate) fn says(&self, speaker: &Speaker) -> Says {
        match self.lock().session(speaker) {
            Some(_) => Says::Still,
            None => Says::NoMore,
        }
    }

    /// The gang has counted an arrival of the session's task. It is held by the session, once; unless another one
    /// speaks for the task by now, which does not know of it.
    pub(crate) fn arrived(&self, speaker: &Speaker, wait: Wait) {
        let mut gangs = self.lock();
        let too_many = match gangs.session(speaker).map(|voice| &mut voice.held) {
            None => Some(wait),
            Some(Some(held)) if held.epoch == wait.epoch => Some(wait),
            // A late one, for a round that had finished: it was answered, and not counted.
            Some(Some(held)) if held.epoch > wait.epoch => None,
            Some(held) => {
                *held = Some(wait);
                None
            }
        };
        drop(gangs);
        take_out(&speaker.gang, speaker.task, too_many);
    }

    /// The session's task does not wait any more for the round of this epoch.
    pub(crate) fn withdraws(&self, speaker: &Speaker, epoch: u64) {
        let mut gangs = self.lock();
        let held = gangs.session(speaker).and_then(|voice| voice.held.take_if(|held| held.epoch == epoch));
        drop(gangs);
        take_out(&speaker.gang, speaker.task, held);
    }

    /// The client of the session is alive, and so are those of its tasks for which it still speaks.
    pub(crate) fn heard(
        &self,
        gang: &Arc<Attempt>,
        tasks: &HashSet<PartitionId>,
        session: u64,
        limits: &Limits,
    ) {
        let due = limits.heard_by();
        let mut gangs = self.lock();
        let Some(voices) = gangs.known(gang) else { return };
        for task in tasks {
            if voices.get(task).is_some_and(|voice| voice.by == By::Session(session)) {
                gang.expect_sign(*task, due);
            }
        }
    }

    /// The session's task has left.
    pub(crate) fn leaves(&self, speaker: &Speaker) {
        if self.says(speaker) == Says::Still {
            self.left(&speaker.gang, speaker.task);
        }
    }

    /// The session is gone, and its task has not left: unless another voice speaks for it by now, it must come back.
    pub(crate) fn lost(&self, speaker: &Speaker, limits: &Limits) {
        let Speaker { gang, task, .. } = speaker;
        let mut gangs = self.lock();
        let Some(held) = gangs.session(speaker).map(|voice| voice.held) else { return };
        gangs.of(gang).remove(task);
        gang.expect_sign(*task, limits.back_by());
        drop(gangs);
        take_out(gang, *task, held);
    }
}

/// What calls say.
impl Voices {
    /// Nothing is expected of the task any more, whoever has spoken for it.
    pub(crate) fn left(&self, gang: &Arc<Attempt>, task: PartitionId) {
        let mut gangs = self.lock();
        let before = gangs.known(gang).and_then(|voices| voices.remove(&task));
        gang.expect_sign(task, None);
        drop(gangs);
        take_out(gang, task, before.and_then(|voice| voice.held));
    }

    /// A task has given a sign of life while it computes.
    pub(crate) fn beats(&self, gang: &Arc<Attempt>, task: PartitionId, limits: &Limits) {
        let mut gangs = self.lock();
        let fresh = Voice { by: By::Calls(Watch::Always), held: None };
        match &mut gangs.of(gang).entry(task).or_insert(fresh).by {
            By::Session(_) => return,
            By::Call(_, watch) => {
                *watch = Watch::Always;
                return;
            }
            By::Calls(watch) => *watch = Watch::Always,
        }
        gang.expect_sign(task, limits.heard_by());
    }

    /// A task is about to arrive in this call. What is held for it in the same round, for another kind of sync, was
    /// given up by its client.
    pub(crate) fn comes(&self, Speaker { gang, task, .. }: &Speaker, wait: Wait) {
        let mut gangs = self.lock();
        let voice = gangs.known(gang).and_then(|voices| voices.get_mut(task));
        let given_up = |held: &mut Wait| held.epoch == wait.epoch && held.kind != wait.kind;
        let held = voice.and_then(|voice| voice.held.take_if(given_up));
        drop(gangs);
        take_out(gang, *task, held);
    }

    /// A task has arrived in this call, which waits. What was held for it before goes; but a late call, for a round that
    /// had finished, takes nothing over.
    pub(crate) fn waits(&self, Speaker { gang, task, id }: &Speaker, wait: Wait) {
        let mut gangs = self.lock();
        let voices = gangs.of(gang);
        let before = voices.get(task).copied();
        let held = before.and_then(|voice| voice.held);
        if held.is_some_and(|held| held.epoch > wait.epoch) {
            return;
        }
        let watch = match before.map(|voice| voice.by) {
            Some(By::Call(_, watch) | By::Calls(watch)) => watch,
            Some(By::Session(_)) | None => Watch::WhileWaiting,
        };
        voices.insert(*task, Voice { by: By::Call(*id, watch), held: Some(wait) });
        gang.expect_sign(*task, None);
        drop(gangs);
        take_out(gang, *task, held);
    }

    /// The call has ended. A task that is to ask again stays in its round, and one that was cut off does not. If another
    /// call or session speaks for it by now, nothing is left of this one.
    pub(crate) fn ended(&self, Speaker { gang, task, id }: &Speaker, end: CallEnd, limits: &Limits) {
        let mut gangs = self.lock();
        let Some(voice) = gangs.known(gang).and_then(|voices| voices.get_mut(task)) else { return };
        let watch = match voice.by {
            By::Call(call, watch) if call == *id => watch,
            By::Session(_) | By::Call(..) | By::Calls(_) => return,
        };
        voice.by = By::Calls(watch);
        let held = voice.held.take_if(|_| end != CallEnd::Pending);
        let due = match (end, watch) {
            (CallEnd::Answered, Watch::WhileWaiting) => None,
            (CallEnd::Answered, Watch::Always) | (CallEnd::Pending, _) => limits.heard_by(),
            (CallEnd::Cut, _) => limits.back_by(),
        };
        gang.expect_sign(*task, due);
        drop(gangs);
        take_out(gang, *task, held);
    }

    fn lock(&self) -> MutexGuard<'_, Gangs> {
        self.gangs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts out what was held. A round that has finished does not notice.
fn take_out(gang: &Attempt, task: PartitionId, held: Option<Wait>) {
    if let Some(Wait { epoch, .. }) = held {
        gang.withdraw(task, epoch);
    }
}
