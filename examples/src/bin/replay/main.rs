//! Replays event logs through a listener bus with the four standard queues, and sums them up.
//!
//! Each queue has a listener that shows one way to write one: [`status`] and [`executor_count`] keep state (and the
//! latter gets over dropped events), [`stage_durations`] is a file to copy, [`line_count`] takes every event alike.

mod args;
mod executor_count;
mod four_queues;
mod line_count;
mod pace;
mod replay;
mod report;
mod stage_durations;
mod status;
mod summary;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser as _;
use examples::log::Log;
use examples::logging;
use examples::logs::Logs;
use examples::progress::Progress;
use examples::serving::Serving;
use listener_bus::page::StatusPage;
use mimalloc::MiMalloc;

use args::{Args, InputArgs, OutputArgs};
use four_queues::FourQueues;
use pace::Pace;
use replay::{Manner, OnCorrupt, Replay};
use report::Report;
use summary::Summary;

/// What one thread reads is freed by another, for which the system's allocator is slow.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let errors = match run(&Args::parse()) {
        Ok(errors) => errors,
        Err(error) => {
            tell(&error);
            1
        }
    };
    if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Replays, sums up and lingers; gives the number of errors, which have been told.
fn run(args: &Args) -> anyhow::Result<usize> {
    let named = Logs::at(&args.input.logs);
    let logs = to_replay(&args.input, named.found);
    let size = logs.iter().map(Log::size).sum();
    let progress = if args.output.json { Progress::hidden() } else { Progress::on_stdout(size) };
    logging::start(progress.bar());
    named.passed_over.iter().for_each(|what| tracing::warn!("passed over: {what}"));
    // Before the bus, which keeps the recorder that it finds.
    let mut serving = Serving::metrics("replay", &args.serve)?;
    let queues = FourQueues::start(&args.queues)?;
    if let Err(error) = serving.page(queues.bus(), || Ok(StatusPage::of(queues.bus())?)) {
        // A bus that nobody stops warns of it.
        drop(queues.finish());
        return Err(error);
    }
    let mut errors = named.errors;
    let (summary, of_replay) = replay_all(args, &logs, queues, progress);
    errors.extend(of_replay);
    errors.extend(write_summary(&summary, &args.output).err());
    errors.iter().for_each(tell);
    serving.linger()?;
    Ok(errors.len())
}

/// The logs that were found, or the built-in one if the user names none.
fn to_replay(args: &InputArgs, found: Vec<Log>) -> Vec<Log> {
    if args.logs.is_empty() { vec![Log::Sample] } else { found }
}

fn replay_all(
    args: &Args,
    logs: &[Log],
    queues: FourQueues,
    mut progress: Progress,
) -> (Summary, Vec<anyhow::Error>) {
    let on_corrupt = if args.input.strict { OnCorrupt::Stop } else { OnCorrupt::Skip };
    let began = Instant::now();
    progress.begin();
    let manner = Manner { on_corrupt, pace: Pace::new(&args.pace), threads: args.input.threads() };
    let mut read = Replay::new(&queues, manner, &mut progress).run(logs);
    progress.draining();
    queues.drain();
    let took = began.elapsed();
    let mut finished = queues.finish();
    progress.finish();
    let mut errors = std::mem::take(&mut read.errors);
    let of_stop = std::mem::take(&mut finished.errors);
    let summary = Summary::new(&read, finished, took);
    if of_stop.is_empty() {
        errors.extend(summary.unaccounted());
    }
    errors.extend(of_stop);
    (summary, errors)
}

fn write_summary(summary: &Summary, args: &OutputArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = if args.json {
        serde_json::to_writer(&mut out, summary).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else if summary.events_read == 0 && summary.lines_skipped == 0 {
        // Nothing was read, and the errors say why.
        Ok(())
    } else {
        write!(out, "{}", Report(summary))
    };
    written.and_then(|()| out.flush()).context("cannot write the summary")
}

/// Tells an error with its causes in one line.
fn tell(error: &anyhow::Error) {
    note(&format!("error: {error:#}"));
}

/// Writes a line to standard error; if that is closed, there is nobody to tell.
fn note(text: &str) {
    drop(writeln!(io::stderr(), "replay: {text}"));
}
