//! The command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{bail, ensure};
use clap::Parser;
use examples::serving::ServeArgs;
use listener_bus::DEFAULT_CAPACITY;

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
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
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

    /// Let a task of the gang come this much later to the exchange, where the others wait; may be repeated
    #[arg(long, value_name = "TASK:MILLIS", value_delimiter = ',', value_parser = pair::<u64>, requires = "barrier")]
    late: Vec<(usize, u64)>,

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
#[command(next_help_heading = "Events")]
pub(crate) struct EventArgs {
    /// Write an event log into this folder, as Spark does: `replay` reads it, and so does Spark's History Server
    #[arg(long, value_name = "DIR", conflicts_with = "no_events")]
    pub(crate) event_log: Option<PathBuf>,

    /// Run without a bus, to see what it costs: the report then tells nothing of stages, attempts and commits
    #[arg(long, conflicts_with = "page")]
    pub(crate) no_events: bool,

    /// Add a listener to the shared queue that takes this long for each event
    #[arg(long, value_name = "MILLIS", value_parser = millis, conflicts_with = "no_events")]
    pub(crate) slow_listener: Option<Duration>,

    /// Events that may wait in the shared queue; what comes when it is full is dropped
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CAPACITY)]
    pub(crate) shared_capacity: usize,
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
    /// The tasks of the gang, if no executor is lost.
    fn gang(&self) -> usize {
        self.engine.slots().min(self.engine.tasks())
    }

    /// Refuses what the options name and the engine will not have.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let (tasks, executors) = (self.engine.tasks(), self.engine.executors().len());
        let failing = self.faults.fail.iter().map(|(partition, _)| ("--fail", *partition));
        let slow = self.faults.slow.iter().map(|(partition, _)| ("--slow", *partition));
        for (option, partition) in failing.chain(slow) {
            let last = tasks - 1;
            ensure!(partition < tasks, "{option} names partition {partition}, but the last one is {last}");
        }
        let gang = self.gang();
        if let Some((task, _)) = self.faults.late.iter().find(|(task, _)| *task >= gang) {
            bail!("--late names task {task} of the gang, but the last one is {}", gang - 1);
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
        times(&self.slow)
    }

    pub(crate) fn late(&self) -> BTreeMap<usize, Duration> {
        times(&self.late)
    }
}

fn pair<N: std::str::FromStr>(text: &str) -> Result<(usize, N), String> {
    let parts = text.split_once(':').ok_or("it is not two numbers with a colon between")?;
    let first = parts.0.parse().ok().ok_or_else(|| format!("{:?} is not a partition", parts.0))?;
    let second = parts.1.parse().ok().ok_or_else(|| format!("{:?} is not a whole number", parts.1))?;
    Ok((first, second))
}

fn millis(text: &str) -> Result<Duration, String> {
    let millis = text.parse().ok().ok_or("it is not a whole number of milliseconds")?;
    Ok(Duration::from_millis(millis))
}

fn times(pairs: &[(usize, u64)]) -> BTreeMap<usize, Duration> {
    pairs.iter().map(|(of, millis)| (*of, Duration::from_millis(*millis))).collect()
}
