//! The voices of each gang.

use std::collections::HashMap;
use std::sync::Arc;

use listener_bus::events::PartitionId;

use super::{Speaker, Wait};
use crate::attempt::Attempt;
use crate::link::Link;
use crate::task::StageAttempt;

/// Beyond so many gangs, those that have ended are forgotten.
const TIDY_AT_LEAST: usize = 64;

/// Who speaks for a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Voice {
    pub(super) by: By,
    /// The round that the task is counted in, for this voice and no other. Whoever takes it from here, and nobody else,
    /// takes it back from the gang: so nothing is taken back twice.
    pub(super) held: Option<Wait>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The session of this number.
    Session(u64),
    /// The call of this number, which waits.
    Call(u64, Watch),
    /// Calls, one at a time, and none of them waits.
    Calls(Watch),
}

/// Whether a task that computes must give signs of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// It has never given one.
    WhileWaiting,
    /// It has, and has promised to go on.
    Always,
}

#[derive(Debug)]
struct Gang {
    attempt: Arc<Attempt>,
    voices: HashMap<PartitionId, Voice>,
}

/// All gangs.
#[derive(Debug)]
pub(super) struct Gangs {
    by_id: HashMap<StageAttempt, Gang>,
    tidy_at: usize,
}

impl Default for Gangs {
    fn default() -> Self {
        Self { by_id: HashMap::new(), tidy_at: TIDY_AT_LEAST }
    }
}

impl Gangs {
    /// The voices of a gang that a task has just come to; of an older gang with the same name, which was forgotten, there
    /// are none.
    pub(super) fn of(&mut self, gang: &Arc<Attempt>) -> &mut HashMap<PartitionId, Voice> {
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

    /// The voices of a gang, if it has any.
    pub(super) fn known(&mut self, gang: &Arc<Attempt>) -> Option<&mut HashMap<PartitionId, Voice>> {
        let known = self.by_id.get_mut(&gang.id())?;
        Arc::ptr_eq(&known.attempt, gang).then_some(&mut known.voices)
    }

    /// The voice of a session, if it still speaks for the task.
    pub(super) fn session(&mut self, Speaker { gang, task, id }: &Speaker) -> Option<&mut Voice> {
        self.known(gang)?.get_mut(task).filter(|voice| voice.by == By::Session(*id))
    }

    fn tidy(&mut self) {
        if self.by_id.len() >= self.tidy_at {
            self.by_id.retain(|_, gang| gang.attempt.end().get().is_none());
            self.tidy_at = TIDY_AT_LEAST.max(2 * self.by_id.len());
        }
    }
}
