//! Threads in loom's models. Loom's own `unpark` also ends any other wait of the thread, as for a lock; so here a thread has a
//! place where it parks, and nothing else is ended there.

use std::sync::Arc;

#[cfg(test)]
pub(crate) use loom::thread::spawn;
pub(crate) use loom::thread::{Builder, ThreadId, panicking, yield_now};

use super::{Condvar, Mutex, lock, wait};

loom::thread_local! {
    static PLACE: Arc<Place> = Arc::new(Place::default());
}

#[derive(Debug, Default)]
struct Place {
    has_token: Mutex<bool>,
    changed: Condvar,
}

#[derive(Debug)]
pub(crate) struct Thread {
    id: ThreadId,
    place: Arc<Place>,
}

impl Thread {
    pub(crate) fn id(&self) -> ThreadId {
        self.id
    }

    pub(crate) fn unpark(&self) {
        *lock(&self.place.has_token) = true;
        self.place.changed.notify_one();
    }
}

pub(crate) fn current() -> Thread {
    Thread { id: loom::thread::current().id(), place: PLACE.with(Arc::clone) }
}

pub(crate) fn park() {
    let place = PLACE.with(Arc::clone);
    let mut has_token = lock(&place.has_token);
    while !*has_token {
        has_token = wait(&place.changed, has_token, None);
    }
    *has_token = false;
}
