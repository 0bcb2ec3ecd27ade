//! Numbers that only rise: what is counted, where it happens.

use std::ops::AddAssign;

use crate::verdict::DenialReason;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    Granted,
    Repeated,
    Committed,
    Failed,
    Unknown,
    StageEnded,
    LeaseExpired,
    StageAborted,
    Superseded,
    /// The first of the reasons for a denial.
    Denied,
}

const CELLS: usize = Count::Denied as usize + DenialReason::ALL.len();

/// Each shard of a stage has its own, changed under its lock; those of stages that have ended are added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers([u64; CELLS]);

impl Numbers {
    #[inline]
    pub(crate) fn count(&mut self, count: Count) {
        self.0[count as usize] += 1;
    }

    #[inline]
    pub(crate) fn denied(&mut self, reason: &DenialReason) {
        self.0[Count::Denied as usize + reason.index()] += 1;
    }

    pub(crate) fn add(&mut self, count: Count, number: usize) {
        self.0[count as usize] += number as u64;
    }

    pub(crate) fn get(&self, count: Count) -> u64 {
        self.0[count as usize]
    }

    /// The denials, by reason.
    pub(crate) fn denials(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let denied = self.0.iter().skip(Count::Denied as usize);
        DenialReason::ALL.into_iter().zip(denied.copied())
    }
}

impl AddAssign<&Self> for Numbers {
    fn add_assign(&mut self, other: &Self) {
        for (sum, number) in self.0.iter_mut().zip(other.0) {
            *sum += number;
        }
    }
}
