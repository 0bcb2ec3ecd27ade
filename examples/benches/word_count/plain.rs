//! The yardstick: a plain count with two threads, as one writes it without an engine.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;
use std::thread;

use anyhow::Context as _;

/// What a count comes to, in three numbers: two counts with the same are the same.
#[derive(Default, PartialEq, Eq)]
pub(crate) struct Sum {
    different: u64,
    words: u64,
    check: u64,
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} different words of {}, check {:016x}", self.different, self.words, self.check)
    }
}

impl Sum {
    fn add(&mut self, word: &str, count: u64) {
        self.different += 1;
        self.words += count;
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((word, count));
        self.check = self.check.wrapping_add(hash);
    }

    fn add_lines(&mut self, lines: &str) -> anyhow::Result<()> {
        for line in lines.lines() {
            let (word, count) = line.split_once('\t').context("a line without a tab")?;
            self.add(word, count.parse()?);
        }
        Ok(())
    }

    /// Of the files that lie in an output folder.
    pub(crate) fn of_output(folder: &Path) -> anyhow::Result<Self> {
        let mut sum = Self::default();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("part-") {
                sum.add_lines(&fs::read_to_string(entry.path())?)?;
            }
        }
        Ok(sum)
    }
}

/// Counts the words of a file, each thread those of one half of its lines.
pub(crate) fn count(path: &Path) -> io::Result<Sum> {
    let size = fs::metadata(path)?.len();
    let (left, right) = thread::scope(|scope| {
        let left = scope.spawn(|| count_lines(path, 0, size / 2));
        (count_lines(path, size / 2, size), left.join())
    });
    let mut counts = right.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    for (word, count) in left? {
        *counts.entry(word).or_default() += count;
    }
    let mut sum = Sum::default();
    for (word, count) in &counts {
        sum.add(word, *count);
    }
    Ok(sum)
}

/// Counts the words of the lines that begin from `start` on and before `end`.
fn count_lines(path: &Path, start: u64, end: u64) -> io::Result<HashMap<String, u64>> {
    let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
    let mut place = start.saturating_sub(1);
    file.seek(SeekFrom::Start(place))?;
    let mut line = Vec::new();
    if start > 0 {
        place += file.read_until(b'\n', &mut line)? as u64;
    }
    let mut counts = HashMap::new();
    let mut lowered = String::new();
    while place < end {
        line.clear();
        let length = file.read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        place += length as u64;
        let text = std::str::from_utf8(&line).map_err(io::Error::other)?;
        for word in text.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty()) {
            lowered.clear();
            lowered.extend(word.chars().flat_map(char::to_lowercase));
            match counts.get_mut(&lowered) {
                Some(count) => *count += 1,
                None => drop(counts.insert(lowered.clone(), 1)),
            }
        }
    }
    Ok(counts)
}
