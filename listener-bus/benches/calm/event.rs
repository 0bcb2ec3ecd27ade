//! The event of these measurements.

use std::hint::black_box;

/// An event of eight bytes a word.
pub(crate) struct Event<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Event<WORDS> {
    /// Its size in bytes.
    pub(crate) const BYTES: usize = size_of::<Self>();

    pub(crate) fn numbered(number: u64) -> Self {
        Self([number; WORDS])
    }

    /// What every listener does with every event.
    #[inline]
    pub(crate) fn consume(&self) {
        black_box(self.0[0]);
    }
}
