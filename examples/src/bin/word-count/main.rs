//! Counts words: a small engine with stages, task attempts, speculation, a barrier stage, commits and events.
//!
//! [`engine`] is to be copied; the rest is what it needs to count words. [`output`] is the way to the file commit protocol,
//! and [`journal`] a listener.

mod args;
mod bus;
mod counts;
mod engine;
mod input;
mod job;
mod journal;
mod output;
mod report;
mod shuffle;
mod top;
mod words;
mod work;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use examples::serving::Serving;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use args::Args;
use report::Report;

fn main() -> ExitCode {
    run(Args::parse()).unwrap_or_else(|error| failed(&error))
}

fn failed(error: &anyhow::Error) -> ExitCode {
    note(&format!("error: {error:#}"));
    ExitCode::FAILURE
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::ERROR.into()).from_env_lossy();
    tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(io::stderr).init();
    // Before the bus and the coordinators, which keep the recorder that they find.
    let mut serving = Serving::metrics("word-count", &args.serve)?;
    let summary = job::run(args, &mut serving)?;
    if let Some(log) = &summary.bus.event_log {
        note(&format!("event log in {}", log.path.display()));
    }
    summary.bus.troubles.iter().for_each(|trouble| note(&format!("warning: {trouble}")));
    let mut out = io::stdout().lock();
    write!(out, "{}", Report(&summary)).and_then(|()| out.flush()).context("cannot write the report")?;
    drop(out);
    // Told before it lingers, for that may take until somebody has enough.
    let exit_code = summary.outcome.as_ref().map_or_else(failed, |_| ExitCode::SUCCESS);
    serving.linger()?;
    Ok(exit_code)
}

/// Writes a line to standard error; if that is closed, there is nobody to tell.
fn note(text: &str) {
    drop(writeln!(io::stderr(), "word-count: {text}"));
}
