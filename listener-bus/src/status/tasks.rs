//! The task attempts of one stage attempt, in chunks: a reader keeps the chunks it has seen, and the listener copies a
//! chunk before it changes what a reader keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::task::TaskRow;

/// Rows that are copied together.
const CHUNK: usize = 64;

/// Where a row is: the number of its chunk, and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowPlace {
    chunk: u32,
    row: u32,
}

/// Task attempts in the order they began.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskRows {
    /// By number; numbers rise, and those of chunks that were given up are missing.
    chunks: BTreeMap<u32, Arc<Vec<TaskRow>>>,
    rows: usize,
    evicted: u64,
}

impl TaskRows {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &TaskRow> + Clone {
        self.chunks.values().flat_map(|chunk| chunk.iter())
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// How many rows have been given up.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(super) fn push(&mut self, task: TaskRow) -> RowPlace {
        self.rows += 1;
        let last = self.chunks.last_entry().filter(|last| last.get().len() < CHUNK);
        if let Some(mut last) = last {
            let chunk = *last.key();
            let rows = Arc::make_mut(last.get_mut());
            rows.push(task);
            return RowPlace { chunk, row: index(rows.len() - 1) };
        }
        let chunk = self.chunks.last_key_value().map_or(0, |(number, _)| number.wrapping_add(1));
        let mut rows = Vec::with_capacity(CHUNK);
        rows.push(task);
        self.chunks.insert(chunk, Arc::new(rows));
        RowPlace { chunk, row: 0 }
    }

    pub(super) fn get_mut(&mut self, place: RowPlace) -> Option<&mut TaskRow> {
        let rows = self.chunks.get_mut(&place.chunk)?;
        Arc::make_mut(rows).get_mut(place.row as usize)
    }

    /// Gives up to `excess` or a few more of the oldest rows away: of chunks whose tasks are over, or if there are none,
    /// of any. Gives the rows that were given up.
    pub(super) fn evict(&mut self, excess: usize) -> Vec<Arc<Vec<TaskRow>>> {
        let mut evicted = Vec::new();
        let mut left = excess;
        let over = |rows: &Vec<TaskRow>| !rows.iter().any(|task| task.status.is_open());
        while left > 0 {
            // A chunk that still takes rows may go only if nobody looks for its rows any more.
            let any = self.chunks.first_key_value().filter(|_| self.chunks.len() > 1);
            let oldest = self.chunks.iter().find(|(_, rows)| over(rows)).or(any);
            let Some(number) = oldest.map(|(number, _)| *number) else { break };
            if let Some(rows) = self.chunks.remove(&number) {
                left = left.saturating_sub(rows.len());
                self.rows -= rows.len();
                self.evicted += rows.len() as u64;
                evicted.push(rows);
            }
        }
        evicted
    }

    /// Gives all rows away.
    pub(super) fn clear(&mut self) -> usize {
        self.chunks.clear();
        std::mem::take(&mut self.rows)
    }
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
