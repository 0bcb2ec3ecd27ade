use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

/// What a run of the replay came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The summary, which is the one JSON document on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect(&self.stdout)
    }

    /// The errors, each of which is one line.
    pub(crate) fn errors(&self) -> Vec<&str> {
        assert!(!self.stderr.contains("panicked") && !self.stderr.contains("backtrace"), "{self:?}");
        self.stderr.lines().filter_map(|line| line.strip_prefix("replay: error: ")).collect()
    }

    /// The only error.
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        let errors = self.errors();
        assert_eq!(errors.len(), 1, "{self:?}");
        errors[0]
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {:?}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

/// The replay, as a command that is yet to be run.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    command
        .stdin(Stdio::null())
        .env_remove("RUST_LOG")
        .env_remove("STATUS_PAGE_TOKEN")
        .env("RUST_BACKTRACE", "1");
    command
}

/// Runs the replay to its end.
pub(crate) fn replay<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    let output = command().args(args).output().expect("the replay runs");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("it writes UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("it writes UTF-8"),
    }
}

/// Runs the replay on logs, for a summary as JSON.
pub(crate) fn replay_json(logs: &[&Path]) -> Run {
    replay([Path::new("--json")].iter().chain(logs))
}

/// A program, yet to be run, that can make no file longer than so many blocks of 512 bytes: it gets an error.
pub(crate) fn on_a_small_disk(blocks: u32, program: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, program]);
    command
        .stdin(Stdio::null())
        .env_remove("RUST_LOG")
        .env_remove("STATUS_PAGE_TOKEN")
        .env("RUST_BACKTRACE", "1");
    command
}

/// A log of the tests' own, compressed.
pub(crate) fn log(name: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR"));
    if name == "executor-loss" {
        data.join("data/executor-loss.gz")
    } else {
        data.join(format!("tests/data/{name}.gz"))
    }
}

/// A log, or whatever else it is, as Spark has stored it.
pub(crate) fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../listener-bus/tests/data/event-logs").join(name)
}

/// The stored log that ends in the middle of its compressed stream.
pub(crate) const CUT: &str = "local-1795233136409.zstd.inprogress";

/// The text of that log.
pub(crate) fn text(name: &str) -> String {
    let file = fs::File::open(log(name)).expect(name);
    let mut text = String::new();
    MultiGzDecoder::new(file).read_to_string(&mut text).expect(name);
    text
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).expect("memory does not fail");
    encoder.finish().expect("memory does not fail")
}

/// A directory for the files of one test.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("there is room for a directory"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).expect("there is room for a file");
        path
    }
}

/// Checks that every queue was offered `events`, and that none of them is missing.
pub(crate) fn assert_conserved(summary: &Value, events: u64) {
    assert_eq!(summary["events_read"], events);
    let queues = summary["queues"].as_array().expect("a list");
    let names: Vec<_> = queues.iter().map(|queue| queue["name"].as_str().expect("a text")).collect();
    assert_eq!(names, ["appStatus", "executorManagement", "shared", "eventLog"]);
    for queue in queues {
        assert_eq!(queue["posted"], events, "{queue}");
        assert_eq!(number(&queue["delivered"]) + dropped(queue), events, "{queue}");
    }
}

/// The queue of this name.
pub(crate) fn queue<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let queues = summary["queues"].as_array().expect("a list");
    queues.iter().find(|queue| queue["name"] == name).expect(name)
}

/// What a queue has dropped, for whatever reason.
pub(crate) fn dropped(queue: &Value) -> u64 {
    queue["dropped"].as_object().expect("an object").values().map(number).sum()
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().expect("a count")
}
