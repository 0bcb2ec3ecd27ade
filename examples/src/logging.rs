//! Log lines, on standard error.

use std::env;
use std::io::{self, IsTerminal};

use indicatif::ProgressBar;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::progress::AboveBar;

/// Writes warnings, or what `RUST_LOG` asks for, above the bar.
pub fn start(bar: &ProgressBar) {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into()).from_env_lossy();
    let bar = bar.clone();
    let is_coloured =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(is_coloured)
        .with_writer(move || AboveBar(bar.clone()))
        .init();
}
