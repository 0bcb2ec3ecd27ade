//! What is over, so that what comes too late, or in the wrong order, is known for what it is.

use std::collections::{BTreeSet, VecDeque};
use std::ops::RangeBounds;

/// How many are remembered.
const LIMIT: usize = 1024;

/// The last few things that were over.
#[derive(Debug)]
pub(super) struct Recent<T> {
    known: BTreeSet<T>,
    order: VecDeque<T>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { known: BTreeSet::new(), order: VecDeque::new() }
    }
}

impl<T: Ord + Clone> Recent<T> {
    pub(super) fn add(&mut self, thing: T) {
        if self.known.insert(thing.clone()) {
            self.order.push_back(thing);
        }
        if self.order.len() > LIMIT {
            self.order.pop_front().map(|oldest| self.known.remove(&oldest));
        }
    }

    pub(super) fn contains(&self, thing: &T) -> bool {
        self.known.contains(thing)
    }

    pub(super) fn contains_any(&self, things: impl RangeBounds<T>) -> bool {
        self.known.range(things).next().is_some()
    }

    /// Forgets one; answers whether it was known.
    pub(super) fn take(&mut self, thing: &T) -> bool {
        let was_known = self.known.remove(thing);
        if was_known {
            self.order.retain(|other| other != thing);
        }
        was_known
    }
}
