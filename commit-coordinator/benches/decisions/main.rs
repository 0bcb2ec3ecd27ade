//! How many decisions a second, for our coordinator and Apache Spark's, in one run:
//! `.ci/decisions [--seconds S] [--repetitions N] [--threads N,N]`, or `cargo bench -p commit-coordinator --bench decisions`
//! for ours alone.
//!
//! * `ask`: all threads ask for distinct partitions of one stage;
//! * `large`: the same, of a stage with a million partitions;
//! * `race`: two attempts ask for each partition: one is granted it, the other denied;
//! * `stages`: each thread asks in a stage of its own;
//! * `life`: each thread starts a stage, asks for all of it, has all succeed and ends it; only asks count as decisions.
//!
//! Other stages have 100 000 partitions. Both sides take turns, and the tables show the medians of the repetitions, the least
//! and the greatest. A wrong decision, or too few, fails the run.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod memory;
mod others;
mod outcome;
mod rounds;
mod spark;
mod tables;
mod workloads;

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Parser;

use memory::Memory;
use spark::Spark;
use tables::Tables;

#[derive(Parser)]
struct Arguments {
    /// For how long a workload runs each time, at least
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// How often it runs
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// With how many threads: 1, or even numbers
    #[arg(long, value_delimiter = ',', default_value = "1,2,4", value_parser = threads)]
    threads: Vec<i32>,
    /// The command that runs Spark's side
    #[arg(long)]
    spark: Option<String>,
    /// Measures memory only, in this process
    #[arg(long, hide = true)]
    memory: Option<Memory>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn threads(number: &str) -> Result<i32> {
    let threads = number.parse()?;
    anyhow::ensure!(threads == 1 || threads > 1 && threads % 2 == 0, "1, or an even number");
    Ok(threads)
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    if let Some(memory) = arguments.memory {
        return Ok(writeln!(out, "{}", memory.here()?)?);
    }
    let at_least = Duration::try_from_secs_f64(arguments.seconds)?;
    let spark = arguments.spark.as_deref().map(Spark::start).transpose()?;
    let mut tables =
        Tables { out, threads: arguments.threads, at_least, repetitions: arguments.repetitions, spark };
    tables.warm_up()?;
    tables.decisions()?;
    writeln!(tables.out)?;
    tables.others()?;
    writeln!(tables.out)?;
    tables.memory()
}
