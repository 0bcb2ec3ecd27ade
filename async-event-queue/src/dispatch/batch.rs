//! A run of events on its way to the listeners.

use crate::log::{Events, Run};
use crate::mailbox::Mailbox;
use crate::sampler::Sampler;

/// The events of a run one after the other, with what is noted before and behind each: nearly all of what a dispatch thread
/// does, so a queue's only listener goes through it in a loop of its own, with one virtual call for all.
pub(crate) struct Batch<'a, E> {
    mailbox: &'a Mailbox<E>,
    events: Events<'a, E>,
    /// Events finished before this pass.
    finished: u64,
    /// How many may be begun before one is to be timed.
    untimed: u64,
    /// Events begun in this pass.
    begun: u64,
    current: Option<(u64, &'a E)>,
    stage: Stage,
}

/// How far the current event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is handled, or there has been none.
    Handled,
    Begun,
    /// It is handled, and somebody wants the dispatch thread's attention.
    Called,
}

/// Why a batch does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// This event is to be timed, and has not been begun.
    Due,
    /// This event is handled, and the desk is to be looked at.
    Attention,
    /// A listener has panicked in this event.
    Panic,
}

impl<'a, E> Batch<'a, E> {
    pub(super) fn new(mailbox: &'a Mailbox<E>, run: &'a Run<E>) -> Self {
        Self {
            mailbox,
            events: run.events(),
            finished: 0,
            untimed: 0,
            begun: 0,
            current: None,
            stage: Stage::Handled,
        }
    }

    /// Goes on up to the event that is to be timed.
    pub(super) fn begin_pass(&mut self, sampler: &Sampler) {
        self.finished = self.mailbox.progress.finished();
        self.untimed = sampler.until_due();
        self.begun = 0;
        self.stage = Stage::Handled;
    }

    /// Events begun in this pass.
    pub(crate) fn begun(&self) -> u64 {
        self.begun
    }

    /// Finishes the current event and begins the next one.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<(u64, &'a E)> {
        if self.stage == Stage::Begun {
            self.mailbox.progress.note_finished(self.finished + self.begun);
            self.stage = Stage::Handled;
            if self.mailbox.wants_attention() {
                self.stage = Stage::Called;
                return None;
            }
        }
        if self.untimed == self.begun {
            return None;
        }
        self.current = self.events.next();
        if self.current.is_some() {
            self.mailbox.progress.note_begun_after(self.finished + self.begun);
            self.stage = Stage::Begun;
            self.begun += 1;
        }
        self.current
    }

    /// Where the pass has ended, and why; none if no event is left.
    pub(super) fn pause(&mut self) -> Option<(u64, &'a E, Cause)> {
        let cause = match self.stage {
            Stage::Handled => Cause::Due,
            Stage::Begun => Cause::Panic,
            Stage::Called => Cause::Attention,
        };
        if cause == Cause::Due {
            self.current = self.events.next();
        }
        self.current.map(|(sequence, event)| (sequence, event, cause))
    }
}
