//! Serves a barrier coordinator and a commit coordinator over gRPC, and their metrics: tasks anywhere, in any language, meet in
//! one, and ask the other whether they may commit.

mod args;
mod logging;
mod run;
mod setup;
mod tls;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser as _;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    logging::start();
    match run::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, there is nobody to tell.
            drop(writeln!(io::stderr(), "coordinator: error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
