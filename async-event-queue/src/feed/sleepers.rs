//! The queues that want to be woken for the next event.

use std::sync::Arc;

use crate::core::QueueCore;

/// So many need no memory of their own: a post that wakes a queue is not to wait for any.
const FEW: usize = 4;

/// Queues whose dispatch threads sleep, each once.
pub(super) struct Sleepers<E> {
    /// Filled from the front.
    few: [Option<Arc<QueueCore<E>>>; FEW],
    more: Vec<Arc<QueueCore<E>>>,
}

impl<E> Default for Sleepers<E> {
    fn default() -> Self {
        Self { few: [const { None }; FEW], more: Vec::new() }
    }
}

impl<E> Sleepers<E> {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.few[0].is_none()
    }

    fn iter(&self) -> impl Iterator<Item = &Arc<QueueCore<E>>> {
        self.few.iter().flatten().chain(&self.more)
    }

    pub(super) fn add(&mut self, queue: &Arc<QueueCore<E>>) {
        if self.iter().any(|sleeper| sleeper.id == queue.id) {
            return;
        }
        match self.few.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(Arc::clone(queue)),
            None => self.more.push(Arc::clone(queue)),
        }
    }

    pub(super) fn forget(&mut self, queue: &QueueCore<E>) {
        let Self { few, more } = std::mem::take(self);
        for sleeper in few.iter().flatten().chain(&more).filter(|sleeper| sleeper.id != queue.id) {
            self.add(sleeper);
        }
    }

    /// Wakes them all; not under a lock.
    #[cold]
    pub(super) fn wake(self) {
        for queue in self.iter() {
            queue.mailbox.wake();
        }
    }
}
