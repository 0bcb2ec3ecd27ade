//! Spark's side: a process that floods its own bus when it is told to, so that both sides take turns.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::run::Run;

/// The queues of Spark's bus.
pub(crate) const QUEUES: usize = 4;

pub(crate) struct Spark {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Spark {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Spark {
    /// Starts a command: a program and its arguments, with spaces in between.
    pub(crate) fn start(command: &str) -> Result<Self> {
        let mut words = command.split_whitespace();
        let program = words.next().context("a command is wanted")?;
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
        let commands = child.stdin.take().context("a process without its pipes")?;
        let answers = BufReader::new(child.stdout.take().context("a process without its pipes")?);
        Ok(Self { child, commands, answers })
    }

    /// Has it flood a bus of that capacity with so many events.
    pub(crate) fn flood(&mut self, capacity: usize, posted: u64) -> Result<Run> {
        let what = format!("flood {capacity} {posted}");
        writeln!(self.commands, "{what}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let numbers = line.strip_prefix(&what).unwrap_or_default().split_whitespace().map(str::parse);
        let numbers: Vec<u64> = numbers.collect::<Result<_, _>>()?;
        let &[delivered, dropped, posting, cpu] = numbers.as_slice() else {
            anyhow::bail!("Spark's side was to answer {what:?}, and said {line:?}");
        };
        let expected = posted * QUEUES as u64;
        ensure!(delivered + dropped == expected, "Spark's side has lost count: {line:?}");
        let (posting, cpu) = (Duration::from_nanos(posting), Duration::from_nanos(cpu));
        Ok(Run { posted, expected, delivered, posting, cpu })
    }
}
