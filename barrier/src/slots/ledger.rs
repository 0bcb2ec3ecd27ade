//! Which slots there are, which are free, and who is next: the pure state of a pool.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use listener_bus::events::ExecutorId;

/// An executor that is there. Its number tells it from one that had the same id before.
#[derive(Debug)]
struct Executor {
    number: u64,
    id: ExecutorId,
    host: Arc<str>,
    slots: usize,
    free: usize,
}

/// Somebody who waits for slots.
#[derive(Debug)]
struct Ticket {
    number: u64,
    needed: usize,
    waker: Option<Waker>,
}

/// One slot that has been handed out.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) executor: u64,
    pub(crate) executor_id: ExecutorId,
    pub(crate) host: Arc<str>,
}

/// What a look at the pool comes to.
#[derive(Debug)]
pub(crate) enum Look {
    /// All slots that were needed.
    Granted(Vec<Place>),
    /// The pool is large enough, but others hold the slots or are first.
    Busy,
    /// The pool is too small, were all of it free.
    Short { total: usize },
}

/// Executors in the order they came, and those who wait in the order they asked.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    executors: Vec<Executor>,
    line: VecDeque<Ticket>,
    numbers: u64,
}

impl Ledger {
    pub(crate) fn total(&self) -> usize {
        self.executors.iter().fold(0, |total, executor| total.saturating_add(executor.slots))
    }

    pub(crate) fn free(&self) -> usize {
        self.executors.iter().fold(0, |free, executor| free.saturating_add(executor.free))
    }

    pub(crate) fn waiting(&self) -> usize {
        self.line.len()
    }

    /// Adds an executor, unless one of that id is there; answers whether it did.
    pub(crate) fn add(&mut self, id: ExecutorId, host: Arc<str>, slots: usize) -> bool {
        if self.executors.iter().any(|executor| executor.id == id) {
            return false;
        }
        let number = self.next_number();
        self.executors.push(Executor { number, id, host, slots, free: slots });
        true
    }

    /// Removes an executor with all its slots; those handed out come back to nobody. Answers whether it was there.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let before = self.executors.len();
        self.executors.retain(|executor| executor.id.as_str() != id);
        self.executors.len() < before
    }

    /// Takes a place at the end of the line.
    pub(crate) fn join(&mut self, needed: usize) -> u64 {
        let number = self.next_number();
        self.line.push_back(Ticket { number, needed, waker: None });
        number
    }

    /// Leaves the line; answers whom it would have woken, to be dropped once the lock is free.
    pub(crate) fn leave(&mut self, ticket: u64) -> Option<Waker> {
        let place = self.line.iter().position(|waiting| waiting.number == ticket)?;
        self.line.remove(place)?.waker
    }

    /// Hands slots to whoever is next and has enough of them free. Those for whom the pool is too small are passed over
    /// until it has grown: they keep their place, and nobody waits for them.
    pub(crate) fn look(&mut self, ticket: u64, needed: usize) -> Look {
        let (free, total) = (self.free(), self.total());
        if needed > total {
            return Look::Short { total };
        }
        let next = self.line.iter().find(|waiting| waiting.needed <= total);
        if needed > free || next.is_none_or(|next| next.number != ticket) {
            return Look::Busy;
        }
        // It is the task's own waker, and the task is running this.
        drop(self.leave(ticket));
        Look::Granted(self.take(needed))
    }

    /// Wakes this ticket at the next change.
    pub(crate) fn wake_at_change(&mut self, ticket: u64, waker: &Waker) {
        if let Some(waiting) = self.line.iter_mut().find(|waiting| waiting.number == ticket) {
            match &mut waiting.waker {
                Some(known) => known.clone_from(waker),
                empty => *empty = Some(waker.clone()),
            }
        }
    }

    /// Those to be woken after a change, once the lock is free.
    pub(crate) fn wakers(&mut self) -> Vec<Waker> {
        self.line.iter_mut().filter_map(|waiting| waiting.waker.take()).collect()
    }

    /// Takes slots back; they are gone if their executor is.
    pub(crate) fn give_back(&mut self, executor: u64) {
        if let Some(executor) = self.executors.iter_mut().find(|known| known.number == executor) {
            executor.free += 1;
        }
    }

    /// Spreads over the executors, as many as there are.
    fn take(&mut self, needed: usize) -> Vec<Place> {
        let mut places = Vec::with_capacity(needed);
        while places.len() < needed {
            let before = places.len();
            let with_room = self.executors.iter_mut().filter(|executor| executor.free > 0);
            for executor in with_room.take(needed - before) {
                executor.free -= 1;
                let (executor_id, host) = (executor.id.clone(), Arc::clone(&executor.host));
                places.push(Place { executor: executor.number, executor_id, host });
            }
            if places.len() == before {
                break;
            }
        }
        places
    }

    fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
