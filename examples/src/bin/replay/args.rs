//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use examples::serving::ServeArgs;
use listener_bus::{APP_STATUS, DEFAULT_CAPACITY, EVENT_LOG, EXECUTOR_MANAGEMENT, Overflow, SHARED};

/// A full queue makes the reader wait for this long unless told otherwise: nothing is lost to a listener that is
/// merely slow.
const BLOCK_AT_MOST: Duration = Duration::from_mins(1);

/// Replays event logs through a listener bus with the four standard queues, and sums them up.
#[derive(Debug, Parser)]
#[command(name = "replay", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) queues: QueueArgs,
    #[command(flatten)]
    pub(crate) pace: PaceArgs,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

const AFTER_HELP: &str = "\
Exit code: 0 if every line was read and every event was delivered, or dropped by the policy and counted; \
1 otherwise, with one line for each reason; 2 for a wrong command line.
Places in a log: lines and columns count from 1, bytes from 0, all of them uncompressed.
RUST_LOG sets what is logged to stderr (default: warn).";

#[derive(Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// Event logs, replayed in turn: single files and the folders of rolling logs, plain or compressed with zstd, lz4,
    /// snappy, lzf or gzip. Of any other folder, all logs in it. Without any: a small log that comes with the program
    #[arg(value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,

    /// Stop at the first line that is not an event, instead of skipping and counting it
    #[arg(long)]
    pub(crate) strict: bool,

    /// Threads that read and parse ahead; 1 leaves it to the thread that posts. Default: one for each core
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

impl InputArgs {
    pub(crate) fn threads(&self) -> usize {
        let threads = self.threads.or_else(|| thread::available_parallelism().ok());
        threads.map_or(1, NonZeroUsize::get)
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Queues")]
pub(crate) struct QueueArgs {
    /// Events that may wait in each queue
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CAPACITY)]
    pub(crate) capacity: usize,

    /// What a full queue does: drop-newest, drop-oldest, or block:SECONDS, which lets the reader wait and drops the
    /// event if there is still no room; `block` alone is block:60
    #[arg(long, value_name = "POLICY", default_value = "block", value_parser = overflow)]
    pub(crate) overflow: Overflow,

    /// Add a listener that takes this long for each event; see what it does with --capacity 10 --overflow drop-newest
    #[arg(long, value_name = "MILLIS", value_parser = millis)]
    pub(crate) slow_listener: Option<Duration>,

    /// The queue of the slow listener
    #[arg(long, value_name = "QUEUE", default_value = EXECUTOR_MANAGEMENT, requires = "slow_listener")]
    pub(crate) slow_queue: StandardQueue,

    /// Give up on a listener that spends longer on one event
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = some_seconds)]
    pub(crate) patience: Duration,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pace (default: as fast as the listeners can)")]
pub(crate) struct PaceArgs {
    /// Post this many events a second
    #[arg(long, value_name = "EVENTS_PER_SECOND", value_parser = positive, conflicts_with = "speed")]
    pub(crate) rate: Option<f64>,

    /// Post at this many times the log's own pace
    #[arg(long, value_name = "X", value_parser = positive)]
    pub(crate) speed: Option<f64>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Write the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// One of the queues that the scheduler's own listeners are on.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum StandardQueue {
    #[value(name = APP_STATUS)]
    AppStatus,
    #[value(name = EXECUTOR_MANAGEMENT)]
    ExecutorManagement,
    #[value(name = SHARED)]
    Shared,
    #[value(name = EVENT_LOG)]
    EventLog,
}

impl StandardQueue {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AppStatus => APP_STATUS,
            Self::ExecutorManagement => EXECUTOR_MANAGEMENT,
            Self::Shared => SHARED,
            Self::EventLog => EVENT_LOG,
        }
    }
}

fn overflow(text: &str) -> Result<Overflow, String> {
    match text.split_once(':') {
        None if text == "drop-newest" => Ok(Overflow::DropNewest),
        None if text == "drop-oldest" => Ok(Overflow::DropOldest),
        None if text == "block" => Ok(Overflow::Block { at_most: BLOCK_AT_MOST }),
        Some(("block", at_most)) => Ok(Overflow::Block { at_most: seconds(at_most)? }),
        _ => Err("it is none of drop-newest, drop-oldest, block, block:SECONDS".to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().ok().ok_or("it is not a number of seconds")?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    seconds(text)
        .and_then(|time| if time.is_zero() { Err("it must be above 0".to_owned()) } else { Ok(time) })
}

fn millis(text: &str) -> Result<Duration, String> {
    let millis = text.parse().ok().ok_or("it is not a whole number of milliseconds")?;
    Ok(Duration::from_millis(millis))
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("it is not a number above 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_policy_is_read_with_or_without_a_time() {
        assert_eq!(overflow("drop-oldest"), Ok(Overflow::DropOldest));
        assert_eq!(overflow("block"), Ok(Overflow::Block { at_most: BLOCK_AT_MOST }));
        assert_eq!(overflow("block:0.5"), Ok(Overflow::Block { at_most: Duration::from_millis(500) }));
        for wrong in ["", "drop", "block:", "block:-1", "block:soon", "drop-newest:1"] {
            assert!(overflow(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pace_is_a_number_above_zero() {
        assert_eq!(positive("0.5"), Ok(0.5));
        for wrong in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(positive(wrong).is_err(), "{wrong}");
        }
    }
}
