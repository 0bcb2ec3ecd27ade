//! Where waiting events are stored: two lanes, ordinary and critical, read back as one sequence.
//!
//! This is all the rest of the crate knows of storage.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::options::EventClass;

/// A lane longer than this gives its memory back once it is empty.
const KEPT_SLOTS: usize = 64;

/// One waiting event.
#[derive(Debug)]
pub(crate) struct Entry<E> {
    pub(crate) sequence: u64,
    pub(crate) event: Arc<E>,
}

/// The waiting events of one queue, each lane in rising sequence.
///
/// Two lanes, so that making room for the newest finds the oldest *ordinary* event without a search.
#[derive(Debug)]
pub(crate) struct Lanes<E> {
    ordinary: VecDeque<Entry<E>>,
    critical: VecDeque<Entry<E>>,
}

impl<E> Default for Lanes<E> {
    fn default() -> Self {
        Self { ordinary: VecDeque::new(), critical: VecDeque::new() }
    }
}

impl<E> Lanes<E> {
    pub(crate) fn len(&self) -> usize {
        self.ordinary.len() + self.critical.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ordinary.is_empty() && self.critical.is_empty()
    }

    pub(crate) fn push(&mut self, class: EventClass, entry: Entry<E>) {
        match class {
            EventClass::Ordinary => self.ordinary.push_back(entry),
            EventClass::Critical => self.critical.push_back(entry),
        }
    }

    /// The class of the event that [`pop`](Self::pop) would give.
    pub(crate) fn front_class(&self) -> Option<EventClass> {
        match (self.ordinary.front(), self.critical.front()) {
            (Some(ordinary), Some(critical)) if critical.sequence < ordinary.sequence => {
                Some(EventClass::Critical)
            }
            (Some(_), _) => Some(EventClass::Ordinary),
            (None, Some(_)) => Some(EventClass::Critical),
            (None, None) => None,
        }
    }

    /// Takes the event with the lowest sequence number.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Entry<E>> {
        match self.front_class()? {
            EventClass::Ordinary => self.ordinary.pop_front(),
            EventClass::Critical => self.critical.pop_front(),
        }
    }

    pub(crate) fn pop_oldest(&mut self, class: EventClass) -> Option<Entry<E>> {
        match class {
            EventClass::Ordinary => self.ordinary.pop_front(),
            EventClass::Critical => self.critical.pop_front(),
        }
    }

    /// Gives back the memory of a burst; to be called on empty lanes.
    pub(crate) fn release_memory(&mut self) {
        for lane in [&mut self.ordinary, &mut self.critical] {
            if lane.capacity() > KEPT_SLOTS {
                lane.shrink_to(KEPT_SLOTS);
            }
        }
    }

    #[cfg(test)]
    fn slots(&self) -> usize {
        self.ordinary.capacity() + self.critical.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64) -> Entry<u64> {
        Entry { sequence, event: Arc::new(sequence) }
    }

    #[test]
    fn the_two_lanes_read_back_as_one_sequence() {
        let mut lanes = Lanes::default();
        for sequence in 0..20 {
            let class = if sequence % 3 == 0 { EventClass::Critical } else { EventClass::Ordinary };
            lanes.push(class, entry(sequence));
        }
        let read: Vec<u64> = std::iter::from_fn(|| lanes.pop()).map(|entry| entry.sequence).collect();
        assert_eq!(read, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let mut lanes = Lanes::default();
        for sequence in 0..100_000 {
            lanes.push(EventClass::Ordinary, entry(sequence));
        }
        while lanes.pop().is_some() {}
        lanes.release_memory();
        assert!(lanes.slots() <= 4 * KEPT_SLOTS, "{} slots are kept", lanes.slots());
    }
}
