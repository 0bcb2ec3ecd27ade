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

    /// How much room it takes.
    pub(super) fn words(&self) -> usize {
        self.words.len()
    }

    /// Answers whether it is new.
    pub(super) fn insert(&mut self, index: i32) -> bool {
        let word = self.words.entry(index.div_euclid(BITS)).or_default();
        let new = *word & bit(index) == 0;
        *word |= bit(index);
        self.len = self.len.saturating_add(u64::from(new));
        new
    }

    /// Answers whether it was there.
    pub(super) fn remove(&mut self, index: i32) -> bool {
        let at = index.div_euclid(BITS);
        let Some(word) = self.words.get_mut(&at).filter(|word| **word & bit(index) != 0) else {
            return false;
        };
        *word &= !bit(index);
        if *word == 0 {
            self.words.remove(&at);
        }
        self.len = self.len.saturating_sub(1);
        true
    }
}

fn bit(index: i32) -> u64 {
    1 << index.rem_euclid(BITS)
}
