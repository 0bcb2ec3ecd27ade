//! Spark's compressed files are read as what Spark wrote.

use std::fs;
use std::io::Cursor;

use listener_bus::event_log::{LogLine, LogLines};

use crate::support::{fixture, fixtures};

/// The files of one log that Spark compressed in several ways, and what it wrote into each.
const COMPRESSED: [&str; 4] = [
    "local-1795231852044.lz4",
    "local-1795231873263.snappy",
    "local-1795231894826.lzf",
    "local-1795231932075.zstd",
];

/// How many lines `stored` has, and whether it is damaged.
fn lines_of(name: &str, stored: &[u8]) -> (u64, bool) {
    let mut lines = LogLines::of_reader(name, Cursor::new(stored.to_vec()));
    let (mut count, mut is_damaged) = (0, false);
    while let Some(line) = lines.read().unwrap() {
        match line {
            LogLine::Text(line) => {
                let text = line.text().unwrap();
                assert!(
                    text.starts_with("{\"Event\":") && text.ends_with('}'),
                    "{name} line {}: {text}",
                    count + 1
                );
                count += 1;
            }
            LogLine::Bad(bad) => panic!("{name}: {bad}"),
            LogLine::Damaged(_) => is_damaged = true,
        }
    }
    (count, is_damaged)
}

#[test]
fn a_file_of_each_codec_has_the_lines_that_spark_wrote() {
    let expected = fixtures();
    for name in COMPRESSED {
        let found = lines_of(name, &fs::read(fixture(name)).unwrap());
        assert_eq!(found, (expected[name].events, false), "{name}");
    }
}

#[test]
fn the_codec_is_told_by_the_first_bytes_where_the_name_is_wrong() {
    let expected = fixtures();
    for name in COMPRESSED {
        let stored = fs::read(fixture(name)).unwrap();
        for wrong in ["log", "log.zstd", "log.lzf.inprogress", "log.txt"] {
            assert_eq!(lines_of(wrong, &stored), (expected[name].events, false), "{name} as {wrong}");
        }
    }
}

#[test]
fn files_that_follow_each_other_are_read_as_one() {
    let expected = fixtures();
    for name in COMPRESSED {
        let stored = fs::read(fixture(name)).unwrap();
        let twice = [&*stored, &stored].concat();
        assert_eq!(lines_of(name, &twice), (expected[name].events * 2, false), "{name}");
    }
}

#[test]
fn a_file_without_a_byte_has_no_line_and_no_damage() {
    for name in COMPRESSED {
        assert_eq!(lines_of(name, b""), (0, false), "{name}");
    }
}
