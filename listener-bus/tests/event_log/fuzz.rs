//! Bytes that nobody wrote: damaged at random, files of Spark are read without a panic and in bounded memory.
//!
//! Each target tries a few hundred inputs from a fixed seed or, with `FUZZ_SECONDS` set, for so many seconds and from
//! `FUZZ_SEED`; then it also looks at the memory that its process took.

use std::env;
use std::fs;
use std::io::{Cursor, Read};
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use listener_bus::event_log::{EventLogReader, LogLines, ReadOptions};

use crate::support::fixture;

/// The inputs of a target, unless a time is set.
const CASES: u32 = 300;
/// The longest line that is kept, in bytes.
const MAX_LINE: usize = 1 << 20;
/// The longest part of a file that is taken for a seed, in bytes.
const MAX_SEED: usize = 20_000;
/// The memory that a target may take at its most, in KiB.
const MAX_MEMORY: u64 = 64 * 1024;

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap() % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    /// A byte that means something to lengths, to numbers or to JSON as often as not.
    fn odd_byte(&mut self) -> u8 {
        const ODD: &[u8] = b"\0\x01\x7f\x80\xff\xfe{}[]\":,\\\n\r0-eE9.tfn u";
        if self.below(2) == 0 { ODD[self.below(ODD.len())] } else { self.byte() }
    }

    /// A part of `input`, short more often than long.
    fn range(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let most = 1 << self.below(13);
        let start = self.below(input.len() + 1);
        start..input.len().min(start + self.below(most) + 1)
    }
}

/// Changes `input` in a few places; those near its start, where headers are, more often.
fn mutate(input: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(6) {
        let reach = if random.below(2) == 0 { input.len().min(64) } else { input.len() };
        let at = random.below(reach);
        match random.below(7) {
            0 => input.truncate(at),
            1 => drop(input.drain(random.range(input))),
            2 => {
                let part = input[random.range(input)].to_vec();
                input.splice(at..at, part);
            }
            3 => {
                let part: Vec<_> = (0..random.below(9)).map(|_| random.odd_byte()).collect();
                input.splice(at..at, part);
            }
            4 => {
                let byte = random.odd_byte();
                let range = random.range(input);
                input[range].fill(byte);
            }
            5 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = random.odd_byte();
                }
            }
        }
    }
}

/// Gives `check` one damaged seed after another.
fn fuzz(seeds: &[Vec<u8>], check: impl Fn(Vec<u8>)) {
    let number = |name: &str| env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let mut random = Random(number("FUZZ_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15) | 1);
    let end = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut cases = 0_u32;
    while end.map_or(cases < CASES, |end| Instant::now() < end) {
        let mut input = seeds[random.below(seeds.len())].clone();
        let start = if random.below(4) == 0 { random.below(input.len()) } else { 0 };
        input.drain(..start);
        input.truncate(MAX_SEED);
        mutate(&mut input, &mut random);
        check(input);
        cases += 1;
    }
    if end.is_some() {
        assert!(cases > 100, "there were only {cases} inputs");
        let memory = peak_memory();
        assert!(memory <= MAX_MEMORY, "{memory} KiB of memory after {cases} inputs");
    }
}

/// The most memory that this process had, in KiB.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Reads the lines of `stored`, and what they take is all that it takes.
fn read_lines(name: &str, stored: Vec<u8>) {
    // Four bytes of Zstandard can stand for 128 KiB of line breaks.
    let most = (stored.len() as u64 + 1) * 64 * 1024;
    let mut lines = LogLines::of_reader(name, Cursor::new(stored)).max_line(MAX_LINE);
    let mut count = 0;
    while let Ok(Some(_)) = lines.read() {
        count += 1;
        assert!(count < most, "{name}: {count} lines and no end");
    }
}

fn codec_target(file: &str, name: &str) {
    fuzz(&[fs::read(fixture(file)).unwrap()], |stored| read_lines(name, stored));
}

/// The text of logs, in parts of several lines.
fn texts() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for file in ["local-1795229444397.gz", "local-1795229489076.gz"] {
        let mut text = Vec::new();
        MultiGzDecoder::new(&*fs::read(fixture(file)).unwrap()).read_to_end(&mut text).unwrap();
        let mut seed = Vec::new();
        for line in text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.len() < MAX_SEED / 4) {
            seed.extend_from_slice(line);
            if seed.len() > MAX_SEED / 2 {
                seeds.push(std::mem::take(&mut seed));
            }
        }
    }
    seeds
}

#[test]
fn damaged_lz4_is_read_or_refused() {
    codec_target("local-1795231852044.lz4", "log.lz4");
}

#[test]
fn damaged_snappy_is_read_or_refused() {
    codec_target("local-1795231873263.snappy", "log.snappy");
}

#[test]
fn damaged_lzf_is_read_or_refused() {
    codec_target("local-1795231894826.lzf", "log.lzf");
}

#[test]
fn damaged_zstd_is_read_or_refused() {
    codec_target("local-1795231932075.zstd", "log.zstd");
}

#[test]
fn damaged_gzip_is_read_or_refused() {
    codec_target("local-1795229444397.gz", "log.gz");
}

#[test]
fn damaged_lines_are_split_and_counted() {
    fuzz(&texts(), |text| read_lines("log", text));
}

#[test]
fn damaged_events_are_read_or_told() {
    fuzz(&texts(), |text| {
        let options = ReadOptions::new().max_line(MAX_LINE);
        let mut reader = EventLogReader::of_reader("log", Cursor::new(text), &options).unwrap();
        while let Ok(Some(_)) = reader.read() {}
        let counts = reader.finish().counts;
        assert!(counts.events + counts.corrupt + counts.too_long <= counts.lines, "{counts:?}");
    });
}
