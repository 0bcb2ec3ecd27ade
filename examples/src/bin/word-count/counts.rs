//! Counts of words, and how they are written down: a line a word, with a tab before its count.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use rustc_hash::FxBuildHasher;

/// How often each word occurs.
#[derive(Default)]
pub(crate) struct Counts(HashMap<Box<[u8]>, u64, FxBuildHasher>);

impl Counts {
    pub(crate) fn add(&mut self, word: &[u8], count: u64) {
        match self.0.get_mut(word) {
            Some(sum) => *sum += count,
            None => drop(self.0.insert(word.into(), count)),
        }
    }

    /// Different words.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (Box<[u8]>, u64)> {
        self.0.drain()
    }

    /// By word.
    pub(crate) fn into_sorted(self) -> Vec<(Box<[u8]>, u64)> {
        let mut sorted: Vec<_> = self.0.into_iter().collect();
        sorted.sort_unstable();
        sorted
    }
}

pub(crate) fn write_line(out: &mut impl Write, word: &[u8], count: u64) -> io::Result<()> {
    out.write_all(word)?;
    writeln!(out, "\t{count}")
}

/// Hands on each line.
pub(crate) fn read_lines(mut lines: impl BufRead, mut each: impl FnMut(&[u8], u64)) -> io::Result<()> {
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let (word, count) =
            split(&line).ok_or_else(|| io::Error::other("a line is no word and its count"))?;
        each(word, count);
        line.clear();
    }
    Ok(())
}

fn split(line: &[u8]) -> Option<(&[u8], u64)> {
    let (line, tab) = (line.strip_suffix(b"\n")?, line.iter().position(|byte| *byte == b'\t')?);
    let count = std::str::from_utf8(line.get(tab + 1..)?).ok()?;
    Some((line.get(..tab)?, count.parse().ok()?))
}
