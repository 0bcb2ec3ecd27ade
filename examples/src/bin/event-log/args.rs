//! The command line.

mod parse;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use listener_bus::event_log::Codec;

use crate::facts::Stage;

/// Looks at Spark's event logs and rewrites them.
#[derive(Debug, Parser)]
#[command(name = "event-log", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
A LOG is a file, or the folder eventlog_v2_* of a rolling log; of any other folder, all logs in it are taken. \
Each may be plain or compressed with zstd, lz4, snappy, lzf or gzip, complete, in progress or cut short.

Exit code: 0 if all went well; 1 otherwise, with one line for each reason; 2 for a wrong command line.
Places in a log: lines and columns count from 1, bytes from 0, all of them uncompressed.

Examples:
  event-log stats eventlog_v2_app-1
  event-log cat --event TaskEnd --stage 3.0 app-1.zstd | jq '.\"Task Metrics\"'
  event-log check /var/log/spark-events
  event-log convert app-1 --to smaller --codec zstd --compact
  event-log follow app-1.inprogress --event JobEnd";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write events to stdout as they stand in the log, one JSON object a line
    #[command(after_help = CAT_EXAMPLES)]
    Cat(CatArgs),
    /// Count events, and tell what takes the space
    #[command(after_help = STATS_EXAMPLES)]
    Stats(StatsArgs),
    /// Write logs again: in another codec or layout, or without the tasks of finished jobs
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(ConvertArgs),
    /// Tell what is wrong with logs
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Write the events of a live log to stdout as they come, until it is complete or Ctrl-C
    #[command(after_help = FOLLOW_EXAMPLES)]
    Follow(FollowArgs),
}

const CAT_EXAMPLES: &str = "\
Lines that are not events are told on stderr and left out; the exit code is 1 then.

Examples:
  event-log cat app-1.zstd
  event-log cat --event JobStart --event JobEnd app-1.lz4
  event-log cat --stage 3 --limit 10 eventlog_v2_app-1
  event-log cat --from 2026-11-21T03:00:00Z --to 2026-11-21T03:05:00Z app-1";

const STATS_EXAMPLES: &str = "\
Examples:
  event-log stats app-1.zstd
  event-log stats --top 50 /var/log/spark-events
  event-log stats --json app-1 | jq '.events[0]'";

const CONVERT_EXAMPLES: &str = "\
Without --compact and --through-bus every line stays as it is, byte for byte. Lines that are not events are \
left out in any case, and told; the exit code is 1 then. What is written is named after the application, as Spark does; \
a log that is in progress, or cut short, is written as a complete one.

Examples:
  event-log convert app-1.zstd --to plain --codec none
  event-log convert /var/log/spark-events --to archive --codec zstd --compact
  event-log convert app-1 --to rolled --codec lz4 --layout rolling --max-file-size 10m";

const CHECK_EXAMPLES: &str = "\
Findings: `damaged` where something is missing or cannot be read, which makes the exit code 1; `odd` where events do \
not fit together; `note` for what is worth knowing, such as what a killed application leaves behind. Orders that are \
normal are not told, such as a task that ends after its stage.

Examples:
  event-log check app-1.zstd
  event-log check --json /var/log/spark-events | jq '.logs[].findings[]'";

const FOLLOW_EXAMPLES: &str = "\
It goes on across flushes, new files of a rolling log and the last rename, and gives each event exactly once. A \
summary stands on stderr at the end.

Examples:
  event-log follow /var/log/spark-events/app-1.zstd.inprogress
  event-log follow --event JobEnd eventlog_v2_app-1";

#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// Event logs, or folders of them
    #[arg(value_name = "LOG", required = true)]
    pub(crate) logs: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CatArgs {
    #[command(flatten)]
    pub(crate) input: LogArgs,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Selection (default: all events)")]
pub(crate) struct SelectionArgs {
    /// Only events of this name, in full or without `SparkListener`. May be given several times
    #[arg(long = "event", value_name = "NAME")]
    pub(crate) events: Vec<String>,

    /// Only events of this stage, or of one attempt at it, such as 3.0
    #[arg(long, value_name = "ID[.ATTEMPT]", value_parser = parse::stage)]
    pub(crate) stage: Option<StageArg>,

    /// Only events of this job and, from its start on, of its stages
    #[arg(long, value_name = "ID")]
    pub(crate) job: Option<i64>,

    /// Only events at or after this time, in RFC 3339 or milliseconds since the Unix epoch. An event that has no time is
    /// taken with the one before it that has
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    pub(crate) from: Option<i64>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = parse::time)]
    pub(crate) to: Option<i64>,

    /// At most this many events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

/// A stage, or one attempt at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StageArg {
    pub(crate) id: i64,
    pub(crate) attempt: Option<i64>,
}

impl StageArg {
    pub(crate) fn is(self, stage: Stage) -> bool {
        self.id == stage.id && self.attempt.is_none_or(|attempt| attempt == stage.attempt)
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    pub(crate) input: LogArgs,

    /// Fields and lines to show in each table
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) top: usize,

    /// Write the statistics as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ConvertArgs {
    #[command(flatten)]
    pub(crate) input: LogArgs,

    /// The folder to write to, which is made if it is not there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,

    /// How to compress: none, zstd, lz4, snappy or lzf
    #[arg(long, value_name = "CODEC", default_value = "zstd", value_parser = parse::codec)]
    pub(crate) codec: Codec,

    /// One file, or a folder of several
    #[arg(long, value_enum, default_value_t = LayoutArg::Single)]
    pub(crate) layout: LayoutArg,

    /// Uncompressed bytes after which a rolling log goes on in a new file, such as 64m; at least 2m
    #[arg(long, value_name = "SIZE", default_value = "128m", value_parser = parse::file_size)]
    pub(crate) max_file_size: u64,

    /// Leave out the tasks of jobs that have ended; jobs, stages, executors and SQL executions stay
    #[arg(long, conflicts_with = "through_bus")]
    pub(crate) compact: bool,

    /// Read every event and write it anew through a listener bus, instead of copying lines
    #[arg(long)]
    pub(crate) through_bus: bool,

    /// Replace logs that are in the folder already
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Write what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a log is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutArg {
    Single,
    Rolling,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) input: LogArgs,

    /// Threads that read and parse. Default: one for each core
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Write the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FollowArgs {
    /// An event log that an application still writes
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,

    /// How long to wait for the log if it is not there yet
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = parse::seconds)]
    pub(crate) appears_within: Duration,

    /// End if the log has not grown for this long. Default: go on for ever
    #[arg(long, value_name = "SECONDS", value_parser = parse::seconds)]
    pub(crate) idle: Option<Duration>,

    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Args::command().debug_assert();
    }
}
