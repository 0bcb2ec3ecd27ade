//! What a bus costs when something is wrong with it, and when nothing happens:
//! `cargo bench -p listener-bus --features prometheus --bench calm [-- posts wake idle memory] [-- --repetitions N]`.
//!
//! Four parts, each with a table and the goal beside each figure: the time of a post beside stuck, slow and restless
//! queues; the time from a post to a sleeping listener; the CPU time of an idle bus; the memory of an empty and of a
//! full one.

mod event;
mod idle;
mod memory;
mod posts;
mod tally;
mod trouble;
mod wake;

use std::alloc::System;
use std::io::{self, Write};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use listener_bus::prometheus::MetricsServer;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// The system's, which counts: that adds some nanoseconds to each allocation.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Records the metrics of every bus here.
static METRICS: LazyLock<MetricsServer> =
    LazyLock::new(|| MetricsServer::builder().serve_local().expect("a free port"));

/// Longer than anything takes here.
const LONG: Duration = Duration::from_mins(1);

#[derive(Parser)]
struct Arguments {
    /// What to measure; all if nothing is named
    parts: Vec<Part>,
    /// How often each figure of a post is measured, in turn
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repetitions: u32,
    /// How long one repetition posts, in milliseconds
    #[arg(long, default_value_t = 1_000)]
    millis: u64,
    /// How often a sleeping listener is woken
    #[arg(long, default_value_t = 2_000)]
    rounds: u32,
    /// How long a bus idles, in seconds
    #[arg(long, default_value_t = 10)]
    idle: u64,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Memory,
    Idle,
    Wake,
    Posts,
}

/// Waits that long; a thread's own token to be unparked is left alone.
fn pause(time: Duration) {
    let (nothing, never) = (Mutex::new(()), Condvar::new());
    let guard = nothing.lock().unwrap_or_else(PoisonError::into_inner);
    drop(never.wait_timeout_while(guard, time, |()| true));
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let mut out = io::stdout().lock();
    // Memory first, while little else has been allocated.
    for part in [Part::Memory, Part::Idle, Part::Wake, Part::Posts] {
        if !arguments.parts.is_empty() && !arguments.parts.contains(&part) {
            continue;
        }
        match part {
            Part::Memory => memory::tell(&mut out)?,
            Part::Idle => idle::tell(&mut out, Duration::from_secs(arguments.idle))?,
            Part::Wake => wake::tell(&mut out, arguments.rounds)?,
            Part::Posts => {
                posts::tell(&mut out, arguments.repetitions, Duration::from_millis(arguments.millis))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
