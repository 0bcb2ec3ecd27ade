//! Looks at event logs, and rewrites them.

mod args;
mod cat;
mod check;
mod convert;
mod facts;
mod follow;
mod selection;
mod stats;
mod telling;
mod walk;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;

use args::{Args, Command};

/// What one thread reads is freed by another, for which the system's allocator is slow.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let result = match &Args::parse().command {
        Command::Cat(args) => cat::cat(args),
        Command::Stats(args) => stats::stats(args),
        Command::Convert(args) => convert::convert(args),
        Command::Check(args) => check::check(args),
        Command::Follow(args) => follow::follow(args),
    };
    match result {
        Ok(0) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            drop(writeln!(io::stderr(), "event-log: error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
