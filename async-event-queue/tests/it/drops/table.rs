//! Events that enter their drops in a table.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::support::SOON;

thread_local! {
    /// What this thread does with events.
    static ROLE: Cell<Role> = const { Cell::new(Role::Other) };
}

/// Whose thread an event is dropped on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It posts.
    Poster,
    /// It dispatches, or stops.
    Other,
}

impl Role {
    /// Says that from now on the calling thread has this one.
    pub(crate) fn take(self) {
        ROLE.set(self);
    }
}

/// What the drop of an event does beside being counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    Calm,
    Panics,
}

/// How often each event has been dropped.
pub(crate) struct Table {
    of_each: Vec<AtomicU8>,
    all: AtomicUsize,
    /// Those dropped on a thread that posts.
    by_posters: AtomicUsize,
}

/// An event that enters its drop in a table.
pub(crate) struct Entry {
    pub(crate) number: usize,
    temper: Temper,
    table: Arc<Table>,
}

impl Table {
    pub(crate) fn of(events: usize) -> Arc<Self> {
        let of_each = (0..events).map(|_| AtomicU8::new(0)).collect();
        Arc::new(Self { of_each, all: AtomicUsize::new(0), by_posters: AtomicUsize::new(0) })
    }

    pub(crate) fn event(self: &Arc<Self>, number: usize) -> Entry {
        self.event_with(number, Temper::Calm)
    }

    pub(crate) fn event_with(self: &Arc<Self>, number: usize, temper: Temper) -> Entry {
        Entry { number, temper, table: Arc::clone(self) }
    }

    /// How many events have been dropped.
    pub(crate) fn dropped(&self) -> usize {
        self.all.load(Ordering::SeqCst)
    }

    /// How many have been dropped on threads that post.
    pub(crate) fn dropped_by_posters(&self) -> usize {
        self.by_posters.load(Ordering::SeqCst)
    }

    /// How often this event has been dropped.
    pub(crate) fn drops_of(&self, number: usize) -> u8 {
        self.of_each[number].load(Ordering::SeqCst)
    }

    pub(crate) fn len(&self) -> usize {
        self.of_each.len()
    }

    /// Waits until every event is gone, for a thread may just be ending; asserts that each has been dropped once.
    #[track_caller]
    pub(crate) fn assert_each_once(&self, how: &str) {
        let deadline = Instant::now() + SOON;
        while self.dropped() < self.of_each.len() && Instant::now() < deadline {
            thread::yield_now();
        }
        let wrong = |(number, drops): (usize, &AtomicU8)| match drops.load(Ordering::SeqCst) {
            1 => None,
            times => Some((number, times)),
        };
        let wrong: Vec<_> = self.of_each.iter().enumerate().filter_map(wrong).take(10).collect();
        assert!(wrong.is_empty(), "{how}: (event, times dropped) {wrong:?}");
    }
}

impl Entry {
    /// What a listener does with it.
    pub(crate) fn look_at(&self) {
        assert_eq!(self.table.drops_of(self.number), 0, "it lives while it is handled");
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.table.of_each[self.number].fetch_add(1, Ordering::SeqCst);
        if ROLE.get() == Role::Poster {
            self.table.by_posters.fetch_add(1, Ordering::SeqCst);
        }
        self.table.all.fetch_add(1, Ordering::SeqCst);
        assert!(self.temper == Temper::Calm, "event {} cannot be dropped", self.number);
    }
}
