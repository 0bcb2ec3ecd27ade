use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use crate::support::{Files, assert_conserved, command, gzip, log, replay, replay_json, text};

const LOG: &str = "d_failures";
const EVENTS: u64 = 81;

fn lines() -> Vec<String> {
    text(LOG).lines().map(str::to_owned).collect()
}

/// Where a line begins, from its number.
fn start(lines: &[String], number: usize) -> usize {
    lines[..number - 1].iter().map(|line| line.len() + 1).sum()
}

#[test]
fn a_missing_file_is_named() {
    let run = replay_json(&[Path::new("/no/such.log")]);
    assert_eq!(run.error(), "cannot read /no/such.log: No such file or directory (os error 2)");
    assert_conserved(&run.json(), 0);
}

#[test]
fn a_folder_without_logs_is_named() {
    let files = Files::new();
    let run = replay_json(&[files.path()]);
    assert_eq!(run.error(), format!("{} has no event log in it", files.path().display()));
}

#[test]
fn a_rolling_log_that_is_not_one_is_named() {
    let files = Files::new();
    let path = files.path().join("eventlog_v2_app-1");
    std::fs::create_dir(&path).expect("there is room for a directory");
    let expected = format!("{} has no file appstatus_*, as a rolling log must", path.display());
    assert_eq!(replay_json(&[&path]).error(), expected);
}

#[test]
fn what_is_in_a_folder_beside_logs_is_told_and_passed_over() {
    let files = Files::new();
    files.write("app-1", text(LOG));
    files.write("app-2.gz", gzip(text(LOG).as_bytes()));
    files.write("notes.txt", "nothing");
    files.write(".app-1.crc", "nothing");
    std::fs::create_dir(files.path().join("old")).expect("there is room for a directory");
    let run = replay_json(&[files.path()]);
    assert_eq!((run.code, run.errors().len()), (Some(0), 0), "{run:?}");
    assert_conserved(&run.json(), 2 * EVENTS);
    let (notes, old) = (files.path().join("notes.txt"), files.path().join("old"));
    assert!(
        run.stderr.contains(&format!("WARN passed over: {} is no event log", notes.display())),
        "{run:?}"
    );
    assert!(run.stderr.contains(&format!("WARN passed over: {} is a folder", old.display())), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 2, "{run:?}");
}

#[test]
fn a_file_of_an_unknown_codec_is_named_and_not_taken_for_corrupt_lines() {
    let files = Files::new();
    let path = files.write("app-1.brotli", "....");
    let shown = path.display();
    let expected =
        format!("cannot read {shown}: cannot tell how {shown} is compressed: there is no codec `brotli`");
    assert_eq!(replay_json(&[&path]).error(), expected);
}

#[test]
fn a_file_that_only_begins_as_its_codec_does_is_named() {
    let files = Files::new();
    let logs: [(&str, &[u8]); 4] = [
        ("app-1", b"\x28\xb5\x2f\xfd...................."),
        ("app-1.lz4", b"LZ4Block...................."),
        ("app-1.lzf", b"ZV\x01...................."),
        ("app-1.snappy", b"\x82SNAPPY\0...................."),
    ];
    for (name, content) in logs {
        let path = files.write(name, content);
        let run = replay_json(&[&path]);
        let expected = format!("cannot read {}: reading stopped in line 1 at byte 0: ", path.display());
        assert!(run.error().starts_with(&expected), "{run:?}");
        assert_conserved(&run.json(), 0);
    }
}

#[test]
fn an_empty_file_is_named() {
    let files = Files::new();
    for (name, content) in [("empty", Vec::new()), ("empty.gz", gzip(b""))] {
        let path = files.write(name, content);
        assert_eq!(replay_json(&[&path]).error(), format!("{} is empty", path.display()));
    }
}

