//! What a dispatch thread does between two events: listeners come, go, panic and are closed.

use crossbeam::channel::Sender;

use super::Dispatcher;
use crate::listener::Listener;
use crate::mailbox::{Command, Errand, Returned, give_back};
use crate::posted::DropReason;
use crate::roster::Seat;

impl<E: 'static> Dispatcher<E> {
    pub(super) fn attend(&mut self) {
        let Errand { commands, discard } = self.queue.mailbox.attend();
        for command in commands {
            match command {
                Command::Add(seat) => self.seats.push(seat),
                Command::Remove { listener, back } => self.remove(listener, &back),
            }
        }
        if let Some(reason) = discard {
            self.discard_claimed(reason);
        }
    }

    fn remove(&mut self, listener: u64, back: &Sender<Returned>) {
        if let Some(index) = self.seats.iter().position(|seat| seat.stats.id == listener) {
            let mut seat = self.seats.remove(index);
            self.close(&mut seat);
            give_back(seat, back);
        } else if let Some(seat) = self.queue.mailbox.take_evicted(listener) {
            give_back(seat, back);
        }
    }

    fn discard_claimed(&mut self, reason: DropReason) {
        self.queue.tally.add(reason, self.reader.unread());
        self.queue.mailbox.count_lost(self.reader.unread());
        self.reader.clear();
    }

    /// Counts and logs a panic; answers how far the next listener is from this one.
    pub(super) fn after_panic(&mut self, index: usize, panic: &str) -> usize {
        let queue = &self.queue;
        let Some(seat) = self.seats.get(index) else { return 1 };
        tracing::error!(
            bus = queue.shared.bus,
            queue = queue.name,
            listener = seat.stats.name,
            panic,
            "a listener panicked"
        );
        match queue.options.remove_after_panics {
            Some(limit) if seat.panics_in_a_row >= limit.get() => {
                self.evict(index);
                0
            }
            Some(_) | None => 1,
        }
    }

    fn evict(&mut self, index: usize) {
        let mut seat = self.seats.remove(index);
        tracing::error!(
            bus = self.queue.shared.bus,
            queue = self.queue.name,
            listener = seat.stats.name,
            panics = seat.panics_in_a_row,
            "removed a listener that panicked too often in a row"
        );
        self.close(&mut seat);
        self.queue.mailbox.evict(seat);
        if let Some(feed) = self.queue.feed.upgrade() {
            feed.leave_if_deserted(&self.queue);
        }
    }

    /// Calls the closing call, as slow and as guarded as any other.
    fn close(&self, seat: &mut Seat<E>) {
        let progress = &self.queue.mailbox.progress;
        progress.enter_apart(seat.stats.id);
        let outcome = seat.call(Listener::on_close);
        progress.leave_apart();
        seat.publish_events();
        seat.stats.metrics.stuck.set(0.0);
        if let Err(panic) = outcome {
            tracing::error!(
                bus = self.queue.shared.bus,
                queue = self.queue.name,
                listener = seat.stats.name,
                panic,
                "a listener panicked while closing"
            );
        }
    }

    pub(super) fn close_listeners(&mut self) {
        let mut seats = std::mem::take(&mut self.seats);
        for seat in &mut seats {
            self.close(seat);
        }
        self.seats = seats;
    }
}
