//! Log lines, on standard error.

use std::env;
use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// That a gang has ended is news here, where it is a detail to a program that has the coordinator inside.
const DEFAULT_FILTER: &str = "info,barrier=debug";

/// Writes what `RUST_LOG` asks for.
pub(crate) fn start() {
    let filter = match env::var(EnvFilter::DEFAULT_ENV) {
        Ok(filter) if !filter.is_empty() => EnvFilter::builder().parse_lossy(filter),
        Ok(_) | Err(_) => EnvFilter::new(DEFAULT_FILTER),
    };
    let is_coloured =
        io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(is_coloured)
        .with_writer(io::stderr)
        .init();
}
