//! The program whose page is looked at.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use crate::{PATIENCE, RUN_WITHIN};

/// Tasks of a stage, and how many run at once.
pub(crate) const TASKS: u64 = 60;
const SLOTS: u64 = 6;
/// Attempts that fail, in both stages.
const FAILING: &str = "3:0,7:0,7:1,20:0";
/// How many of a stage that is.
pub(crate) const FAILURES: usize = 4;
/// A task of the gang, and how late it comes, in milliseconds.
const LATE: &str = "2:12000";

/// A word count that takes its time, with a listener that takes too much of it.
pub(crate) struct WordCount {
    child: Child,
    notes: Lines<BufReader<ChildStderr>>,
    pub(crate) url: String,
    _output: TempDir,
}

impl WordCount {
    pub(crate) async fn start(program: &Path, text: &Path) -> anyhow::Result<Self> {
        let output = tempfile::Builder::new().prefix("browser-word-count-").tempdir()?;
        let mut child = Command::new(program)
            .arg(text)
            .arg("--output")
            .arg(output.path().join("counts"))
            .args(["--tasks", &TASKS.to_string(), "--slots", &SLOTS.to_string()])
            .args(["--fail", FAILING, "--slow", &slow(), "--speculate", "--barrier", "--late", LATE])
            .args(["--page", "127.0.0.1:0", "--slow-listener", "600", "--shared-capacity", "8"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut notes = BufReader::new(child.stderr.take().context("it is piped")?).lines();
        let note = timeout(PATIENCE, notes.next_line()).await.context("the word count serves no page")??;
        let note = note.context("the word count has ended")?;
        let url = note
            .strip_prefix("word-count: page on ")
            .with_context(|| format!("it says {note:?}"))?
            .to_owned();
        Ok(Self { child, notes, url, _output: output })
    }

    /// Waits until the words are counted.
    pub(crate) async fn counted(&mut self) -> anyhow::Result<()> {
        let counting = until_it_stays(&mut self.notes);
        timeout(RUN_WITHIN, counting).await.with_context(|| format!("not counted within {RUN_WITHIN:?}"))?
    }

    /// Stops it as a user does.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().context("the word count has ended")?;
        kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM)?;
        let status =
            timeout(PATIENCE, self.child.wait()).await.context("SIGTERM does not end the word count")??;
        ensure!(status.success(), "the word count ends with {status}");
        Ok(())
    }
}

async fn until_it_stays(notes: &mut Lines<BufReader<ChildStderr>>) -> anyhow::Result<()> {
    while let Some(note) = notes.next_line().await? {
        if note.starts_with("word-count: page stays on ") {
            return Ok(());
        }
    }
    bail!("the word count has ended")
}

/// How much longer each task takes: some a little, a few a lot.
fn slow() -> String {
    let millis = |task: u64| match task {
        11 => 60_000,
        12 | 40 => 9_000,
        _ => 1_000 + task * 7_919 % 2_500,
    };
    let slow: Vec<_> = (0..TASKS).map(|task| format!("{task}:{}", millis(task))).collect();
    slow.join(",")
}
