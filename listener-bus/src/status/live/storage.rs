//! Which blocks of datasets are stored where, as far as it changes what executors use.

use std::collections::{BTreeMap, BTreeSet};

use super::executors::LiveExecutors;
use crate::events::{BlockUpdatedInfo, ExecutorId, RddId, StageInfo, StorageLevel};
use crate::status::ExecutorSummary;

/// The blocks of a dataset that are told apart; of more than these, only the sizes count.
const BLOCKS: usize = 100_000;
/// The datasets that are kept; the oldest ones go first.
const DATASETS: usize = 10_000;

/// The datasets that are to be stored, with their blocks.
#[derive(Debug, Default)]
pub(super) struct LiveStorage {
    datasets: BTreeMap<RddId, Dataset>,
}

#[derive(Debug, Default)]
struct Dataset {
    heap: Heap,
    /// Who has each block.
    blocks: BTreeMap<Box<str>, BTreeSet<ExecutorId>>,
    used: BTreeMap<ExecutorId, Used>,
}

/// Where blocks in memory are kept.
#[derive(Clone, Copy, Debug, Default)]
enum Heap {
    #[default]
    On,
    Off,
}

impl From<&StorageLevel> for Heap {
    fn from(level: &StorageLevel) -> Self {
        if level.use_off_heap { Self::Off } else { Self::On }
    }
}

/// What one executor stores of a dataset, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Used {
    memory: i64,
    disk: i64,
}

impl LiveStorage {
    /// A stage that computes datasets was submitted.
    pub(super) fn expect(&mut self, stage: &StageInfo) {
        for rdd in stage.rdd_info.iter().filter(|rdd| is_valid(&rdd.storage_level)) {
            self.datasets.entry(rdd.rdd_id).or_default().heap = Heap::from(&rdd.storage_level);
        }
        while self.datasets.len() > DATASETS {
            self.datasets.pop_first();
        }
    }

    pub(super) fn updated(&mut self, info: &BlockUpdatedInfo, executors: &mut LiveExecutors) {
        let rdd = dataset_of(&info.block_id);
        if rdd.is_none() && !info.block_id.starts_with("broadcast_") {
            return;
        }
        let id = &info.block_manager_id.executor_id;
        let level = &info.storage_level;
        let used = Used {
            memory: if level.use_memory { info.memory_size } else { info.memory_size.saturating_neg() },
            disk: if level.use_disk { info.disk_size } else { info.disk_size.saturating_neg() },
        };
        let blocks =
            rdd.and_then(|rdd| self.datasets.get_mut(&rdd)).map_or(0, |dataset| dataset.updated(info, used));
        if let Some(executor) = executors.active(id.as_str()) {
            uses(executor, used, Heap::from(level));
            executor.rdd_blocks += blocks;
        }
    }

    /// The blocks of a dataset are given up.
    pub(super) fn unpersisted(&mut self, rdd: RddId, executors: &mut LiveExecutors) {
        let Some(dataset) = self.datasets.remove(&rdd) else { return };
        for id in dataset.blocks.values().flatten() {
            if let Some(executor) = executors.active(id.as_str()) {
                executor.rdd_blocks -= 1;
            }
        }
        for (id, used) in &dataset.used {
            if let Some(executor) = executors.active(id.as_str()) {
                uses(
                    executor,
                    Used { memory: used.memory.saturating_neg(), disk: used.disk.saturating_neg() },
                    dataset.heap,
                );
            }
        }
    }

    /// An executor has gone, with its blocks.
    pub(super) fn lost(&mut self, id: &ExecutorId) {
        for dataset in self.datasets.values_mut() {
            dataset.used.remove(id);
            dataset.blocks.retain(|_, holders| {
                holders.remove(id);
                !holders.is_empty()
            });
        }
    }
}

impl Dataset {
    /// Gives by how many the blocks of the executor have changed.
    fn updated(&mut self, info: &BlockUpdatedInfo, used: Used) -> i64 {
        let (block, id) = (info.block_id.as_str(), &info.block_manager_id.executor_id);
        let sum = self.used.entry(id.clone()).or_default();
        sum.memory = sum.memory.saturating_add(used.memory).max(0);
        sum.disk = sum.disk.saturating_add(used.disk).max(0);
        if is_valid(&info.storage_level) {
            if self.blocks.len() >= BLOCKS && !self.blocks.contains_key(block) {
                return 0;
            }
            return i64::from(self.blocks.entry(block.into()).or_default().insert(id.clone()));
        }
        let Some(holders) = self.blocks.get_mut(block) else { return 0 };
        let gone = holders.remove(id);
        if holders.is_empty() {
            self.blocks.remove(block);
        }
        -i64::from(gone)
    }
}

fn uses(executor: &mut ExecutorSummary, used: Used, heap: Heap) {
    if let Some(memory) = &mut executor.memory_metrics {
        let kind = match heap {
            Heap::On => &mut memory.used_on_heap_storage_memory,
            Heap::Off => &mut memory.used_off_heap_storage_memory,
        };
        *kind = kind.saturating_add(used.memory).max(0);
    }
    executor.memory_used = executor.memory_used.saturating_add(used.memory).max(0);
    executor.disk_used = executor.disk_used.saturating_add(used.disk).max(0);
}

/// Whether blocks are kept at all.
fn is_valid(level: &StorageLevel) -> bool {
    (level.use_memory || level.use_disk) && level.replication > 0
}

/// The dataset of a block such as `rdd_1_2`.
fn dataset_of(block: &str) -> Option<RddId> {
    let (rdd, partition) = block.strip_prefix("rdd_")?.split_once('_')?;
    partition.parse::<i32>().ok()?;
    rdd.parse().ok().map(RddId)
}
