//! Compressed logs that grow: what is flushed comes at once.

use std::fs::{self, File};
use std::io::Write;

use listener_bus::event_log::{EventLog, LogLine, LogLines, Outcome, ReadOptions};

use super::{Followed, append, line};
use crate::support::{fixture, read_bytes, read_log};

/// The lines of a log, each with its end.
fn text_of(log: &EventLog) -> Vec<u8> {
    let mut lines = LogLines::new(log);
    let mut text = Vec::new();
    while let Some(line) = lines.read().unwrap() {
        let LogLine::Text(line) = line else { panic!("{line:?}") };
        text.extend_from_slice(line.bytes());
        text.push(b'\n');
    }
    text
}

#[test]
fn what_can_be_read_of_a_log_so_far_has_come_before_it_grows() {
    for name in [
        "local-1795231852044.lz4",
        "local-1795231894826.lzf",
        "local-1795231873263.snappy",
        "local-1795231932075.zstd",
    ] {
        let text = text_of(&EventLog::open(fixture(name)).unwrap());
        let all = read_log(fixture(name)).events;
        let stored = fs::read(fixture(name)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let writing = folder.path().join(format!("{name}.inprogress"));
        let log = Followed::new(&writing);
        let unparsed = ReadOptions::new().filter(|_| false);
        let (mut written, mut come) = (0, 0);
        for end in (0..stored.len()).step_by(1999).chain([stored.len()]).skip(1) {
            append(&writing, &stored[written..end]);
            written = end;
            let there = read_bytes(name, &stored[..end], &unparsed).report.counts.bytes;
            let whole = memchr::memchr_iter(b'\n', &text[..usize::try_from(there).unwrap()]).count();
            for expected in &all[come..whole] {
                assert_eq!(&log.event(), expected, "{name}");
            }
            come = whole;
        }
        assert_eq!(come, all.len(), "{name}");
        fs::rename(&writing, folder.path().join(name)).unwrap();
        assert_eq!(log.end().unwrap().outcome, Outcome::Complete, "{name}");
    }
}

#[test]
fn zstd_that_is_flushed_within_a_frame_comes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let writing = folder.path().join("app-1.zstd.inprogress");
    let mut encoder = zstd::Encoder::new(File::create(&writing).unwrap(), 1).unwrap();
    let log = Followed::new(&writing);
    for number in 0..50 {
        encoder.write_all(line(number).as_bytes()).unwrap();
        encoder.flush().unwrap();
        log.expect([number]);
    }
    encoder.write_all(line(50).as_bytes()).unwrap();
    encoder.finish().unwrap();
    fs::rename(&writing, folder.path().join("app-1.zstd")).unwrap();
    log.expect([50]);
    assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
}

#[test]
fn gzip_that_is_flushed_comes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let writing = folder.path().join("app-1.gz.inprogress");
    let mut encoder =
        flate2::write::GzEncoder::new(File::create(&writing).unwrap(), flate2::Compression::fast());
    let log = Followed::new(&writing);
    for number in 0..50 {
        encoder.write_all(line(number).as_bytes()).unwrap();
        encoder.flush().unwrap();
        log.expect([number]);
    }
    encoder.finish().unwrap();
    fs::rename(&writing, folder.path().join("app-1.gz")).unwrap();
    assert_eq!(log.end().unwrap().outcome, Outcome::Complete);
}

#[test]
fn whoever_waits_for_the_rest_of_a_frame_is_stopped_and_the_frame_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let writing = folder.path().join("app-1.zstd.inprogress");
    let frame = zstd::encode_all(line(0).as_bytes(), 1).unwrap();
    append(&writing, &frame);
    append(&writing, &frame[..frame.len() - 3]);
    let log = Followed::new(&writing);
    log.expect([0]);
    log.stop.stop();
    let report = log.end().unwrap();
    assert!(matches!(report.outcome, Outcome::Stopped { after: Some(_) }));
    assert_eq!(report.counts.damages, 0);
}
