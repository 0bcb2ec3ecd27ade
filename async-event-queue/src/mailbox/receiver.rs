//! The dispatch thread's side of the mailbox.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam::channel::Sender;

use super::{Activity, Command, Desk, Dispatcher, Ended, Mailbox, Phase, Returned};
use crate::log::{Claim, Reader};
use crate::options::Overflow;
use crate::posted::DropReason;
use crate::roster::Seat;
use crate::sync::atomic::Ordering;
use crate::sync::thread;

/// Time slices the dispatch thread gives away before it sleeps: in a flood the next events come meanwhile, and a yield costs
/// the posters nothing, as reading the head over and over would.
const YIELDS: u32 = 8;

/// What the dispatch thread has to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Handle what the reader has claimed.
    Events,
    /// Tell the listeners that everything before this number, which they have not got, was dropped.
    Gap(u64),
    /// Look after the [`Errand`]s.
    Attention,
    /// Nothing waits, and nothing will come.
    End,
}

/// What the dispatch thread looks after between two events.
pub(crate) struct Errand<E> {
    pub(crate) commands: Vec<Command<E>>,
    /// Drop what was claimed, for this reason.
    pub(crate) discard: Option<DropReason>,
}

impl<E: 'static> Mailbox<E> {
    /// Puts the calling thread in charge, and hands it the listeners.
    pub(crate) fn take_charge(&self) -> Vec<Seat<E>> {
        let mut desk = self.desk();
        desk.dispatcher = Dispatcher::Thread(thread::current().id());
        self.sleeper.belongs_to_this_thread();
        std::mem::take(&mut desk.parked)
    }

    /// Looks for something to do, and tells those who wait how far the reader is.
    pub(crate) fn look(&self, reader: &mut Reader<E>, overflow: Overflow) -> Option<Received> {
        reader.look();
        let mut desk = self.desk();
        desk.done = reader.cursor();
        let wants_attention = self.wants_attention().then_some(Received::Attention);
        // What can be evicted is not claimed before the errands, which may take long.
        let found = wants_attention.filter(|_| overflow == Overflow::DropOldest);
        let found = found.or_else(|| desk.claim(reader, overflow));
        let found = found.or_else(|| self.wants_attention().then_some(Received::Attention));
        let found = found.or_else(|| desk.end(reader.cursor()));
        drop(desk);
        self.changed.notify_all();
        found
    }

    /// A short wait that costs the posters nothing: under load the next event comes before it is over.
    pub(crate) fn watch_head(&self, seen: u64) {
        if cfg!(loom) {
            return;
        }
        for _ in 0..YIELDS {
            if self.head() != seen || self.wants_attention() {
                return;
            }
            thread::yield_now();
        }
    }

    /// Sleeps until rung; the posters have been told to.
    pub(crate) fn sleep(&self) {
        self.desk().activity = Activity::Asleep;
        self.sleeper.sleep();
        self.desk().activity = Activity::Working;
    }

    /// Takes the errands over, and wakes the posters that wait for room.
    pub(crate) fn attend(&self) -> Errand<E> {
        let mut desk = self.desk();
        self.attention.store(false, Ordering::Relaxed);
        let discard = match desk.phase {
            Phase::Discarding { reason, .. } => Some(reason),
            Phase::Running | Phase::Draining { .. } | Phase::Stopped(_) => None,
        };
        let errand = Errand { commands: std::mem::take(&mut desk.commands), discard };
        let blocked = desk.blocked_posters > 0;
        drop(desk);
        if blocked {
            self.changed.notify_all();
        }
        errand
    }

    /// Counts events that were claimed and are dropped.
    pub(crate) fn count_lost(&self, events: u64) {
        self.desk().lost += events;
    }

    /// A listener that was removed for its panics while somebody asked for its removal.
    pub(crate) fn take_evicted(&self, listener: u64) -> Option<Seat<E>> {
        self.desk().lay_hands_on(listener)
    }

    /// Keeps a listener that panicked too often, for whoever asks for it.
    pub(crate) fn evict(&self, seat: Seat<E>) {
        let mut desk = self.desk();
        desk.listeners.retain(|stats| stats.id != seat.stats.id);
        desk.evicted.push(seat);
    }

    /// Lays the listeners down and ends the queue; answers the removals that came too late for the thread.
    pub(crate) fn retire(&self, seats: Vec<Seat<E>>) {
        let mut answers = Vec::new();
        let mut desk = self.desk();
        desk.parked.extend(seats);
        for command in std::mem::take(&mut desk.commands) {
            match command {
                Command::Add(seat) => desk.parked.push(seat),
                Command::Remove { listener, back } => {
                    answers.extend(desk.lay_hands_on(listener).map(|seat| (seat, back)));
                }
            }
        }
        let leftover = self.inbox.clear();
        desk.stuck = None;
        desk.phase = Phase::Stopped(if thread::panicking() {
            Ended::Died
        } else if desk.lost > 0 {
            Ended::CutOff
        } else {
            Ended::Drained
        });
        drop(desk);
        self.changed.notify_all();
        drop(leftover);
        for (seat, back) in answers {
            give_back(seat, &back);
        }
    }
}

impl<E> Desk<E> {
    /// Claims what the reader has seen to lie ahead.
    fn claim(&mut self, reader: &mut Reader<E>, overflow: Overflow) -> Option<Received> {
        let until = match self.phase {
            Phase::Running => u64::MAX,
            Phase::Draining { until } => until,
            Phase::Discarding { .. } | Phase::Stopped(_) => return None,
        };
        match reader.claim(until, overflow) {
            Claim::Events(events) => {
                self.claimed += events;
                Some(Received::Events)
            }
            Claim::Gap(next) => Some(Received::Gap(next)),
            Claim::Nothing => None,
        }
    }

    fn end(&self, cursor: u64) -> Option<Received> {
        match self.phase {
            Phase::Running => None,
            Phase::Discarding { until, .. } if until > cursor => Some(Received::Gap(until)),
            Phase::Draining { .. } | Phase::Discarding { .. } | Phase::Stopped(_) => Some(Received::End),
        }
    }
}

/// Nobody may be left to take it: then it is dropped here, and a panic of that drop goes no further.
pub(crate) fn give_back<E: 'static>(seat: Seat<E>, back: &Sender<Returned>) {
    let name = seat.stats.name.clone();
    let refused = back.try_send(seat.listener.into_any());
    if catch_unwind(AssertUnwindSafe(|| drop(refused))).is_err() {
        tracing::error!(listener = name, "dropping a listener panicked");
    }
}
