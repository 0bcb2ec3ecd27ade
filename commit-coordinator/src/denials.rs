//! The last denials, for whoever looks.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use listener_bus::coordination::{CommitDenial, CommitHolder, LATEST_DENIALS};

use crate::sync::{Mutex, lock};
use crate::task::TaskAttempt;
use crate::verdict::Denial;

/// So many denials are remembered until the next [`make_room`](LatestDenials::make_room): to read the clock and to take a
/// lock costs more than a decision does, and in a flood nobody reads them all.
pub(crate) const AT_ONCE: usize = 1_000;

/// The last denials of a coordinator: [`LATEST_DENIALS`] at most. Grants do not come here.
#[derive(Debug)]
pub(crate) struct LatestDenials {
    /// How many more are remembered.
    room: AtomicUsize,
    /// The oldest first.
    denials: Mutex<VecDeque<Remembered>>,
}

impl Default for LatestDenials {
    fn default() -> Self {
        Self { room: AtomicUsize::new(AT_ONCE), denials: Mutex::default() }
    }
}

#[derive(Clone, Debug)]
struct Remembered {
    at: SystemTime,
    denial: Denial,
}

impl LatestDenials {
    /// Remembers a denial while there is room, and forgets the oldest for it.
    #[inline]
    pub(crate) fn remember(&self, denial: &Denial) {
        // Read first: in a flood nobody writes to what all threads share.
        if self.room.load(Ordering::Relaxed) > 0 && self.take_room() {
            self.push(denial);
        }
    }

    /// Remembers as many again.
    pub(crate) fn make_room(&self) {
        self.room.store(AT_ONCE, Ordering::Relaxed);
    }

    fn take_room(&self) -> bool {
        let less = |room: usize| room.checked_sub(1);
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    fn push(&self, denial: &Denial) {
        let remembered = Remembered { at: SystemTime::now(), denial: denial.clone() };
        let mut denials = lock(&self.denials);
        if denials.len() >= LATEST_DENIALS {
            denials.pop_front();
        }
        denials.push_back(remembered);
    }

    /// All that are remembered, the newest first.
    pub(crate) fn newest_first(&self) -> Vec<CommitDenial> {
        // Copied first: whoever is being denied does not wait for texts.
        let denials: Vec<_> = lock(&self.denials).iter().rev().cloned().collect();
        denials.into_iter().map(Remembered::tell).collect()
    }
}

impl Remembered {
    fn tell(self) -> CommitDenial {
        let Self { at, denial: Denial { task, reason } } = self;
        let TaskAttempt { stage_id, stage_attempt_id, partition_id, attempt_number } = task;
        let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        CommitDenial {
            time: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
            stage_id,
            stage_attempt_id,
            partition_id,
            attempt_number: attempt_number.0,
            reason: reason.as_str().to_owned(),
            message: reason.to_string(),
            holder: reason.holder().map(|holder| CommitHolder {
                stage_attempt_id: holder.stage_attempt_id,
                attempt_number: holder.attempt_number.0,
            }),
        }
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::{AT_ONCE, LatestDenials};
    use crate::task::TaskAttempt;
    use crate::verdict::{Denial, DenialReason};

    #[test]
    fn a_flood_is_remembered_in_part_until_there_is_room_again() {
        let latest = LatestDenials::default();
        let deny = |number: usize| {
            let attempt = i64::try_from(number).unwrap_or_default();
            latest.remember(&Denial {
                task: TaskAttempt::new(0, 0, 0, attempt),
                reason: DenialReason::UnknownStage,
            });
        };
        let newest = || latest.newest_first().first().map(|denial| denial.attempt_number);
        (1..=AT_ONCE + 1).for_each(deny);
        assert_eq!(newest(), i64::try_from(AT_ONCE).ok());
        latest.make_room();
        deny(0);
        assert_eq!(newest(), Some(0));
    }
}
