//! Which calls that start or end a stage come too late: others that were made after them have been applied.

use std::collections::{BTreeMap, HashMap};

use listener_bus::events::StageId;

/// How many stages are remembered.
const REMEMBERED: usize = 10_000;

/// A call, and its place among the others of its driver. A 0 in it means that it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) driver: u64,
    pub(super) sequence: u64,
}

/// The last calls that were applied.
#[derive(Debug, Default)]
pub(super) struct Order {
    last: HashMap<StageId, Applied>,
    /// The stages, the one used the longest time ago first.
    by_use: BTreeMap<u64, StageId>,
    uses: u64,
}

#[derive(Debug)]
struct Applied {
    call: Call,
    used: u64,
}

impl Order {
    /// Whether a call is to be applied now; if so, those before it are not any more.
    pub(super) fn admits(&mut self, stage: StageId, call: Call) -> bool {
        if call.driver == 0 || call.sequence == 0 {
            return true;
        }
        if let Some(Applied { call: last, used }) = self.last.get(&stage) {
            if last.driver == call.driver && call.sequence < last.sequence {
                return false;
            }
            self.by_use.remove(used);
        }
        self.uses += 1;
        self.by_use.insert(self.uses, stage);
        self.last.insert(stage, Applied { call, used: self.uses });
        if self.last.len() > REMEMBERED
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.last.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(order: &mut Order, stage: i32, driver: u64, sequence: u64) -> bool {
        order.admits(StageId(stage), Call { driver, sequence })
    }

    #[test]
    fn a_call_that_was_made_before_the_last_one_applied_comes_too_late() {
        let mut order = Order::default();
        assert!(admits(&mut order, 1, 7, 5));
        assert!(!admits(&mut order, 1, 7, 4));
        assert!(admits(&mut order, 1, 7, 5), "the same again");
        assert!(admits(&mut order, 1, 7, 6));
        assert!(!admits(&mut order, 1, 7, 5));
    }

    #[test]
    fn calls_are_ordered_by_stage_and_by_driver() {
        let mut order = Order::default();
        assert!(admits(&mut order, 1, 7, 5));
        assert!(admits(&mut order, 2, 7, 4));
        assert!(admits(&mut order, 1, 8, 1));
        assert!(admits(&mut order, 1, 7, 6));
    }

    #[test]
    fn calls_without_a_place_are_always_applied_and_change_no_order() {
        let mut order = Order::default();
        assert!(admits(&mut order, 1, 7, 5));
        assert!(admits(&mut order, 1, 0, 0));
        assert!(admits(&mut order, 1, 7, 0));
        assert!(admits(&mut order, 1, 0, 9));
        assert!(!admits(&mut order, 1, 7, 4));
    }

    #[test]
    fn the_stages_used_last_are_remembered_and_no_more() {
        let mut order = Order::default();
        for stage in 0..10_000 {
            assert!(admits(&mut order, stage, 7, 5));
        }
        assert!(admits(&mut order, 0, 7, 6));
        assert!(admits(&mut order, 10_000, 7, 5));
        assert!(!admits(&mut order, 0, 7, 5));
        assert!(admits(&mut order, 1, 7, 4), "forgotten");
        assert_eq!((order.last.len(), order.by_use.len()), (REMEMBERED, REMEMBERED));
    }
}
