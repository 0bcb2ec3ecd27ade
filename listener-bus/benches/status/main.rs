//! What it costs to keep the status of an application, and to let fifty people look at it:
//! `cargo bench -p listener-bus --features event-log,page --bench status [-- --log PATH]`.
//!
//! * The listener is told all events of a log, from memory, and the time an event is reported: alone, and while a
//!   reader asks for a view all the time.
//! * Fifty readers open the page once a second each and follow its ticks, while a producer posts as fast as it can to the
//!   bus behind it. A post, what the bus delivers, and how long a reader waits are reported with and without each other.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod listener;
mod log;
mod readers;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use mimalloc::MiMalloc;

/// As the programs have it: what one thread makes is freed by another.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
struct Arguments {
    /// The log whose events the listener is told; without one, a stage of 20 000 tasks is made up
    #[arg(long)]
    log: Option<PathBuf>,
    /// How often each case runs
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// How many read the page
    #[arg(long, default_value_t = 50)]
    readers: usize,
    /// How long each case with readers runs, in milliseconds
    #[arg(long, default_value_t = 5000)]
    millis: u64,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    let events = log::events(arguments.log.as_deref())?;
    listener::measure(&mut out, &events, arguments.repetitions)?;
    drop(events);
    writeln!(out)?;
    let length = Duration::from_millis(arguments.millis);
    readers::measure(&mut out, arguments.readers, length, arguments.repetitions)
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
