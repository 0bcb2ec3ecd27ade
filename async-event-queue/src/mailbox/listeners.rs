//! Who is called, and who has them.

use std::sync::Arc;

use crossbeam::channel::Sender;

use super::{Command, Desk, Dispatcher, Mailbox, Phase, Removed, Returned};
use crate::roster::Seat;
use crate::sync::thread;

impl<E> Mailbox<E> {
    /// Adds a listener; gives it back if the queue takes none any more.
    pub(crate) fn add(&self, seat: Seat<E>) -> Result<(), Seat<E>> {
        let mut desk = self.desk();
        if desk.phase != Phase::Running {
            return Err(seat);
        }
        desk.listeners.push(Arc::clone(&seat.stats));
        if desk.dispatcher == Dispatcher::Nobody {
            desk.parked.push(seat);
        } else {
            desk.commands.push(Command::Add(seat));
            self.call_attention(&mut desk);
        }
        Ok(())
    }

    /// Removes a listener; `None` if it is not here. The dispatch thread sends it to `back` if it had it.
    pub(crate) fn remove(&self, listener: u64, back: Sender<Returned>) -> Option<Removed<E>> {
        let mut desk = self.desk();
        let desk = &mut *desk;
        let listed = desk.listeners.iter().position(|stats| stats.id == listener);
        if let Some(index) = listed {
            desk.listeners.remove(index);
        }
        if let Some(index) = desk.evicted.iter().position(|seat| seat.stats.id == listener) {
            return Some(Removed::Now(desk.evicted.remove(index)));
        }
        // A thread that is being started takes them over, and closes this one.
        if desk.dispatcher == Dispatcher::Nobody || matches!(desk.phase, Phase::Stopped(_)) {
            return desk.unpark(listener).map(Removed::Now);
        }
        listed?;
        desk.commands.push(Command::Remove { listener, back });
        self.call_attention(desk);
        Some(Removed::Soon)
    }

    /// Whether the queue has ended with no listener left that anybody has a handle of.
    pub(crate) fn is_spent(&self) -> bool {
        let desk = self.desk();
        let mut left = desk.parked.iter().chain(&desk.evicted);
        matches!(desk.phase, Phase::Stopped(_)) && !left.any(|seat| seat.stats.can_be_asked_for())
    }

    /// Claims the right to start the dispatch thread; false if it has been claimed before.
    pub(crate) fn launch(&self) -> bool {
        let mut desk = self.desk();
        // A queue may have been stopped as it joined: then its thread drains it.
        let is_wanted = matches!(desk.phase, Phase::Running | Phase::Draining { .. });
        let is_first = desk.dispatcher == Dispatcher::Nobody && is_wanted;
        if is_first {
            desk.dispatcher = Dispatcher::Launched;
        }
        is_first
    }

    /// The claimed thread could not be started.
    pub(crate) fn launch_failed(&self) {
        self.desk().dispatcher = Dispatcher::Nobody;
    }

    pub(crate) fn dispatch_thread(&self) -> Option<thread::ThreadId> {
        match self.desk().dispatcher {
            Dispatcher::Nobody | Dispatcher::Launched => None,
            Dispatcher::Thread(id) => Some(id),
        }
    }

    pub(crate) fn is_dispatch_thread(&self) -> bool {
        self.dispatch_thread() == Some(thread::current().id())
    }
}

impl<E> Desk<E> {
    /// The listener, evicted or parked.
    pub(super) fn lay_hands_on(&mut self, listener: u64) -> Option<Seat<E>> {
        let evicted = self.evicted.iter().position(|seat| seat.stats.id == listener);
        evicted.map(|index| self.evicted.remove(index)).or_else(|| self.unpark(listener))
    }

    fn unpark(&mut self, listener: u64) -> Option<Seat<E>> {
        let index = self.parked.iter().position(|seat| seat.stats.id == listener)?;
        Some(self.parked.remove(index))
    }
}
