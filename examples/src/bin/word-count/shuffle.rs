//! What map tasks leave for reduce tasks: a file each, with runs of counts for each reduce partition.

use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use rustc_hash::FxBuildHasher;

use crate::counts::{self, Counts};

/// The shuffle file of one map task attempt, while it is written.
pub(crate) struct ShuffleWriter {
    file: File,
    output: MapOutput,
}

/// What a map task has left.
#[derive(Debug)]
pub(crate) struct MapOutput {
    path: PathBuf,
    /// The runs of each reduce partition: where they begin, and how long they are, in bytes.
    runs: Vec<Vec<(u64, u64)>>,
    size: u64,
}

impl ShuffleWriter {
    pub(crate) fn create(path: PathBuf, partitions: usize) -> io::Result<Self> {
        let file = File::create_new(&path)?;
        Ok(Self { file, output: MapOutput { path, runs: vec![Vec::new(); partitions], size: 0 } })
    }

    /// Writes one run for each partition, and empties the counts.
    pub(crate) fn spill(&mut self, counts: &mut Counts) -> io::Result<()> {
        let partitions = self.output.runs.len() as u64;
        let mut runs = vec![Vec::new(); self.output.runs.len()];
        for (word, count) in counts.drain() {
            // The upper bits: tables use the lower ones, and would be lopsided in the reduce tasks.
            let hash = FxBuildHasher.hash_one(&word) >> 32;
            let run = runs.get_mut(usize::try_from((hash * partitions) >> 32).unwrap_or_default());
            run.map_or(Ok(()), |run| counts::write_line(run, &word, count))?;
        }
        for (run, places) in runs.iter().zip(&mut self.output.runs) {
            self.file.write_all(run)?;
            places.push((self.output.size, run.len() as u64));
            self.output.size += run.len() as u64;
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> MapOutput {
        self.output
    }
}

impl MapOutput {
    /// Adds up what is here for a reduce partition.
    pub(crate) fn read(&self, partition: usize, counts: &mut Counts) -> io::Result<()> {
        let mut file = File::open(&self.path)?;
        for (start, length) in self.runs.get(partition).into_iter().flatten() {
            file.seek(SeekFrom::Start(*start))?;
            let run = BufReader::new((&file).take(*length));
            counts::read_lines(run, |word, count| counts.add(word, count))?;
        }
        Ok(())
    }
}
