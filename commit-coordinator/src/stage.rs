//! The claims of one stage, behind locks of which no two partitions that are asked for together are likely to share one.

mod shard;

use std::fmt;

use crossbeam::utils::CachePadded;
use listener_bus::events::{PartitionId, StageId};

use crate::claims::{Completed, Hold, Lease};
use crate::completion::Ending;
use crate::numbers::{Count, Numbers};
use crate::permit::FencingToken;
use crate::policy::Resolution;
use crate::snapshot::StageSnapshot;
use crate::sync::{Mutex, lock};
use crate::task::TaskAttempt;
use crate::verdict::DenialReason;
use shard::{Shard, wake};

pub(crate) use shard::{InDoubt, Levels, Remains, Told, Wait};

/// How many locks a stage has at most; a power of two.
const MOST_SHARDS: usize = 64;

/// A stage that has been started.
pub(crate) struct Stage {
    id: StageId,
    max_partition: PartitionId,
    /// Partition `p` is number `p / n` in shard `p % n`; how many there are is a power of two.
    shards: Box<[CachePadded<Mutex<Shard>>]>,
}

/// A partition of a stage, by shard and by number in the shard.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    shard: usize,
    number: usize,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Stage {
    /// All partitions from 0 to `max_partition` are free; tokens are greater than `last_token`.
    pub(crate) fn new(id: StageId, max_partition: PartitionId, last_token: FencingToken) -> Self {
        let partitions = usize::try_from(max_partition.0).unwrap_or_default() + 1;
        let count = partitions.next_power_of_two().min(MOST_SHARDS);
        let shard = |index: usize| {
            let partitions = partitions.saturating_sub(index).div_ceil(count);
            CachePadded::new(Mutex::new(Shard::new(partitions, last_token)))
        };
        Self { id, max_partition, shards: (0..count).map(shard).collect() }
    }

    pub(crate) fn id(&self) -> StageId {
        self.id
    }

    pub(crate) fn max_partition(&self) -> PartitionId {
        self.max_partition
    }

    /// Where a partition is; `None` if the stage has no such partition.
    #[expect(clippy::inline_always, reason = "as `Core::decide`")]
    #[inline(always)]
    pub(crate) fn place(&self, partition: PartitionId) -> Option<Place> {
        let partition_number = usize::try_from(partition.0).ok()?;
        let (mask, shift) = (self.shards.len() - 1, self.shards.len().trailing_zeros());
        (partition <= self.max_partition)
            .then(|| Place { shard: partition_number & mask, number: partition_number >> shift })
    }

    fn partition(&self, place: Place) -> PartitionId {
        PartitionId(i32::try_from(place.number * self.shards.len() + place.shard).unwrap_or(i32::MAX))
    }

    /// Grants an attempt its partition, if that is plain and has no lease.
    #[expect(clippy::inline_always, reason = "as `Core::decide`")]
    #[inline(always)]
    pub(crate) fn grant_plainly(&self, task: &TaskAttempt) -> Option<FencingToken> {
        let place = self.place(task.partition_id)?;
        lock(&self.shards[place.shard]).grant_plainly(place.number, task.id())
    }

    /// An attempt wants to commit; a grant of it lasts until `lease`.
    pub(crate) fn ask(&self, place: Place, task: &TaskAttempt, lease: Lease, wait: Wait) -> Told {
        lock(&self.shards[place.shard]).ask(place.number, task.id(), lease, wait)
    }

    /// An attempt has ended.
    ///
    /// # Errors
    /// If the stage is over, why whoever asks is denied.
    #[inline]
    pub(crate) fn complete(
        &self,
        place: Place,
        task: &TaskAttempt,
        ending: Ending,
        in_doubt: InDoubt,
    ) -> Result<Completed, DenialReason> {
        let completed = lock(&self.shards[place.shard]).complete(place.number, task.id(), ending, in_doubt);
        let (completed, waits) = completed?;
        wake(waits);
        Ok(completed)
    }

    /// Somebody has looked whether a lost attempt has committed; `None` if that is no longer the question.
    pub(crate) fn resolve(&self, place: Place, token: FencingToken, found: Resolution) -> Option<Completed> {
        let resolved = lock(&self.shards[place.shard]).resolve(place.number, token, found);
        let (completed, waits) = resolved?;
        wake(waits);
        Some(completed)
    }

    /// Ends leases that have ended by `now`; answers whose they were.
    pub(crate) fn expire(&self, now: Lease, in_doubt: InDoubt) -> Vec<(PartitionId, Hold)> {
        let mut expired = Vec::new();
        for (index, shard) in self.shards.iter().enumerate() {
            let next = || lock(shard).expire(now, in_doubt);
            for (number, hold, waits) in std::iter::from_fn(next) {
                wake(waits);
                expired.push((self.partition(Place { shard: index, number }), hold));
            }
        }
        expired
    }

    /// When the next lease ends.
    pub(crate) fn next_lease(&self) -> Option<Lease> {
        self.shards.iter().filter_map(|shard| lock(shard).next_lease()).min()
    }

    /// Denies whoever asks from now on; answers whether it did not before.
    pub(crate) fn abort(&self, reason: &DenialReason) -> bool {
        for (index, shard) in self.shards.iter().enumerate() {
            let mut shard = lock(shard);
            // Whoever is the first in the first shard is the first in all.
            let Some(waits) = shard.abort(reason) else { return false };
            if index == 0 {
                shard.count(Count::StageAborted);
            }
            drop(shard);
            wake(waits);
        }
        true
    }

    /// Why the stage is aborted, if it is.
    pub(crate) fn aborted(&self) -> Option<DenialReason> {
        lock(self.shards.first()?).aborted()
    }

    /// Denies whoever asks from now on, and forgets everything. Whoever waits is to be woken.
    pub(crate) fn end(&self, reason: &DenialReason) -> Remains {
        let mut remains = Remains::default();
        for shard in &self.shards {
            lock(shard).end(reason, &mut remains);
        }
        remains
    }

    /// What it has counted so far.
    pub(crate) fn numbers(&self) -> Numbers {
        let mut numbers = Numbers::default();
        for shard in &self.shards {
            numbers += lock(shard).numbers();
        }
        numbers
    }

    /// What it has at this moment.
    pub(crate) fn levels(&self) -> Levels {
        let mut levels = Levels::default();
        for shard in &self.shards {
            levels += lock(shard).levels();
        }
        levels
    }

    pub(crate) fn snapshot(&self) -> StageSnapshot {
        let Levels { held, unknown, waiting } = self.levels();
        StageSnapshot {
            stage_id: self.id,
            max_partition_id: self.max_partition,
            held,
            unknown,
            waiting,
            is_aborted: self.aborted().is_some(),
        }
    }
}

#[cfg(all(test, shuttle))]
mod models;
