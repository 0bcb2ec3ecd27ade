//! What a post and a delivery cost, for our bus and its peers, in one run:
//! `cargo bench -p listener-bus --features prometheus --bench fan_out [-- --events N --repetitions N]`.
//! With `--scaling`, how that changes with producers, queues and the size of an event; `--csv FILE` keeps a row a run,
//! `--from FILE` reads such rows and runs nothing, and `--plot FILE.svg` draws them.
//!
//! Every contender hands events of P producers to Q consumers through buffers of about 10 000 events, loses nothing
//! (but for tokio's broadcast, which cannot wait), and is measured until all consumers have seen all events. The
//! contenders take turns, and the tables show medians of the repetitions. A ratio is the median of the ratios within a
//! repetition, not the ratio of two medians: noise comes in waves, which neighbours share.
//!
//! The mean of a post is a producer's time for its whole loop by its events, the waits for room and for a core
//! included; the mean of all producers. The percentiles are of one post in 67, without what reading the clock costs,
//! which is measured first. CPU is user and system time of the whole process.

mod contenders;
mod measure;
mod plot;
mod rows;
mod shape;
mod tables;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use measure::{Measuring, Turn};
use rows::Rows;
use shape::Shape;
use tables::Table;

#[derive(Parser)]
struct Arguments {
    /// Events of a run, of all producers together
    #[arg(long, default_value_t = 400_000, value_parser = clap::value_parser!(u64).range(1..))]
    events: u64,
    /// How often each contender runs
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// More producers, queues and sizes of events, and fewer contenders
    #[arg(long)]
    scaling: bool,
    /// Where to keep a row a run
    #[arg(long)]
    csv: Option<PathBuf>,
    /// The rows of earlier runs, instead of runs
    #[arg(long, conflicts_with_all = ["csv", "events", "repetitions"])]
    from: Option<PathBuf>,
    /// Where to draw what a delivery costs, the more queues there are
    #[arg(long, requires = "scaling")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    _cargo: Cargo,
}

#[derive(clap::Args)]
struct Cargo {
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let table = if arguments.scaling { Table::Scaling } else { Table::Comparison };
    let mut out = io::stdout().lock();
    let rows = match &arguments.from {
        Some(path) => {
            let rows = Rows::read(path)?;
            table.write_head(&mut out)?;
            for shape in table.shapes() {
                table.write_shape(&mut out, shape, &rows.of_shape(shape))?;
            }
            rows
        }
        None => measure(&mut out, table, &arguments)?,
    };
    if let Some(path) = &arguments.plot {
        plot::draw(&rows, path)?;
    }
    Ok(())
}

fn measure(out: &mut impl Write, table: Table, arguments: &Arguments) -> Result<Rows> {
    let mut csv = arguments.csv.as_deref().map(csv::Writer::from_path).transpose()?;
    let measuring = Measuring::new(arguments.events);
    writeln!(
        out,
        "{} events a run, medians of {} repetitions in turn, a ratio within each repetition; times in nanoseconds. \
         Percentiles are of one post in {}, less {} for the clock.\n",
        arguments.events,
        arguments.repetitions,
        measure::TIMED_POSTS,
        measuring.clock.as_nanos()
    )?;
    table.write_head(out)?;
    let mut all = Rows::default();
    for shape in table.shapes() {
        let rows = take_turns(table, shape, measuring, arguments.repetitions)?;
        table.write_shape(out, shape, &rows)?;
        if let Some(csv) = &mut csv {
            rows.write(csv)?;
        }
        all.0.extend(rows.0);
    }
    Ok(all)
}

/// Each repetition begins with another contender: who comes first is not always the same, and who is next to whom is.
fn take_turns(table: Table, shape: Shape, measuring: Measuring, repetitions: u32) -> Result<Rows> {
    let mut turns = table.contenders().to_vec();
    let mut rows = Rows::default();
    for repetition in 0..repetitions {
        for &contender in &turns {
            rows.0.push(measuring.run(Turn { contender, shape, repetition })?);
        }
        turns.rotate_left(1);
    }
    Ok(rows)
}
