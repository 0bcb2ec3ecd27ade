//! Logs are read whole, in order, in bounded memory.

use std::io::{Cursor, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use listener_bus::event_log::{
    Entry, EventLog, EventLogReader, Fault, LogLine, LogLines, OnCorrupt, Outcome, ReadError, ReadOptions,
};

use crate::support::{Failing, fixture, fixtures, read_all, read_bytes, read_log, read_log_with};

const END: &str = r#"{"Event":"SparkListenerApplicationEnd","Timestamp":7}"#;

fn options() -> ReadOptions {
    ReadOptions::new()
}

#[test]
fn every_log_that_spark_wrote_has_the_events_that_python_counts() {
    for (name, expected) in fixtures() {
        for threads in [1, 2, 3] {
            let read = read_log_with(fixture(&name), &options().threads(threads));
            assert_eq!(read.counts(), expected.counts, "{name}");
            let counts = read.report.counts;
            assert_eq!((counts.events, counts.corrupt), (expected.events, 0), "{name}");
            let is_cut = name == "local-1795233136409.zstd.inprogress";
            assert_eq!(read.report.outcome != Outcome::Complete, is_cut, "{name}: {:?}", read.report);
        }
    }
}

#[test]
fn the_order_is_that_of_the_log_however_many_threads_there_are() {
    let name = "local-1795229489076.gz";
    let one = read_log(fixture(name));
    for threads in [2, 5] {
        let many = read_log_with(fixture(name), &options().threads(threads));
        assert_eq!(one.events, many.events);
        assert_eq!(one.report.counts, many.report.counts);
    }
}

#[test]
fn what_threads_meet_is_what_one_meets() {
    let mut log = String::new();
    for index in 0..3000 {
        log += &END.replace('7', &index.to_string());
        log += match index % 500 {
            7 => "\n{}\n",
            8 => "\r\n\n",
            9 => "\n\"a line that is far too long for the limit of this test, which is rather low.....\"\n",
            _ => "\n",
        };
    }
    log += "{\"Event\":\"SparkLis";
    let read = |threads| {
        let options = options().max_line(80).threads(threads).filter(|name| name != "SparkListenerLogStart");
        read_bytes("log", log.as_bytes(), &options)
    };
    let one = read(1);
    assert_eq!((one.events.len(), one.report.counts.corrupt, one.report.counts.too_long), (3000, 12, 6));
    let Outcome::Truncated { at } = &one.report.outcome else { panic!("the last line is cut") };
    assert_eq!((at.line, at.byte), (3019, log.len() as u64 - 18));
    assert_eq!(one.report.counts.bytes, log.len() as u64);
    for threads in [2, 4] {
        let many = read(threads);
        assert_eq!(many.events, one.events);
        assert_eq!(many.report.counts, one.report.counts);
        assert_eq!(many.report.outcome, one.report.outcome);
        let places = |report: &listener_bus::event_log::ReadReport| {
            report.bad_lines.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(places(&many.report), places(&one.report));
    }
}

/// Two events with an empty line, an object without a name, a bad field and nonsense between.
fn corrupt_log() -> String {
    format!("{END}\r\n\n{{}}\n{}\n\u{20}nonsense\n{END}", END.replace('7', "true"))
}

#[test]
fn a_corrupt_line_is_skipped_and_told_with_its_line_and_byte() {
    let read = read_bytes("log", corrupt_log().as_bytes(), &options());
    assert_eq!((read.events.len(), read.report.counts.corrupt, read.report.counts.lines), (2, 4, 6));
    assert_eq!(read.report.outcome, Outcome::Complete, "the last line needs no line break");
    assert!(!read.report.is_intact());
    let told: Vec<_> = read.report.bad_lines.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "log line 2 at byte 55: the line is empty");
    for (line, start) in [
        (1, "log line 3 at byte 56: a line does not name its event at column 2: "),
        (2, "log line 4 at byte 59: cannot read the field `Timestamp` of SparkListenerApplicationEnd"),
        (3, "log line 5 at byte 116: an event is not valid JSON"),
    ] {
        assert!(told[line].starts_with(start), "{}", told[line]);
    }
}

#[test]
fn a_corrupt_line_is_fatal_if_that_is_asked_for() {
    for threads in [1, 2] {
        let strict = options().on_corrupt(OnCorrupt::Fail).threads(threads);
        let mut reader = EventLogReader::of_reader("log", Cursor::new(corrupt_log()), &strict).unwrap();
        assert!(matches!(reader.read(), Ok(Some(Entry::Event(_)))));
        let Err(ReadError::Corrupt(line)) = reader.read() else { panic!("line 2 is corrupt") };
        assert_eq!((line.place.line, line.place.byte), (2, 55));
        let Outcome::Stopped { after: Some(place) } = reader.finish().outcome else {
            panic!("it was given up")
        };
        assert_eq!(place.line, 2);
    }
}

#[test]
fn a_short_line_in_the_middle_is_corrupt_and_a_short_last_line_is_cut_even_with_a_line_break() {
    let read = read_bytes("log", format!("{{\"Event\n{END}\n{{\"Event\n").as_bytes(), &options());
    assert_eq!((read.report.counts.corrupt, read.report.counts.damages), (1, 1));
    assert!(read.report.bad_lines[0].fault.is_truncated());
    assert!(matches!(&read.report.outcome, Outcome::Truncated { at } if at.line == 3));
}

#[test]
fn a_line_that_is_not_utf_8_is_corrupt_also_across_the_buffers_of_the_reader() {
    let read = read_bytes("log", &[b"{\"Event\":\"\xff\"}\n", END.as_bytes()].concat(), &options());
    assert!(matches!(read.report.bad_lines[0].fault, Fault::NotUtf8 { column: 11 }));
    assert_eq!(read.events.len(), 1);
    // Letters of two, three and four bytes at every offset from the border of a buffer of 64 KiB or 128 KiB.
    for padding in 0..8 {
        let text = "é€😀".repeat(30_000);
        let log = format!("{{\"Event\":\"X\",\"a\":\"{}{text}\"}}\n", "x".repeat(padding));
        let read = read_bytes("log", log.as_bytes(), &options());
        assert_eq!(format!("{}\n", read.events[0].to_json()), log);
    }
}

/// Reads a line with a limit just below its length, of its length, and just above.
fn check_limits(line: &str, end: &str) {
    for (limit, is_kept) in [(line.len() - 1, false), (line.len(), true), (line.len() + 1, true)] {
        let read = read_bytes("log", format!("{line}{end}").as_bytes(), &options().max_line(limit));
        assert_eq!(read.events.len(), usize::from(is_kept), "{} bytes, {end:?}, {limit}", line.len());
        assert_eq!(read.report.counts.too_long, u64::from(!is_kept));
    }
}

#[test]
fn the_limit_of_a_line_is_in_bytes_of_utf_8_without_its_end() {
    for letter in ["a", "é", "€", "😀"] {
        for padding in [0, 1, 8190, 8191, 8192] {
            let line = format!("{{\"Event\":\"{}{letter}\"}}", "x".repeat(padding));
            check_limits(&line, "\n");
            check_limits(&line, "\r\n");
            check_limits(&line, "");
        }
    }
}

#[test]
fn a_limit_of_zero_or_beyond_the_cap_is_the_cap() {
    for bytes in [0, usize::MAX] {
        let read = read_bytes("log", END.as_bytes(), &options().max_line(bytes));
        assert_eq!(read.events.len(), 1);
    }
}

#[test]
fn long_lines_are_passed_over_and_counted_and_line_numbers_are_those_of_the_file() {
    let long = format!("\"{}\"", "x".repeat(9000));
    let text = format!("{END}\n{long}\n{long}\n{{}}\n{END}\n");
    let read = read_bytes("log", text.as_bytes(), &options().max_line(8192));
    assert_eq!((read.events.len(), read.report.counts.too_long), (2, 2));
    let fault =
        read.report.bad_lines.iter().find(|line| !matches!(line.fault, Fault::TooLong { .. })).unwrap();
    assert_eq!(fault.place.line, 4);
    assert!(
        read.report.bad_lines[0]
            .to_string()
            .ends_with("line 2 at byte 54: the line is longer than 8192 bytes")
    );
}

#[test]
fn an_error_of_the_storage_is_passed_on_with_its_place_and_is_no_truncation() {
    for kind in
        [ErrorKind::PermissionDenied, ErrorKind::UnexpectedEof, ErrorKind::InvalidData, ErrorKind::TimedOut]
    {
        for threads in [1, 2] {
            let data = Cursor::new(format!("{END}\n{END}\n{{\"Ev").into_bytes());
            let mut reader =
                EventLogReader::of_reader("log", Failing { data, kind }, &options().threads(threads))
                    .unwrap();
            let mut events = 0;
            let error = loop {
                match reader.read() {
                    Ok(Some(Entry::Event(_))) => events += 1,
                    Ok(other) => panic!("{other:?} instead of an error"),
                    Err(error) => break error,
                }
            };
            let ReadError::Io { place, .. } = error else { panic!("{error}") };
            assert_eq!((events, place.line, place.byte), (2, 3, 112), "{kind:?}");
        }
    }
}

#[test]
fn a_filter_keeps_lines_from_being_parsed() {
    let asked = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&asked);
    let options = options().filter(move |name| {
        counter.fetch_add(1, Ordering::Relaxed);
        name == "SparkListenerApplicationEnd"
    });
    // The second line could not be parsed.
    let log = format!("{END}\n{{\"Event\":\"SparkListenerTaskEnd\",nonsense\n{END}\n");
    let read = read_bytes("log", log.as_bytes(), &options);
    assert_eq!((read.events.len(), read.report.counts.filtered, asked.load(Ordering::Relaxed)), (2, 1, 3));
    assert!(read.report.is_intact());
}

