use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use super::program::{args, command, event_log};
use crate::support::{Files, log};

/// Each command that takes logs, with what it needs besides.
fn commands(to: &Path) -> [Vec<std::ffi::OsString>; 4] {
    [
        vec!["cat".into()],
        vec!["stats".into()],
        vec!["check".into()],
        vec!["convert".into(), "--to".into(), to.into()],
    ]
}

#[test]
fn a_missing_log_is_named_and_the_others_are_read() {
    let files = Files::new();
    for command in commands(files.path()) {
        let run = event_log(command.into_iter().chain(args!["/no/such.log", log("d_failures")]));
        assert_eq!(run.error(), "cannot read /no/such.log: No such file or directory (os error 2)");
        assert!(!run.stdout.is_empty(), "{run:?}");
    }
}

#[test]
fn a_folder_without_logs_is_named() {
    let (files, to) = (Files::new(), Files::new());
    files.write("notes.txt", "nothing");
    for command in commands(to.path()) {
        let run = event_log(command.into_iter().chain(args![files.path()]));
        assert_eq!(run.error(), format!("{} has no event log in it", files.path().display()));
        let notes = files.path().join("notes.txt");
        assert!(run.stderr.contains(&format!("passed over: {} is no event log", notes.display())), "{run:?}");
    }
}

#[test]
fn garbage_is_told_as_such_and_not_printed() {
    let files = Files::new();
    let garbage: Vec<u8> = (0..5000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let path = files.write("app-1", garbage);
    let run = event_log(args!["cat", path]);
    assert_eq!((run.code, run.stdout.len()), (Some(1), 0), "{run:?}");
    assert!(!run.errors().is_empty() && run.stderr.is_ascii(), "{run:?}");
    let run = event_log(args!["check", "--json", path]);
    assert_eq!((run.code, &run.json()["logs"][0]["state"]), (Some(1), &"damaged".into()));
}

#[test]
fn a_file_of_an_unknown_codec_is_named() {
    let (files, to) = (Files::new(), Files::new());
    let path = files.write("app-1.brotli", "....");
    for command in &commands(to.path())[..2] {
        let run = event_log(command.iter().cloned().chain(args![path]));
        assert!(run.error().ends_with("is compressed: there is no codec `brotli`"), "{run:?}");
    }
    let run = event_log(args!["check", path]);
    assert_eq!(run.code, Some(1));
    assert!(run.text().contains("there is no codec `brotli`"), "{run:?}");
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let files = Files::new();
    let file = files.write("file", "");
    let to = file.join("to");
    let run = event_log(args!["convert", "--to", to, log("d_failures")]);
    assert!(run.error().starts_with(&format!("cannot create the folder {}: ", to.display())), "{run:?}");

    let sealed = files.path().join("sealed");
    fs::create_dir(&sealed).expect("there is room");
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o500)).expect("it is ours");
    if File::create(sealed.join("probe")).is_ok() {
        // Whoever runs this may write anywhere.
        return;
    }
    let run = event_log(args!["convert", "--to", sealed, log("d_failures")]);
    assert!(run.error().contains("Permission denied"), "{run:?}");
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let Ok(full) = File::create("/dev/full") else { return };
    for name in ["cat", "stats", "check"] {
        let full = full.try_clone().expect("there are descriptors left");
        let output =
            command().args(args![name, log("d_failures")]).stdout(full).output().expect("the tool runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert_eq!(
            stderr,
            "event-log: error: cannot write to standard output: No space left on device (os error 28)\n"
        );
    }
}

#[test]
fn a_wrong_command_line_is_refused_with_the_usage() {
    for wrong in [
        &[][..],
        &["cat"],
        &["dog", "log"],
        &["cat", "--stage", "1.x", "log"],
        &["cat", "--from", "noon", "log"],
        &["convert", "log"],
        &["convert", "--to", "x", "--codec", "brotli", "log"],
        &["convert", "--to", "x", "--codec", "gzip", "log"],
        &["convert", "--to", "x", "--layout", "square", "log"],
        &["convert", "--to", "x", "--max-file-size", "1m", "log"],
        &["convert", "--to", "x", "--compact", "--through-bus", "log"],
        &["check", "--threads", "0", "log"],
        &["follow", "--idle", "soon", "log"],
        &["follow"],
    ] {
        let run = event_log(wrong);
        assert_eq!((run.code, run.stdout.len()), (Some(2), 0), "{run:?}");
        assert!(run.stderr.contains("Usage") || run.stderr.contains("--help"), "{run:?}");
    }
}

#[test]
fn every_command_explains_itself_with_examples() {
    let run = event_log(["--help"]).well();
    for word in ["cat", "stats", "convert", "check", "follow", "Exit code: 0", "Examples:"] {
        assert!(run.text().contains(word), "{word}");
    }
    for name in ["cat", "stats", "convert", "check", "follow"] {
        let run = event_log([name, "--help"]).well();
        assert!(run.text().contains(&format!("Examples:\n  event-log {name} ")), "{run:?}");
    }
}

#[test]
fn a_closed_pipe_is_a_quiet_success_whatever_the_command() {
    for name in ["stats", "check"] {
        let mut child = command()
            .args(args![name, log("d_failures")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    }
}
