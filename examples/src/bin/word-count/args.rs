//! The command line.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{bail, ensure};
use clap::Parser;

/// How many executors the slots are spread over, if there are as many slots and tasks.
const EXECUTORS: usize = 3;
/// Tasks of a stage for each slot, unless told otherwise.
const TASKS_PER_SLOT: u16 = 4;

/// Counts the words of text files, as a small engine: a map stage, a reduce stage, commits, events.
#[derive(Debug, Parser)]
#[command(name = "word-count", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Text files, and folders that are searched for files. Without any: the text files of this program's repository
    #[arg(value_name = "FILE or DIR")]
    pub(crate) input: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    #[command(flatten)]
    pub(crate) faults: FaultArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) events: EventArgs,
}

const AFTER_HELP: &str = "\
A word is a run of letters, in lower case, whatever is between: what Unicode calls alphabetic, so an accent is part of its \
letter if it is one character with it. For words of ASCII letters, that is what `tr -cs A-Za-z '\\n' | tr A-Z a-z` gives.
Partitions, attempts and executors count from 0. --fail and --slow mean both stages.
Exit code: 0 if the words were counted; 1 otherwise, with the reason and no output; 2 for a wrong command line.
RUST_LOG sets what is logged to stderr (default: error).";

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Engine")]
pub(crate) struct EngineArgs {
    /// Tasks of the map stage, and of the reduce stage: the output has as many parts. Default: 4 for each slot
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    tasks: Option<u16>,

    /// Tasks that run at once, on up to three executors. Default: the machine's cores
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    slots: Option<u16>,

    /// Have a gang of tasks read the output, exchange their top words, and agree on the top ten
    #[arg(long)]
    pub(crate) barrier: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What goes wrong, and what is done about it")]
pub(crate) struct FaultArgs {
    /// Give a slow task a second attempt: one that takes 1.5 times the median, once three quarters are done
    #[arg(long)]
    pub(crate) speculate: bool,

    /// Let attempts fail when their work is done; those of the reduce stage once they may commit
    #[arg(long, value_name = "PARTITION:ATTEMPT", value_delimiter = ',', value_parser = pair::<i64>)]
    fail: Vec<(usize, i64)>,

    /// Let the first attempt at a partition take this much longer; may be repeated
    #[arg(long, value_name = "PARTITION:MILLIS", value_delimiter = ',', value_parser = pair::<u64>)]
    slow: Vec<(usize, u64)>,

    /// Lose this executor in the middle of the reduce stage, when a task there is done and has not told so
    #[arg(long, value_name = "N")]
    pub(crate) kill_executor: Option<usize>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Where the counts go. Default: a new folder, which is told
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Replace the output of an earlier run
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Events and metrics")]
pub(crate) struct EventArgs {
    /// Serve metrics for Prometheus under /metrics of this address; port 0 takes a free one
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub(crate) metrics: Option<SocketAddr>,

    /// Go on serving metrics for this long after the end
    #[arg(long, value_name = "SECONDS", requires = "metrics", value_parser = seconds)]
    pub(crate) linger: Option<Duration>,

    /// Write an event log into this folder, as Spark does: `replay` reads it, and so does Spark's History Server
    #[arg(long, value_name = "DIR", conflicts_with = "no_events")]
    pub(crate) event_log: Option<PathBuf>,

    /// Run without a bus, to see what it costs: the report then tells nothing of stages, attempts and commits
    #[arg(long)]
    pub(crate) no_events: bool,
}

impl EngineArgs {
    pub(crate) fn slots(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        self.slots.map_or_else(cores, usize::from)
    }

    pub(crate) fn tasks(&self) -> usize {
        self.tasks.map_or_else(|| self.slots() * usize::from(TASKS_PER_SLOT), usize::from)
    }

    /// The slots of each executor. There is none that would get no task.
    pub(crate) fn executors(&self) -> Vec<usize> {
        let (slots, executors) = (self.slots(), self.slots().min(self.tasks()).min(EXECUTORS));
        (0..executors).map(|executor| (slots - executor).div_ceil(executors)).collect()
    }
}

impl Args {
    /// Refuses what the options name and the engine will not have.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let (tasks, executors) = (self.engine.tasks(), self.engine.executors().len());
        let failing = self.faults.fail.iter().map(|(partition, _)| ("--fail", *partition));
        let slow = self.faults.slow.iter().map(|(partition, _)| ("--slow", *partition));
        for (option, partition) in failing.chain(slow) {
            let last = tasks - 1;
            ensure!(partition < tasks, "{option} names partition {partition}, but the last one is {last}");
        }
        match self.faults.kill_executor {
            Some(executor) if executor >= executors => {
                bail!("--kill-executor names executor {executor}, but the last one is {}", executors - 1)
            }
            _ => Ok(()),
        }
    }
}

impl FaultArgs {
    pub(crate) fn failing(&self) -> BTreeSet<(usize, i64)> {
        self.fail.iter().copied().collect()
    }

    pub(crate) fn slow(&self) -> BTreeMap<usize, Duration> {
        self.slow.iter().map(|(partition, millis)| (*partition, Duration::from_millis(*millis))).collect()
    }
}

fn pair<N: std::str::FromStr>(text: &str) -> Result<(usize, N), String> {
    let parts = text.split_once(':').ok_or("it is not two numbers with a colon between")?;
    let first = parts.0.parse().ok().ok_or_else(|| format!("{:?} is not a partition", parts.0))?;
    let second = parts.1.parse().ok().ok_or_else(|| format!("{:?} is not a whole number", parts.1))?;
    Ok((first, second))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().ok().ok_or("it is not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let mut addresses = text.to_socket_addrs().map_err(|error| error.to_string())?;
    addresses.next().ok_or_else(|| "it is no address".to_owned())
}
