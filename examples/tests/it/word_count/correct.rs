//! The counts are those of the system's own tools, whatever goes wrong.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::program::{count, counts, peer, run};

/// ASCII text with words of all frequencies, and with all that can be between and around them.
fn ascii_text(words: u32) -> String {
    const BETWEEN: [&str; 8] = [" ", "\n", ", ", "'", " 42 ", "\t\t", "\r\n", "_"];
    let mut text = String::new();
    let mut state = 1_u64;
    for _ in 0..words {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = state >> 33;
        let rank = (draw % 4_096) >> ((draw >> 12) % 12);
        let between = BETWEEN[usize::try_from((draw >> 20) % 8).expect("it is small")];
        let word: String = format!("{rank:o}").bytes().map(|digit| char::from(digit + b'a' - b'0')).collect();
        let word = if (draw >> 24).is_multiple_of(8) { word.to_uppercase() } else { word };
        write!(text, "{word}{between}").expect("memory does not fail");
    }
    text
}

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

    /// Runs with these options, and compares with the peer.
    fn assert_as_peer(&self, partitions: usize, options: &str) -> super::program::Run {
        let run = count(self.scratch.path(), &self.input, &self.output, options);
        run.assert_success();
        assert_eq!(counts(&self.output, partitions), peer(&self.input), "{options}");
        run
    }
}

#[test]
fn the_counts_are_those_of_the_peer() {
    Case::new(ascii_text(50_000)).assert_as_peer(7, "--tasks 7 --slots 3");
}

#[test]
fn the_counts_are_those_of_the_peer_with_each_failure() {
    for options in [
        "--fail 0:0,3:0,3:1,3:2",
        "--slow 1:50 --slow 2:20",
        "--speculate --slow 4:600000",
        "--kill-executor 0",
        "--kill-executor 1 --fail 1:0",
        "--kill-executor 2 --slow 2:50",
        "--barrier",
        "--no-events",
    ] {
        Case::new(ascii_text(5_000)).assert_as_peer(5, &format!("--tasks 5 --slots 4 {options}"));
    }
}

#[test]
fn the_counts_are_those_of_the_peer_with_all_failures_at_once() {
    let all = "--speculate --fail 0:0,3:0,3:1,4:1 --slow 5:600000,6:30 --kill-executor 1 --barrier";
    for slots in [2, 3, 6] {
        let options = format!("--tasks 9 --slots {slots} {all}");
        Case::new(ascii_text(5_000)).assert_as_peer(9, &options);
    }
}

#[test]
fn the_top_words_are_the_same_whether_a_gang_agrees_on_them_or_the_driver_reads_them() {
    let text = ascii_text(5_000);
    let alone = Case::new(&text).assert_as_peer(5, "--tasks 5 --slots 3");
    let agreed = Case::new(&text).assert_as_peer(5, "--tasks 5 --slots 3 --barrier");
    assert_eq!(alone.lines("Top words").len(), 10);
    assert_eq!(alone.lines("Top words"), agreed.lines("Top words"));
    agreed.assert_tells("Stages", &["2", "top words: 3 tasks, 3 attempts", "3 Success"]);
}

#[test]
fn text_without_words_and_files_without_text_give_an_output_without_words() {
    for text in ["", "42\n\n--- 7"] {
        Case::new(text).assert_as_peer(3, "--tasks 3 --slots 2 --barrier --kill-executor 1");
    }
}

#[test]
fn more_tasks_than_bytes_do_no_harm() {
    Case::new("ab c ab").assert_as_peer(40, "--tasks 40 --slots 2");
}

#[test]
fn letters_beyond_ascii_count_as_letters() {
    let case = Case::new("Straße, STRASSE: naïve Ärger, ärger – 日本 don't");
    count(case.scratch.path(), &case.input, &case.output, "--tasks 3").assert_success();
    let words = counts(&case.output, 3);
    let expected =
        [("don", 1), ("naïve", 1), ("strasse", 1), ("straße", 1), ("t", 1), ("ärger", 2), ("日本", 1)];
    assert_eq!(words, expected.map(|(word, count)| (word.to_owned(), count)).into());
}

#[test]
fn folders_are_searched_and_hidden_files_are_not_read() {
    let scratch = TempDir::new().expect("there is room for a folder");
    let folder = scratch.path().join("texts/inner");
    fs::create_dir_all(&folder).expect("there is room for a folder");
    for (name, text) in [("a", "one two"), ("b", "two"), (".hidden", "three")] {
        fs::write(folder.join(name), text).expect("there is room for a file");
    }
    let output = scratch.path().join("counts");
    count(scratch.path(), &scratch.path().join("texts"), &output, "--tasks 1").assert_success();
    assert_eq!(counts(&output, 1), [("one".to_owned(), 1), ("two".to_owned(), 2)].into());
}

#[test]
fn without_arguments_the_text_files_of_the_repository_are_counted_into_a_new_folder() {
    let scratch = TempDir::new().expect("there is room for a folder");
    // Its own folder, or it would be taken for what a run has left.
    let output = scratch.path().join("counts");
    let found = run(scratch.path(), ["--output".as_ref(), output.as_os_str()]);
    found.assert_success();
    assert_eq!(found.lines("Top words").len(), 10);
    let told = super::program::command().env("TMPDIR", scratch.path()).output().expect("it runs");
    let told = String::from_utf8(told.stdout).expect("it writes UTF-8");
    let line = told.lines().find_map(|line| line.strip_prefix("Output")).expect(&told);
    let folder = line.split_once(" (").expect(line).0.trim();
    assert!(folder.starts_with(scratch.path().to_str().expect("UTF-8")), "{folder}");
    assert!(PathBuf::from(folder).join("_SUCCESS").exists(), "{folder}");
}
