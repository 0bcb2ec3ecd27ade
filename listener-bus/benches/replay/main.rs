//! How fast event logs are read and written, and how fast Apache Spark's own replay reads them, in one run:
//! `.ci/replay-bench [--log PATH] [--repetitions N]`, or
//! `cargo bench -p listener-bus --features event-log --bench replay` for ours alone.
//!
//! A read takes a log from its file to typed events and a listener that counts them; a write takes events in memory to
//! a file. All contenders take turns, and the tables show the medians of the repetitions, the least and the greatest.
//! Megabytes are those of the uncompressed text, a million bytes each. A count that is wrong fails the run.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod log;
mod memory;
mod read;
mod run;
mod spark;
mod tables;
mod write;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use mimalloc::MiMalloc;

use log::Log;
use memory::peak_memory;
use read::Read;
use spark::Spark;
use tables::Tables;

/// As the programs have it: what one thread reads is freed by another, for which the system's allocator is slow.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
struct Arguments {
    /// The log to read, of any layout and codec; without one, a small log is repeated
    #[arg(long)]
    log: Option<PathBuf>,
    /// How often each contender runs
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// How many events are written
    #[arg(long, default_value_t = 20_000)]
    events: usize,
    /// The command that runs Spark's side
    #[arg(long)]
    spark: Option<String>,
    /// Reads the log in this process, with so many threads, and tells what memory it took
    #[arg(long, hide = true, requires = "log")]
    memory: Option<usize>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    if let (Some(threads), Some(log)) = (arguments.memory, &arguments.log) {
        Read { threads }.run(log)?;
        return Ok(writeln!(out, "{}", peak_memory()?)?);
    }
    let log = Log::prepare(arguments.log.as_deref())?;
    writeln!(out, "{log}; medians of {} repetitions in turn.\n", arguments.repetitions)?;
    let spark = arguments.spark.as_deref().map(Spark::start).transpose()?;
    let mut tables = Tables { out, log, repetitions: arguments.repetitions, spark };
    tables.reads()?;
    tables.memory()?;
    tables.writes(arguments.events)
}
