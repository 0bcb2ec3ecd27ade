//! The dispatch thread's side of the mailbox.

use std::time::Instant;

use super::{Command, Desk, Dispatcher, Mailbox, Returned};
use crate::lanes::Lanes;
use crate::posted::DropReason;
use crate::roster::Seat;
use crate::state::Phase;
use crate::sync::atomic::Ordering;
use crate::sync::{MutexGuard, thread, wait};

/// Looks at the bell before the dispatch thread gives its time slice away.
const SPINS: u32 = 64;
/// Time slices given away before it sleeps.
const YIELDS: u32 = 8;

/// What the dispatch thread has to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Handle the events in the batch.
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
    /// Drop the rest of the batch, for this reason.
    pub(crate) discard: Option<DropReason>,
}

impl<E: 'static> Mailbox<E> {
    /// Puts the calling thread in charge, and hands it the listeners.
    pub(crate) fn take_charge(&self) -> Vec<Seat<E>> {
        let mut desk = self.desk();
        desk.dispatcher = Dispatcher::Thread(thread::current().id());
        desk.queue.start();
        std::mem::take(&mut desk.parked)
    }

    /// Waits for something to do. `expected` is the number after the last event that was handled.
    pub(crate) fn receive(&self, batch: &mut Lanes<E>, expected: u64, woken: impl FnOnce()) -> Received {
        let mut desk = self.desk();
        if let Some(received) = self.poll(&mut desk, batch, expected) {
            return received;
        }
        let bell = self.bell.load(Ordering::Relaxed);
        drop(desk);
        // Others wait for emptiness or room; nothing of the batch is left.
        self.changed.notify_all();
        self.watch_bell(bell);
        let mut desk = self.desk();
        let mut slept = false;
        let received = loop {
            if let Some(received) = self.poll(&mut desk, batch, expected) {
                break received;
            }
            desk = self.sleep(desk);
            slept = true;
        };
        drop(desk);
        if slept {
            woken();
        }
        received
    }

    fn sleep<'a>(&'a self, mut desk: MutexGuard<'a, Desk<E>>) -> MutexGuard<'a, Desk<E>> {
        desk.dispatcher_sleeps = true;
        let mut desk = wait(&self.work, desk, None::<Instant>);
        desk.dispatcher_sleeps = false;
        desk
    }

    /// A short wait that costs the posters nothing: under load the next event comes before it is over.
    fn watch_bell(&self, heard: u64) {
        if cfg!(loom) {
            return;
        }
        let mut looks = 0;
        while self.bell.load(Ordering::Acquire) == heard && looks < SPINS + YIELDS {
            if looks < SPINS {
                crate::sync::spin_loop();
            } else {
                thread::yield_now();
            }
            looks += 1;
        }
    }

    fn poll(&self, desk: &mut Desk<E>, batch: &mut Lanes<E>, expected: u64) -> Option<Received> {
        // Events first: what calls for attention is looked after between two events, and cannot hold them up.
        if !desk.queue.lanes_are_empty() {
            desk.queue.take(batch);
            return Some(Received::Events);
        }
        if self.attention.load(Ordering::Relaxed) {
            return Some(Received::Attention);
        }
        if desk.queue.next_sequence() > expected {
            return Some(Received::Gap(desk.queue.next_sequence()));
        }
        match desk.queue.phase() {
            Phase::Waiting | Phase::Running => None,
            Phase::Draining | Phase::Discarding(_) | Phase::Stopped => Some(Received::End),
        }
    }

    #[inline]
    pub(crate) fn wants_attention(&self) -> bool {
        self.attention.load(Ordering::Relaxed)
    }

    /// Takes the errands over, and wakes the posters that wait for room.
    pub(crate) fn attend(&self) -> Errand<E> {
        let mut desk = self.desk();
        self.attention.store(false, Ordering::Relaxed);
        let discard = match desk.queue.phase() {
            Phase::Discarding(reason) => Some(reason),
            Phase::Waiting | Phase::Running | Phase::Draining | Phase::Stopped => None,
        };
        let errand = Errand { commands: std::mem::take(&mut desk.commands), discard };
        let blocked = desk.blocked_posters > 0;
        drop(desk);
        if blocked {
            self.changed.notify_all();
        }
        errand
    }

    /// Counts events that were taken and will not be handled.
    pub(crate) fn discard_taken(&self, reason: DropReason, events: u64) {
        self.desk().queue.discard_taken(reason, events);
    }

    /// Keeps a listener that panicked too often, for whoever asks for it; true if it was the last one.
    pub(crate) fn evict(&self, seat: Seat<E>) -> bool {
        let mut desk = self.desk();
        desk.listeners.retain(|stats| stats.id != seat.stats.id);
        desk.evicted.push(seat);
        desk.listeners.is_empty()
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
                    if let Some(index) = desk.parked.iter().position(|seat| seat.stats.id == listener) {
                        answers.push((desk.parked.remove(index), back));
                    }
                }
            }
        }
        let leftover = desk.queue.discard(DropReason::Stopped);
        desk.stuck = None;
        desk.queue.end();
        drop(desk);
        self.changed.notify_all();
        drop(leftover);
        for (seat, back) in answers {
            give_back(seat, &back);
        }
    }
}

/// Nobody may be left to take it: then it is dropped here.
pub(crate) fn give_back<E: 'static>(seat: Seat<E>, back: &crossbeam::channel::Sender<Returned>) {
    drop(back.try_send(seat.listener.into_any()));
}
