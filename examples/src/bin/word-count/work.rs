//! What the tasks do: counting a stretch of text, and adding up a part of the words.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use commit_coordinator::OutputCommitCoordinator;

use crate::counts::Counts;
use crate::engine::{Hopeless, Task};
use crate::input::Piece;
use crate::output::Output;
use crate::shuffle::{MapOutput, ShuffleWriter};
use crate::words::{CHUNK, Words};

/// A map task that has met so many different words writes its counts down, and begins anew: its memory has a bound.
const SPILL: usize = 1 << 20;

/// What tasks spend their time on.
#[derive(Clone, Copy)]
pub(crate) enum Phase {
    Read,
    Count,
    Shuffle,
    Merge,
    Write,
    Commit,
}

/// How long all attempts together have been in each phase.
#[derive(Default)]
pub(crate) struct Clock([AtomicU64; 6]);

impl Clock {
    fn time<T>(&self, phase: Phase, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = work();
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0[phase as usize].fetch_add(nanos, Ordering::Relaxed);
        result
    }

    pub(crate) fn read(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        let names = ["read", "count", "shuffle", "merge", "write", "commit"];
        names.into_iter().zip(self.0.iter().map(|nanos| Duration::from_nanos(nanos.load(Ordering::Relaxed))))
    }
}

/// Counts the words of a stretch of text, and parts them by reduce partition.
pub(crate) fn map(
    task: &Task,
    text: &[Piece],
    shuffle: &Path,
    partitions: usize,
    clock: &Clock,
) -> anyhow::Result<MapOutput> {
    let path = shuffle.join(format!("map-{}-{}", task.partition, task.attempt.attempt_number));
    let mut shuffle = ShuffleWriter::create(path, partitions)?;
    let mut counts = Counts::default();
    for piece in text {
        let path = || piece.path.display().to_string();
        let mut words = Words::open(piece.open()?, piece.bytes.clone(), CHUNK).with_context(path)?;
        while clock.time(Phase::Read, || words.read()).with_context(path)? {
            task.check()?;
            let cut = clock.time(Phase::Count, || words.cut(|word| counts.add(word, 1)));
            cut.with_context(path).context(Hopeless)?;
            if counts.len() >= SPILL {
                clock.time(Phase::Shuffle, || shuffle.spill(&mut counts))?;
            }
        }
    }
    clock.time(Phase::Shuffle, || shuffle.spill(&mut counts))?;
    task.dawdle();
    task.check()?;
    task.stumble()?;
    Ok(shuffle.finish())
}

/// Adds up the words of a partition, and commits them. It is not killed once they are staged: whoever comes too late is
/// denied the commit.
pub(crate) fn reduce(
    task: &Task,
    maps: &[MapOutput],
    output: &Output,
    coordinator: &OutputCommitCoordinator,
    clock: &Clock,
) -> anyhow::Result<()> {
    let mut counts = Counts::default();
    for map in maps {
        task.check()?;
        clock.time(Phase::Merge, || map.read(task.partition, &mut counts))?;
    }
    let staged = clock.time(Phase::Write, || output.stage(task, counts))?;
    task.dawdle();
    clock.time(Phase::Commit, || Output::commit_task(task, staged, coordinator))
}
