//! How much of a flood is delivered, and at what cost, by our bus, by its peers and by Apache Spark's bus, in one run:
//! `.ci/flood-bench [--events N] [--repetitions N]`, or
//! `cargo bench -p listener-bus --features prometheus --bench flood` for all but Spark's.
//!
//! Producers post as fast as they can, and what does not fit in a queue is lost; the run ends when the rest is
//! delivered. All contenders take turns. Figures are medians of the repetitions, and ratios medians of the ratios within
//! a repetition. A count that does not add up fails the run.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod contenders;
mod event;
mod ours;
mod peers;
mod run;
mod spark;
mod tables;

use std::io::{self, Write};

use anyhow::Result;
use clap::Parser;

use event::Work;
use spark::Spark;
use tables::Tables;

/// What a listener takes for an event when it is one that takes a while.
const TOIL_NANOS: u32 = 200;

#[derive(Parser)]
struct Arguments {
    /// How many events are posted in a run, by all producers together
    #[arg(long, default_value_t = 2_000_000, value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    events: u64,
    /// How often each contender runs
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    repetitions: u16,
    /// The command that runs Spark's side
    #[arg(long)]
    spark: Option<String>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let Arguments { events, repetitions, spark, .. } = Arguments::parse();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{events} events a run. Figures are medians of {repetitions} repetitions in turn, ratios medians of the ratios \
         within a repetition. A post is all posting, divided by the events; CPU is that of the whole process, until all \
         is delivered."
    )?;
    let mut tables = Tables { out, events, repetitions: repetitions.into() };
    tables.lossy("read one word", Work::Look)?;
    tables.lossy("take about 200 ns for each", Work::taking(TOIL_NANOS))?;
    let spark = spark.as_deref().map(Spark::start).transpose()?;
    spark.map_or(Ok(()), |spark| tables.beside_spark(spark))
}