#[test]
fn a_plain_file_that_is_gzip_by_name_alone_is_read() {
    let files = Files::new();
    let run = replay_json(&[&files.write("plain.gz", text(LOG))]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_conserved(&run.json(), EVENTS);
}

#[test]
fn a_corrupt_line_is_told_with_its_place_and_its_event_and_reading_goes_on() {
    let (files, mut lines) = (Files::new(), lines());
    lines[11] = lines[11].replace("\"Index\":", "\"Index\":#");
    let path = files.write("log", lines.join("\n"));
    let run = replay_json(&[&path]);
    let place = format!("line 12 at byte {}: SparkListenerTaskEnd", start(&lines, 12));
    let (error, path) = (run.error(), path.display());
    assert!(
        error.starts_with(&format!("{path} has 1 corrupt line, skipped; the first is {place}")),
        "{error}"
    );
    assert!(run.stderr.contains(&format!("WARN skipped a corrupt line of {path}: {place}")), "{run:?}");
    let summary = run.json();
    assert_eq!(summary["lines_skipped"], 1);
    assert_conserved(&summary, EVENTS - 1);
    assert_eq!(summary["application"]["duration_ms"], 16_521, "the end of the log was read");
}

#[test]
fn an_empty_line_and_one_that_is_not_utf_8_are_corrupt() {
    let files = Files::new();
    let mut log = text(LOG).into_bytes();
    log.splice(0..0, *b"\n\xff\n");
    let run = replay_json(&[&files.write("log", log)]);
    assert!(
        run.error()
            .contains("has 2 corrupt lines, skipped; the first is line 1 at byte 0: the line is empty"),
        "{run:?}"
    );
    assert!(run.stderr.contains("line 2 at byte 1: the line is not UTF-8 at column 1"), "{run:?}");
    assert_conserved(&run.json(), EVENTS);
}

#[test]
fn strict_stops_at_the_first_corrupt_line_and_sums_up_what_came_before() {
    let (files, mut lines) = (Files::new(), lines());
    lines[29] = "{}".to_owned();
    let path = files.write("log", lines.join("\n"));
    let run = replay([Path::new("--json"), Path::new("--strict"), &path, &log("executor-loss")]);
    let place = format!("line 30 at byte {}: a line does not name its event", start(&lines, 30));
    assert!(run.error().starts_with(&format!("{} has a corrupt line: {place}", path.display())), "{run:?}");
    assert_conserved(&run.json(), 29);
}

#[test]
fn a_cut_last_line_is_told_and_all_before_it_is_delivered() {
    let (files, text) = (Files::new(), text(LOG));
    let cut = &text[..text.len() - 10];
    let path = files.write("log.inprogress", cut);
    let run = replay_json(&[&path]);
    let place = format!("line 81 at byte {}: SparkListenerApplicationEnd is cut short", start(&lines(), 81));
    let error = run.error();
    assert!(
        error.starts_with(&format!("{}: the last line is cut short: {place}", path.display())),
        "{error}"
    );
    let summary = run.json();
    assert_eq!(summary["lines_skipped"], 1);
    assert_conserved(&summary, EVENTS - 1);
}

#[test]
fn a_cut_gzip_stream_is_told_and_all_before_the_cut_is_delivered() {
    let files = Files::new();
    let whole = std::fs::read(log(LOG)).expect("the log is there");
    let path = files.write("log.gz", &whole[..whole.len() * 2 / 3]);
    let run = replay_json(&[&path]);
    let error = run.error();
    assert!(
        error.starts_with(&format!("cannot read {}: reading stopped in line ", path.display())),
        "{error}"
    );
    assert!(error.contains(": the compressed stream is cut short: "), "{error}");
    let summary = run.json();
    let events = summary["events_read"].as_u64().expect("a count");
    assert!((1..EVENTS).contains(&events), "{summary}");
    assert_conserved(&summary, events);
}

#[test]
fn what_is_wrong_with_one_log_does_not_keep_the_next_from_being_replayed() {
    let files = Files::new();
    let empty = files.write("empty", "");
    let run = replay_json(&[Path::new("/no/such.log"), &log(LOG), &empty, &log("executor-loss")]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.errors().len(), 2, "{run:?}");
    assert_conserved(&run.json(), EVENTS + 174);
}

#[test]
fn a_port_in_use_is_named_and_nothing_is_replayed() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let run = replay(["--metrics", &address]);
    let expected = format!("cannot serve metrics on {address}: Address already in use");
    assert!(run.error().starts_with(&expected), "{run:?}");
    assert_eq!(run.stdout, "");
}

#[test]
fn a_capacity_of_zero_is_refused_with_the_name_of_a_queue() {
    let run = replay(["--capacity", "0"]);
    let expected = "capacity of event queue appStatus must be greater than 0, but 0 is configured";
    assert_eq!(run.error(), format!("cannot set up the bus: {expected}"));
}

#[test]
fn a_wrong_command_line_is_refused_with_the_usage() {
    for args in [
        &["--overflow", "drop"][..],
        &["--rate", "0"],
        &["--rate", "1", "--speed", "1"],
        &["--linger", "1"],
        &["--patience", "0"],
        &["--metrics", "nowhere"],
    ] {
        let run = replay(args);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(args[0]), "{run:?}");
    }
}

#[test]
fn a_closed_output_is_an_error_and_no_panic() {
    let mut child = command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the replay runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr, "replay: error: cannot write the summary: Broken pipe (os error 32)\n");
}
