//! What cannot be counted is named, and leaves nothing behind.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use commit_coordinator::files::{FileCommitProtocol, block_on};
use tempfile::TempDir;

use super::program::{Run, count, counts, run};

struct Case {
    scratch: TempDir,
    input: PathBuf,
    output: PathBuf,
}

impl Case {
    fn new(text: impl AsRef<[u8]>) -> Self {
        let scratch = TempDir::new().expect("there is room for a folder");
        let (input, output) = (scratch.path().join("text"), scratch.path().join("counts"));
        fs::write(&input, text).expect("there is room for a file");
        Self { scratch, input, output }
    }

    fn run(&self, options: &str) -> Run {
        count(self.scratch.path(), &self.input, &self.output, options)
    }
}

#[test]
fn what_is_not_utf_8_is_named_with_its_place_and_leaves_nothing_behind() {
    let mut text = "word ".repeat(2_000).into_bytes();
    text[6_543] = 0xff;
    for tasks in [1, 2, 50] {
        let case = Case::new(&text);
        let run = case.run(&format!("--tasks {tasks} --slots 2 --speculate"));
        let expected = format!("{}: it is not UTF-8 at byte 6543", case.input.display());
        assert!(run.error().ends_with(&expected), "{run:?}");
        assert!(!case.output.exists());
        assert_eq!(run.lines("Output"), [""; 0]);
    }
}

#[test]
fn a_job_that_fails_leaves_the_output_that_it_was_to_replace() {
    let case = Case::new("one two two");
    case.run("--tasks 2").assert_success();
    fs::write(&case.input, b"three\xff").expect("there is room for a file");
    case.run("--tasks 2 --overwrite").error();
    // That the job was aborted is remembered there, for others may be at work in the folder.
    let protocol = FileCommitProtocol::on_disk(&case.output).expect("the folder is there").build();
    block_on(protocol.clean()).expect("nobody is at work there");
    assert_eq!(counts(&case.output, 2), [("one".to_owned(), 1), ("two".to_owned(), 2)].into());
}

#[test]
fn output_that_exists_is_refused_unless_it_is_to_be_replaced() {
    let case = Case::new("one two two");
    case.run("--tasks 2").assert_success();
    let expected = format!("cannot write to {}: there is output already", case.output.display());
    let run = case.run("--tasks 3");
    assert!(run.error().starts_with(&expected), "{run:?}");
    assert_eq!(run.stdout, "", "it is refused before any work");
    fs::write(&case.input, "three").expect("there is room for a file");
    case.run("--tasks 3 --overwrite").assert_success();
    assert_eq!(counts(&case.output, 3), [("three".to_owned(), 1)].into());
}

#[test]
fn a_folder_with_files_of_others_is_left_alone() {
    let case = Case::new("one");
    fs::create_dir(&case.output).expect("there is room for a folder");
    fs::write(case.output.join("letter"), "dear").expect("there is room for a file");
    assert!(case.run("--tasks 1 --overwrite").error().contains("letter"));
    assert_eq!(fs::read_to_string(case.output.join("letter")).expect("it is there"), "dear");
}

#[test]
fn options_that_name_what_is_not_there_are_refused_before_any_work() {
    let case = Case::new("one");
    for (options, expected) in [
        ("--tasks 4 --fail 4:0", "--fail names partition 4, but the last one is 3"),
        ("--tasks 4 --slow 9:10", "--slow names partition 9, but the last one is 3"),
        ("--tasks 4 --slots 2 --kill-executor 2", "--kill-executor names executor 2, but the last one is 1"),
        ("--tasks 1 --slots 8 --kill-executor 1", "--kill-executor names executor 1, but the last one is 0"),
    ] {
        let run = case.run(options);
        assert_eq!((run.error(), run.stdout.as_str()), (expected, ""));
        assert!(!case.output.exists());
    }
}

#[test]
fn a_wrong_command_line_is_refused_with_the_usage() {
    let case = Case::new("one");
    for options in
        ["--slots 0", "--tasks 0", "--fail 1", "--fail x:0", "--slow 1:-5", "--metrics nowhere", "--linger 1"]
    {
        let run = case.run(options);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(options.split(' ').next().expect("it is not empty")), "{run:?}");
        assert!(!case.output.exists());
    }
    let run = run(case.scratch.path(), ["--overwrite"]);
    assert!(run.code == Some(2) && run.stderr.contains("--output"), "{run:?}");
}

#[test]
fn input_that_is_not_there_is_named() {
    let case = Case::new("one");
    let run = count(case.scratch.path(), "/no/such.txt".as_ref(), &case.output, "");
    assert_eq!(run.error(), "cannot read /no/such.txt: No such file or directory (os error 2)");
    let run = count(case.scratch.path(), "/dev/null".as_ref(), &case.output, "");
    assert_eq!(run.error(), "cannot read /dev/null: it is neither a file nor a folder");
    assert!(!case.output.exists());
}

#[test]
fn an_address_in_use_is_named_before_any_work() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound");
    let case = Case::new("one");
    let run = case.run(&format!("--metrics {address}"));
    assert!(run.error().starts_with(&format!("cannot serve metrics on {address}: ")), "{run:?}");
    assert!(run.stdout.is_empty() && !case.output.exists(), "{run:?}");
}
