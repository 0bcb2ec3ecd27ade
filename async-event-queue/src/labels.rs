//! Which listeners have a metric label of their own.

use std::collections::BTreeSet;

use crate::sync::{Mutex, MutexGuard, lock};

/// The labels given out; a name that comes back to its queue gets the label it had.
#[derive(Debug)]
pub(crate) struct Labels {
    most: usize,
    given: Mutex<BTreeSet<(String, String)>>,
    /// The number of the next listener; held while one is being named, so that no two get one name.
    next: Mutex<u64>,
}

/// The right to name a listener.
pub(crate) struct Naming<'a>(MutexGuard<'a, u64>);

impl Naming<'_> {
    pub(crate) fn take_number(&mut self) -> u64 {
        *self.0 += 1;
        *self.0
    }
}

/// What a listener that asks for a label gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Own,
    /// Shares a label with all others; `first` once, for the log.
    Shared {
        first: bool,
    },
}

impl Labels {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, given: Mutex::new(BTreeSet::new()), next: Mutex::new(0) }
    }

    pub(crate) fn naming(&self) -> Naming<'_> {
        Naming(lock(&self.next))
    }

    pub(crate) fn give(&self, queue: &str, listener: &str) -> Label {
        let mut given = lock(&self.given);
        let label = (queue.to_owned(), listener.to_owned());
        if given.contains(&label) {
            return Label::Own;
        }
        // One more than the cap marks that a listener has been turned away.
        if given.len() < self.most {
            given.insert(label);
            return Label::Own;
        }
        let first = given.len() == self.most;
        if first {
            given.insert((String::new(), String::new()));
        }
        Label::Shared { first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_bounded_and_come_back_to_the_same_name() {
        let labels = Labels::new(2);
        assert_eq!(labels.give("shared", "a"), Label::Own);
        assert_eq!(labels.give("shared", "b"), Label::Own);
        assert_eq!(labels.give("shared", "c"), Label::Shared { first: true });
        assert_eq!(labels.give("shared", "d"), Label::Shared { first: false });
        assert_eq!(labels.give("shared", "a"), Label::Own);
    }
}
