//! A run of the program, and its peer: the tools every system has.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use commit_coordinator::files::{FileCommitProtocol, block_on};

/// Words and their counts.
pub(crate) type Words = BTreeMap<String, u64>;

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The only error.
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        let mut errors = self.stderr.lines().filter_map(|line| line.strip_prefix("word-count: error: "));
        let error = errors.next().expect(&self.stderr);
        assert_eq!(errors.next(), None, "{self:?}");
        error
    }

    /// The lines under a label.
    pub(crate) fn lines(&self, label: &str) -> Vec<&str> {
        let mut under = "";
        let lines = self.stdout.lines().filter(|line| {
            let (first, _) = line.split_at(line.len().min(12));
            if !first.trim().is_empty() {
                under = first.trim();
            }
            under == label
        });
        lines.map(|line| line[12..].trim()).collect()
    }

    /// Whether a line under the label has all of these.
    #[track_caller]
    pub(crate) fn assert_tells(&self, label: &str, parts: &[&str]) {
        let tells = |line: &&str| parts.iter().all(|part| line.contains(part));
        assert!(self.lines(label).iter().any(tells), "{parts:?} is not in {}\n{}", self.stdout, self.stderr);
    }

    #[track_caller]
    pub(crate) fn assert_success(&self) {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
    }
}

/// The program, as a command that is yet to be run.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_word-count"));
    command
        .stdin(Stdio::null())
        .env_remove("RUST_LOG")
        .env_remove("STATUS_PAGE_TOKEN")
        .env("RUST_BACKTRACE", "1");
    command
}

/// Runs it to its end, with its temporary files in `scratch`, where nothing of them may be left.
pub(crate) fn run(scratch: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    let temporary = scratch.join("tmp");
    fs::create_dir_all(&temporary).expect("there is room for a folder");
    let output = command().args(args).env("TMPDIR", &temporary).output().expect("it runs");
    fs::remove_dir(&temporary).expect("no temporary file is left");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("it writes UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("it writes UTF-8"),
    }
}

/// Runs it on a file, with options in one text.
pub(crate) fn count(scratch: &Path, input: &Path, output: &Path, options: &str) -> Run {
    let paths = [input.as_os_str(), OsStr::new("--output"), output.as_os_str()];
    run(scratch, paths.into_iter().chain(options.split_whitespace().map(OsStr::new)))
}

/// The counts of an output, as its manifest says; every file there is as the manifest says, and there is no other.
pub(crate) fn counts(folder: &Path, partitions: usize) -> Words {
    let protocol = FileCommitProtocol::on_disk(folder).expect("the folder is there").build();
    let manifest = block_on(protocol.verify()).expect("the output is whole");
    assert_eq!(manifest.partitions.len(), partitions);
    let named: Vec<_> = manifest.files().map(|file| file.name.clone()).collect();
    assert_eq!(named, listed(folder), "the manifest names each file, and a listing finds no other");
    let mut words = Words::new();
    for name in named {
        add_lines(&mut words, &folder.join(name));
    }
    assert_eq!(manifest.totals.rows, words.len() as u64, "each word is in one partition");
    words
}

/// What lies in an output folder but for the manifest, by name.
fn listed(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name().into_string().expect("ASCII"));
    let mut names: Vec<_> = names.filter(|name| name != "_SUCCESS").collect();
    names.sort_unstable();
    names
}

fn add_lines(words: &mut Words, path: &Path) {
    for line in fs::read_to_string(path).expect("it is UTF-8").lines() {
        let (word, count) = line.split_once('\t').expect(line);
        let before = words.insert(word.to_owned(), count.parse().expect(line));
        assert_eq!(before, None, "{word} is there twice");
    }
}

/// The counts of the words of ASCII letters in a file, by the system's own tools.
pub(crate) fn peer(input: &Path) -> Words {
    let script = r"tr -cs 'A-Za-z' '\n' < $0 | tr 'A-Z' 'a-z' | sort | uniq -c";
    let output = Command::new("sh").args(["-c", script]).arg(input).env("LC_ALL", "C").output();
    let output = output.expect("the tools are there");
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).expect("ASCII");
    let counted = lines.lines().filter_map(|line| line.trim_start().split_once(' '));
    // What comes before the first word is an empty line.
    let words = counted.filter(|(_, word)| !word.is_empty());
    words.map(|(count, word)| (word.to_owned(), count.parse().expect("a number"))).collect()
}
