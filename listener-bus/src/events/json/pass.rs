use std::cell::{Cell, RefCell};

use serde::de;

/// One reading of one line: how it reads numbers of any size, and where it failed.
#[derive(Debug)]
pub(in crate::events) struct Pass {
    numbers: Cell<Numbers>,
    /// The keys that lead to the failure, innermost first; empty while all is well.
    path: RefCell<Vec<&'static str>>,
}

/// What becomes of a number where any JSON value may stand.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Numbers {
    /// Its digits are kept, at the price of an allocation.
    Kept,
    /// It is read as a 64-bit integer; none was met that is something else.
    Read,
    /// It is read as a 64-bit integer, and one was met that is something else: the line needs a second pass.
    Lost,
}

impl Pass {
    /// A pass that is right for every value.
    pub(in crate::events) fn exact() -> Self {
        Self { numbers: Cell::new(Numbers::Kept), path: RefCell::default() }
    }

    /// A pass that is right unless [`Pass::lost_digits`] says otherwise when it is over.
    pub(in crate::events) fn fast() -> Self {
        Self { numbers: Cell::new(Numbers::Read), path: RefCell::default() }
    }

    pub(in crate::events) fn is_exact(&self) -> bool {
        self.numbers.get() == Numbers::Kept
    }

    /// Notes that a number was met whose digits a fast pass cannot keep.
    pub(in crate::events) fn lose_digits(&self) {
        self.numbers.set(Numbers::Lost);
    }

    pub(in crate::events) fn lost_digits(&self) -> bool {
        self.numbers.get() == Numbers::Lost
    }

    /// Notes that the value under `key` could not be read.
    pub(in crate::events) fn blame(&self, key: &'static str) {
        self.path.borrow_mut().push(key);
    }

    /// The error for an object without `key`.
    pub(in crate::events) fn missing<E: de::Error>(&self, key: &'static str) -> E {
        self.blame(key);
        E::missing_field(key)
    }

    /// The keys that lead to the failure, outermost first, with dots between.
    pub(in crate::events) fn failed_path(&self) -> String {
        let path = self.path.borrow();
        path.iter().rev().copied().collect::<Vec<_>>().join(".")
    }
}