#[test]
fn a_filter_that_panics_in_a_thread_is_an_error_and_no_hang() {
    let options = options().threads(2).filter(|_| panic!("on purpose"));
    let mut reader = EventLogReader::of_reader("log", Cursor::new(END), &options).unwrap();
    assert!(matches!(reader.read(), Err(ReadError::ThreadGone)));
    assert!(matches!(reader.read(), Ok(None)));
    assert_eq!(reader.finish().outcome, Outcome::Stopped { after: None });
}

#[test]
fn a_log_whose_reader_panics_in_a_thread_is_not_complete() {
    struct Panics(Cursor<String>);
    impl std::io::Read for Panics {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buffer)?;
            assert!(read > 0, "on purpose");
            Ok(read)
        }
    }
    let log = Panics(Cursor::new(format!("{END}\n").repeat(20_000)));
    let mut reader = EventLogReader::of_reader("log", log, &options().threads(2)).unwrap();
    let error = loop {
        match reader.read() {
            Ok(entry) => assert!(entry.is_some(), "it never comes to its end"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ReadError::ThreadGone));
    assert!(matches!(reader.finish().outcome, Outcome::Stopped { .. }));
}

#[test]
fn a_filter_does_not_hide_that_the_log_is_cut() {
    for threads in [1, 2] {
        let options = options().filter(|name| name != "SparkListenerTaskEnd").threads(threads);
        let log = format!("{END}\n{{\"Event\":\"SparkListenerTaskEnd\",\"Stage ID\":3,\"Sta");
        let read = read_bytes("log", log.as_bytes(), &options);
        assert!(
            matches!(&read.report.outcome, Outcome::Truncated { at } if at.line == 2),
            "{:?}",
            read.report
        );
    }
}

