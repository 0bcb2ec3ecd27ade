//! What a round costs, for our barrier and its peers, in one run:
//! `cargo bench -p barrier --features grpc --bench rounds [-- --rounds N --repetitions N --processes MOST --crowd N]`.
//!
//! Every contender has N tasks meet round after round. The contenders take turns, and the tables show the medians of the
//! repetitions. Open MPI is measured where `mpicc` and `mpirun` are installed.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod across;
mod in_process;
mod roles;

use std::io::{self, Write};
use std::time::Duration;

/// Reads `--name N` from the arguments; cargo adds `--bench`, which is passed over.
fn argument(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The median of some times.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn main() -> io::Result<()> {
    if let Some(played) = roles::play() {
        return played;
    }
    let rounds = argument("--rounds", 20_000);
    let repetitions = argument("--repetitions", 7);
    let mut out = io::stdout().lock();
    in_process::table(&mut out, rounds, repetitions)?;
    writeln!(out)?;
    across::table(&mut out, rounds / 20, repetitions, argument("--processes", 256))?;
    writeln!(out)?;
    across::crowd(&mut out, argument("--crowd", 10_000), 4)
}
