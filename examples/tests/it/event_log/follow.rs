use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::program::{args, command, event_log};
use crate::support::{Files, log, text};

/// After so long, a test has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A tool that follows a log, until it is dropped.
struct Following {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Following {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Following {
    fn start(path: &Path, options: &[&str]) -> Self {
        let mut command = command();
        command.args(args!["follow", path]).args(options).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the tool runs");
        let stdout = child.stdout.take().expect("it is piped");
        Self { child, lines: read(stdout) }
    }

    fn next(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("it writes events")
    }

    /// What it writes until it ends, how it ends, and what it tells.
    fn end(mut self) -> (Vec<String>, Option<i32>, String) {
        let lines = self.lines.iter().collect();
        // Its output is at an end, and so is all that it waits for.
        let status = self.child.wait().expect("it is ours");
        let mut stderr = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut stderr).expect("it writes UTF-8");
        (lines, status.code(), stderr)
    }
}

fn read(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = sync_channel(10_000);
    let read = move || {
        for line in BufReader::new(stdout).lines() {
            let line = line.expect("it writes UTF-8");
            if sender.send(line).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("stdout".to_owned()).spawn(read).expect("there is room for a thread");
    lines
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(path).expect("it is there");
    file.write_all(text.as_bytes()).expect("there is room");
}

#[test]
fn events_come_as_they_are_written_and_following_ends_with_the_last_rename() {
    let (files, text) = (Files::new(), text("d_failures"));
    let path = files.path().join("app-1.inprogress");
    File::create(&path).expect("there is room");
    let following = Following::start(&path, &[]);
    let mut seen = Vec::new();
    // The last byte of a line comes with the first ones of the next.
    let halves: Vec<_> = text.lines().map(|line| format!("{line}\n")).collect();
    for line in &halves[..5] {
        let (start, end) = line.split_at(line.len() / 2);
        append(&path, start);
        append(&path, end);
        seen.push(following.next());
    }
    append(&path, &halves[5..].concat());
    fs::rename(&path, files.path().join("app-1")).expect("it is ours");
    let (rest, code, told) = following.end();
    seen.extend(rest);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(seen, text.lines().collect::<Vec<_>>());
    assert_eq!(told, "event-log: the log is complete: 81 events, 81 written\n");
}

#[test]
fn ctrl_c_ends_it_with_a_summary() {
    let (files, text) = (Files::new(), text("d_failures"));
    let path = files.write("app-1.inprogress", text.split_inclusive('\n').take(10).collect::<String>());
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let following = Following::start(&path, &["--event", "LogStart", "--event", "JobStart"]);
        assert!(following.next().contains("LogStart"));
        let pid = i32::try_from(following.child.id()).expect("ids are small");
        kill(Pid::from_raw(pid), signal).expect("it runs");
        let (_, code, told) = following.end();
        assert_eq!(code, Some(0), "{told}");
        assert!(told.starts_with("event-log: stopped: "), "{told}");
    }
}

#[test]
fn a_complete_log_is_read_to_its_end() {
    let run = event_log(args!["follow", log("d_failures"), "--event", "JobEnd"]);
    assert_eq!((run.code, run.text().lines().count()), (Some(0), 5), "{run:?}");
    assert_eq!(run.stderr, "event-log: the log is complete: 81 events, 5 written\n");
}

#[test]
fn a_limit_ends_it() {
    let files = Files::new();
    let path = files.write("app-1.inprogress", text("d_failures"));
    let run = event_log(args!["follow", path, "--limit", "2"]);
    assert_eq!((run.code, run.text().lines().count()), (Some(0), 2), "{run:?}");
    assert_eq!(run.stderr, "event-log: the limit is reached: 2 events, 2 written\n");
}

#[test]
fn a_log_that_does_not_grow_any_more_is_given_up_if_that_is_asked_for() {
    let (files, text) = (Files::new(), text("d_failures"));
    let path = files.write("app-1.inprogress", &text[..text.len() - 10]);
    let run = event_log(args!["follow", path, "--idle", "0.1"]);
    assert!(run.error().contains("the last line is cut short: line 81 at byte "), "{run:?}");
    assert_eq!(run.text().lines().count(), 80);
    assert!(run.stderr.contains("the log does not grow any more: 80 events, 80 written"), "{run:?}");
}

#[test]
fn a_log_that_does_not_appear_is_an_error() {
    let files = Files::new();
    let path = files.path().join("app-1.inprogress");
    let run = event_log(args!["follow", path, "--appears-within", "0"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.errors()[0].contains(&*path.to_string_lossy()), "{run:?}");
}

#[test]
fn a_limit_of_nothing_is_reached_at_once() {
    let files = Files::new();
    let path = files.write("app-1", text("d_failures"));
    let (lines, code, stderr) = Following::start(&path, &["--limit", "0"]).end();
    assert_eq!((lines, code), (Vec::new(), Some(0)));
    assert_eq!(stderr, "event-log: the limit is reached: 0 events, 0 written\n");
}