#[test]
fn an_error_tells_no_value_of_the_log() {
    let secret = "spark.password=hunter2\\\"".repeat(1000);
    let log = format!("{{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":\"{secret}\"}}\n");
    let read = read_bytes("log", log.as_bytes(), &options());
    let told = format!("{} {:?}", read.report.bad_lines[0], read.report.bad_lines[0]);
    assert!(!told.contains("hunter2") && told.len() < 1000, "{told}");
    assert!(told.contains("a text, expected a number"), "{told}");
}

#[test]
fn more_threads_than_are_of_use_do_no_harm() {
    let read = read_bytes("log", END.as_bytes(), &options().threads(usize::MAX));
    assert_eq!(read.events.len(), 1);
}

#[test]
fn an_empty_log_is_complete_and_a_reader_that_is_given_up_says_so() {
    let read = read_bytes("log", b"", &options());
    assert!(read.report.is_intact());
    assert_eq!((read.report.counts.files, read.report.counts.lines), (1, 0));
    for threads in [1, 2] {
        let log = EventLog::open(fixture("local-1795229489076.gz")).unwrap();
        let mut reader = EventLogReader::open(&log, &options().threads(threads)).unwrap();
        assert!(reader.place().is_none());
        let _event = reader.read().unwrap();
        assert_eq!(reader.place().map(|place| place.line), Some(1));
        let Outcome::Stopped { after: Some(place) } = reader.finish().outcome else {
            panic!("it was given up")
        };
        assert_eq!(place.line, 1);
    }
}

