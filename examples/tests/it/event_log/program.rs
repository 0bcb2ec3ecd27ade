//! A run of the tool.

use std::ffi::OsStr;
use std::fmt;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::on_a_small_disk;

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {:?}\n{}\n{}", self.code, String::from_utf8_lossy(&self.stdout), self.stderr)
    }
}

impl Run {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("it writes UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.text()).expect("it writes JSON")
    }

    /// The errors, each of which is one line.
    pub(crate) fn errors(&self) -> Vec<&str> {
        assert!(!self.stderr.contains("panicked") && !self.stderr.contains("backtrace"), "{self:?}");
        self.stderr.lines().filter_map(|line| line.strip_prefix("event-log: error: ")).collect()
    }

    /// The only error.
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:?}");
        let errors = self.errors();
        assert_eq!(errors.len(), 1, "{self:?}");
        errors[0]
    }

    /// Checks that nothing was wrong.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!((self.code, &*self.stderr), (Some(0), ""), "{self:?}");
        self
    }
}

/// The tool, as a command that is yet to be run.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_event-log"));
    command.stdin(Stdio::null()).env_remove("RUST_LOG").env("RUST_BACKTRACE", "1");
    command
}

/// Runs the tool to its end.
pub(crate) fn event_log<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    finish(command().args(args))
}

/// Runs the tool where no file can be longer than 16 KiB.
pub(crate) fn event_log_on_a_small_disk<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    finish(on_a_small_disk(32, env!("CARGO_BIN_EXE_event-log")).args(args))
}

fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("the tool runs");
    let stderr = String::from_utf8(output.stderr).expect("it writes UTF-8");
    Run { code: output.status.code(), stdout: output.stdout, stderr }
}

/// Arguments of different types as one list.
macro_rules! args {
    ($($arg:expr),* $(,)?) => {
        [$(std::ffi::OsString::from(&$arg)),*]
    };
}
pub(crate) use args;
