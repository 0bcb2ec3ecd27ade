//! The waiting events of a queue that may evict: two lanes of sequence numbers, read back as one.

use std::collections::VecDeque;

use crate::options::EventClass;

/// A lane with room for more than this gives its memory back once it is empty.
const KEPT_NUMBERS: usize = 64;

/// The numbers of the waiting events, each lane rising.
///
/// Two lanes, so that making room for the newest finds the oldest *ordinary* event without a search.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    ordinary: VecDeque<u64>,
    critical: VecDeque<u64>,
}

impl Lanes {
    pub(crate) fn len(&self) -> usize {
        self.ordinary.len() + self.critical.len()
    }

    pub(crate) fn push(&mut self, class: EventClass, sequence: u64) {
        self.lane(class).push_back(sequence);
    }

    fn lane(&mut self, class: EventClass) -> &mut VecDeque<u64> {
        match class {
            EventClass::Ordinary => &mut self.ordinary,
            EventClass::Critical => &mut self.critical,
        }
    }

    /// Whether any of the numbers lies in this range.
    pub(crate) fn have_any(&self, begin: u64, end: u64) -> bool {
        [&self.ordinary, &self.critical].into_iter().any(|lane| {
            let index = lane.partition_point(|sequence| *sequence < begin);
            lane.get(index).is_some_and(|sequence| *sequence < end)
        })
    }

    fn lowest_class(&self) -> EventClass {
        match (self.ordinary.front(), self.critical.front()) {
            (Some(ordinary), Some(critical)) if critical < ordinary => EventClass::Critical,
            (Some(_), _) => EventClass::Ordinary,
            (None, _) => EventClass::Critical,
        }
    }

    /// The lowest number, if it lies before `head`.
    pub(crate) fn lowest_before(&self, head: u64) -> Option<u64> {
        let lowest = self.ordinary.front().into_iter().chain(self.critical.front()).min().copied();
        lowest.filter(|sequence| *sequence < head)
    }

    /// Takes the lowest number, if it lies before `head`.
    pub(crate) fn pop_before(&mut self, head: u64) -> Option<u64> {
        let class = self.lowest_class();
        let lowest = self.lane(class).pop_front_if(|sequence| *sequence < head);
        if self.len() == 0 {
            self.ordinary.shrink_to(KEPT_NUMBERS);
            self.critical.shrink_to(KEPT_NUMBERS);
        }
        lowest
    }

    /// Takes the number of the event that gives way to one of `class`: the oldest ordinary one, or, for a critical
    /// one when only such are left, the oldest of those.
    pub(crate) fn evict_for(&mut self, class: EventClass) -> Option<u64> {
        self.ordinary.pop_front().or_else(|| match class {
            EventClass::Ordinary => None,
            EventClass::Critical => self.critical.pop_front(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_lanes_read_back_as_one_sequence() {
        let mut lanes = Lanes::default();
        for sequence in 0..20 {
            let class = if sequence % 3 == 0 { EventClass::Critical } else { EventClass::Ordinary };
            lanes.push(class, sequence);
        }
        let read: Vec<u64> = std::iter::from_fn(|| lanes.pop_before(15)).collect();
        assert_eq!(read, (0..15).collect::<Vec<_>>());
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let mut lanes = Lanes::default();
        (0..100_000).for_each(|sequence| lanes.push(EventClass::Ordinary, sequence));
        while lanes.pop_before(u64::MAX).is_some() {}
        assert!(
            lanes.ordinary.capacity() <= 4 * KEPT_NUMBERS,
            "room for {} is kept",
            lanes.ordinary.capacity()
        );
    }

    #[test]
    fn an_ordinary_event_never_pushes_a_critical_one_out() {
        let mut lanes = Lanes::default();
        lanes.push(EventClass::Critical, 1);
        assert_eq!(lanes.evict_for(EventClass::Ordinary), None);
        lanes.push(EventClass::Ordinary, 2);
        assert_eq!(lanes.evict_for(EventClass::Critical), Some(2));
        assert_eq!(lanes.evict_for(EventClass::Critical), Some(1));
    }
}