#[test]
fn an_unknown_codec_is_an_error_that_names_it() {
    let mut reader = EventLogReader::of_reader("app-1.brotli", Cursor::new("\u{1}??"), &options()).unwrap();
    let error = reader.read().unwrap_err();
    assert_eq!(error.to_string(), "cannot tell how app-1.brotli is compressed");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "there is no codec `brotli`");
}

#[test]
fn an_unknown_event_is_kept_and_an_unknown_field_too() {
    let line = r#"{"Event":"org.example.Unheard","x":{"y":[1,2.50]}}"#;
    let read = read_bytes("log", line.as_bytes(), &options());
    assert_eq!(read.events[0].to_json(), line);
}

#[test]
fn raw_lines_stand_as_they_are_in_the_log() {
    let log = format!("{END}  \r\n\u{e9}\n\n");
    let mut lines = LogLines::of_reader("log", Cursor::new(log));
    let mut all = Vec::new();
    while let Some(line) = lines.read().unwrap() {
        let LogLine::Text(line) = line else { panic!("they are lines") };
        all.push((line.bytes().to_vec(), line.place().line, line.text().is_ok()));
    }
    assert_eq!(all[0], (format!("{END}  ").into_bytes(), 1, true));
    assert_eq!(all[1], ("\u{e9}".as_bytes().to_vec(), 2, true));
    assert_eq!(all[2], (Vec::new(), 3, false));
}

#[test]
fn a_reader_that_is_dropped_ends_its_threads() {
    struct Told(std::sync::mpsc::SyncSender<()>);
    impl std::io::Read for Told {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let line = b"{\"Event\":\"X\"}\n";
            buffer[..line.len()].copy_from_slice(line);
            Ok(line.len())
        }
    }
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.send(()).ok();
        }
    }
    let (dropped, is_dropped) = std::sync::mpsc::sync_channel(1);
    let mut reader = EventLogReader::of_reader("endless", Told(dropped), &options().threads(3)).unwrap();
    assert!(matches!(reader.read(), Ok(Some(Entry::Event(_)))));
    drop(reader);
    is_dropped.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
}

#[test]
fn a_log_read_from_any_reader_is_the_log_read_from_its_path() {
    for name in ["local-1795231852044.lz4", "local-1795231932075.zstd"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let by_reader =
            read_all(EventLogReader::of_reader("no extension", Cursor::new(bytes), &options()).unwrap());
        assert_eq!(by_reader.events, read_log(fixture(name)).events);
    }
}
