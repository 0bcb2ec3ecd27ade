//! When grants end by themselves.

use std::collections::{BTreeMap, BTreeSet};

/// When a grant ends, in nanoseconds since the coordinator was built; the greatest number is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lease(pub(crate) u64);

impl Lease {
    pub(crate) const NEVER: Self = Self(u64::MAX);
}

/// The leases of the partitions that are held, if they have any.
#[derive(Debug, Default)]
pub(super) struct Leases {
    by_end: BTreeSet<(Lease, usize)>,
    by_partition: BTreeMap<usize, Lease>,
}

impl Leases {
    /// The grant of the partition lasts until `lease`.
    pub(super) fn renew(&mut self, partition: usize, lease: Lease) {
        if lease == Lease::NEVER {
            return;
        }
        self.end(partition);
        self.by_partition.insert(partition, lease);
        self.by_end.insert((lease, partition));
    }

    /// The grant of the partition has ended.
    pub(super) fn end(&mut self, partition: usize) {
        if self.by_end.is_empty() {
            return;
        }
        if let Some(lease) = self.by_partition.remove(&partition) {
            self.by_end.remove(&(lease, partition));
        }
    }

    /// The lease that ends first, and whose it is.
    pub(super) fn first(&self) -> Option<(Lease, usize)> {
        self.by_end.first().copied()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_end.len()
    }
}
