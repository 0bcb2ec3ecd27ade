//! Spark's side: a process that replays what it is told to, so that both sides take turns.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::log::{Log, Stored};
use crate::run::Run;

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

    /// Has it replay the log as it is stored, with a codec by Spark's name.
    pub(crate) fn replay(&mut self, log: &Log, stored: Stored, codec: &str) -> Result<Run> {
        let what = format!("replay {codec}");
        writeln!(self.commands, "{what} {}", log.path(stored).display())?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut numbers = line.strip_prefix(&what).unwrap_or_default().split_whitespace();
        let (Some(events), Some(nanos), Some(cpu)) = (numbers.next(), numbers.next(), numbers.next()) else {
            bail!("Spark's side was to answer {what:?}, and said {line:?}");
        };
        Ok(Run {
            events: events.parse()?,
            bytes: log.bytes,
            took: Duration::from_nanos(nanos.parse()?),
            cpu: Duration::from_nanos(cpu.parse()?),
        })
    }
}
