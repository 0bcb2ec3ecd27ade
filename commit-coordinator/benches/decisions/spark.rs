//! Spark's side: a process that measures what it is told to, so that both sides take turns.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::outcome::Outcome;

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
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{program} cannot be started"))?;
        let commands = child.stdin.take().context("a process without its pipes")?;
        let answers = BufReader::new(child.stdout.take().context("a process without its pipes")?);
        Ok(Self { child, commands, answers })
    }

    /// Has it measure a workload.
    pub(crate) fn measure(&mut self, workload: &str, threads: i32, at_least: Duration) -> Result<Outcome> {
        self.answer(&format!("{workload} {threads}"), at_least)
    }

    /// Has it measure memory; the time in the answer is bytes.
    pub(crate) fn memory(&mut self, what: &str) -> Result<Outcome> {
        self.answer(&format!("memory {what}"), Duration::ZERO)
    }

    fn answer(&mut self, what: &str, at_least: Duration) -> Result<Outcome> {
        writeln!(self.commands, "{what} {}", at_least.as_millis())?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        match line.strip_prefix(what) {
            Some(numbers) => {
                Outcome::parse(numbers).and_then(Outcome::check).with_context(|| format!("Spark's {what}"))
            }
            None => bail!("Spark's side was to answer {what:?}, and said {line:?}"),
        }
    }
}
