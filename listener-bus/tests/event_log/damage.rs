//! Damaged logs give every complete event, and say what is missing.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use listener_bus::event_log::{
    Cause, Damage, Entry, EventLog, EventLogReader, LogLine, LogLines, Outcome, ReadOptions,
};
use tempfile::TempDir;

use crate::support::{fixture, read_bytes, read_log};

/// How much of the end of a log is cut off byte by byte.
const TAIL: usize = 64 * 1024;

fn unzipped(name: &str) -> Vec<u8> {
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&*fs::read(fixture(name)).unwrap()).read_to_end(&mut text).unwrap();
    text
}

/// Cuts the end of a plain log at every byte.
fn cut_plain_everywhere(name: &str) {
    let log = unzipped(name);
    for end in log.len() - TAIL..=log.len() {
        // The line before the cut and what is left of the one behind it: what is before them does not change.
        let rest = log[..end].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        let start = log[..rest - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        let read = read_bytes("log", &log[start..end], &ReadOptions::new());
        // A last line that lacks only its line break is whole.
        let is_whole = log.get(end) == Some(&b'\n') && rest < end;
        assert_eq!(read.events.len(), 1 + usize::from(is_whole), "{name} cut at {end}");
        match &read.report.outcome {
            Outcome::Complete => assert!(rest == end || is_whole, "{name} cut at {end}"),
            Outcome::Truncated { at } => {
                assert!(rest < end && !is_whole, "{name} cut at {end}");
                assert_eq!((at.line, at.byte), (2, (rest - start) as u64), "{name} cut at {end}");
                assert!(matches!(read.report.damages[0].cause, Cause::Line(_)));
            }
            other => panic!("{name} cut at {end}: {other:?}"),
        }
        assert_eq!(read.report.counts.corrupt, 0, "{name} cut at {end}");
    }
}

#[test]
fn a_plain_log_cut_at_any_byte_gives_every_complete_event_and_says_that_it_is_cut() {
    cut_plain_everywhere("local-1795229444397.gz");
}

#[test]
fn an_old_log_cut_at_any_byte_gives_every_complete_event_and_says_that_it_is_cut() {
    cut_plain_everywhere("../logs/v248-a_wordcount.gz");
}

/// The lines of a stored stream, as far as it goes, and whether it says that it is cut.
fn lines_of(name: &str, stored: &[u8]) -> (Vec<String>, Option<Damage>) {
    let mut lines = LogLines::of_reader(name, Cursor::new(stored.to_vec()));
    let (mut all, mut damage) = (Vec::new(), None);
    while let Some(line) = lines.read().unwrap() {
        match line {
            LogLine::Text(line) => all.push(line.text().unwrap().to_owned()),
            LogLine::Damaged(found) => damage = Some(found),
            LogLine::Bad(bad) => panic!("{name} cut at {}: {bad}", stored.len()),
        }
    }
    (all, damage)
}

/// Cuts the end of a compressed log at every byte. What stands before the last `magic` but one does not change, so that
/// it is left out.
fn cut_everywhere(name: &str, magic: &[u8]) {
    let stored = fs::read(fixture(name)).unwrap();
    let starts: Vec<_> = (0..stored.len()).filter(|start| stored[*start..].starts_with(magic)).collect();
    assert!(starts.len() > 5, "{name} has several blocks");
    let (mut in_block, mut whole) = (usize::MAX, String::new());
    let mut before = 0;
    let mut cut = 0;
    for end in stored.len().saturating_sub(TAIL)..=stored.len() {
        let passed = starts.partition_point(|start| *start < end);
        let start = starts[passed.saturating_sub(2)];
        if passed != in_block {
            let next = starts.get(passed).copied().unwrap_or(stored.len());
            (in_block, whole, before) = (passed, lines_of(name, &stored[start..next]).0.join("\n"), 0);
        }
        let (lines, damage) = lines_of(name, &stored[start..end]);
        let text = lines.join("\n");
        assert!(whole.starts_with(&text), "{name} cut at {end}");
        assert!(text.len() >= before, "{name} cut at {end}: {} bytes after {before}", text.len());
        before = text.len();
        if let Some(damage) = damage {
            assert!(matches!(damage.cause, Cause::Stream(_)), "{name} cut at {end}: {damage}");
            cut += 1;
        }
    }
    assert_eq!(before, whole.len(), "{name}");
    assert!(cut > stored.len().min(TAIL) - 2 * starts.len(), "{name}: a cut inside a block says so");
}

#[test]
fn a_zstd_log_cut_at_any_byte_gives_a_growing_part_of_its_lines() {
    cut_everywhere("local-1795231932075.zstd", &[0x28, 0xb5, 0x2f, 0xfd]);
}

#[test]
fn an_lz4_log_cut_at_any_byte_gives_a_growing_part_of_its_lines() {
    cut_everywhere("local-1795231852044.lz4", b"LZ4Block");
}

#[test]
fn a_cut_stream_says_where_in_the_text_it_ends() {
    let stored = fs::read(fixture("local-1795231932075.zstd")).unwrap();
    let read = read_bytes("log.zstd", &stored[..stored.len() / 2], &ReadOptions::new());
    let Outcome::Truncated { at } = &read.report.outcome else { panic!("it is cut") };
    assert!(matches!(read.report.damages[0].cause, Cause::Stream(_)));
    assert_eq!(at.byte, read.report.counts.bytes);
    assert_eq!(at.line, read.report.counts.lines + 1, "a line that would begin there");
    assert_eq!(read.report.counts.corrupt, 0);
}

#[test]
fn one_bad_file_of_a_rolling_log_does_not_spoil_the_others() {
    let folder = TempDir::with_prefix("eventlog_v2_app-").unwrap();
    let line = |time: u64| format!("{{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":{time}}}\n");
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let mut flipped = zstd::encode_all(line(2).as_bytes(), 1).unwrap();
    flipped[8] ^= 0xff;
    let cut = zstd::encode_all(line(3).repeat(50_000).as_bytes(), 1).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("appstatus_app", b"");
    write("events_1_app", line(1).as_bytes());
    write("events_2_app.zstd", &flipped);
    write("events_3_app.zstd", &cut[..cut.len() - 3]);
    write("events_4_app", &line(4).as_bytes()[..20]);
    write("events_5_app.gz", &gzip(&line(5)));
    for threads in [1, 2] {
        let log = EventLog::open(folder.path()).unwrap();
        let mut reader = EventLogReader::open(&log, &ReadOptions::new().threads(threads)).unwrap();
        let mut times = BTreeSet::new();
        let mut damaged = Vec::new();
        while let Some(entry) = reader.read().unwrap() {
            match entry {
                Entry::Event(event) => drop(times.insert(event.to_json() + "\n")),
                Entry::Damaged(damage) => {
                    damaged.push(damage.place.file.rsplit('/').next().unwrap().to_owned());
                }
                Entry::Corrupt(line) => panic!("{line}"),
            }
        }
        assert!(times.contains(&line(1)) && times.contains(&line(5)), "{times:?}");
        assert_eq!(damaged, ["events_2_app.zstd", "events_3_app.zstd", "events_4_app"]);
        let report = reader.finish();
        assert!(
            matches!(&report.outcome, Outcome::Truncated { at } if at.file.ends_with("events_2_app.zstd"))
        );
        assert_eq!(report.counts.damages, 3);
    }
}

#[test]
fn a_killed_application_leaves_a_log_that_says_where_it_ends() {
    let read = read_log(fixture("local-1795233136409.zstd.inprogress"));
    assert!(
        matches!(&read.report.outcome, Outcome::Truncated { at } if at.line > 1000),
        "{:?}",
        read.report.outcome
    );
    assert_eq!((read.events.len(), read.report.counts.corrupt), (1470, 0));
}

#[test]
fn a_million_bad_lines_are_counted_and_a_hundred_kept() {
    let log = "x\n".repeat(1_000_000);
    let read = read_bytes("log", log.as_bytes(), &ReadOptions::new());
    assert_eq!((read.report.counts.corrupt, read.report.bad_lines.len()), (1_000_000, 100));
}
