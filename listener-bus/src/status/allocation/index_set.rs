//! The places of tasks in their stage attempt.

use std::collections::BTreeMap;

const BITS: i32 = 64;

/// A set of places. It takes a bit a place where they are dense, and an odd one, as from a corrupt log, takes no more
/// than 64 would.
#[derive(Debug, Default)]
pub(super) struct IndexSet {
    words: BTreeMap<i32, u64>,
    len: u64,
}

impl IndexSet {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn contains(&self, index: i32) -> bool {
        self.words.get(&index.div_euclid(BITS)).is_some_and(|word| word & bit(index) != 0)
    }

    /// Answers whether it is new.
    pub(super) fn insert(&mut self, index: i32) -> bool {
        let word = self.words.entry(index.div_euclid(BITS)).or_default();
        let new = *word & bit(index) == 0;
        *word |= bit(index);
        self.len += u64::from(new);
        new
    }

    /// Answers whether it was there.
    pub(super) fn remove(&mut self, index: i32) -> bool {
        let there = self.contains(index);
        if there && let Some(word) = self.words.get_mut(&index.div_euclid(BITS)) {
            *word &= !bit(index);
            self.len -= 1;
        }
        there
    }
}

fn bit(index: i32) -> u64 {
    1 << index.rem_euclid(BITS)
}
