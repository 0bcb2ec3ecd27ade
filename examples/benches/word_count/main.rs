//! What the engine costs beside a plain count of the same text, in one run:
//! `cargo bench -p examples --bench word_count [-- --megabytes N --repetitions N]`.
//!
//! The plain count has two threads with a `HashMap` each, and writes nothing. Each contender is a process of its own, timed
//! from start to end. They take turns, the tables show medians, and all must find the same counts.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod plain;
mod text;

use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use plain::Sum;

/// Where text and output go.
const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");
const ENGINE: &str = env!("CARGO_BIN_EXE_word-count");
/// As many slots as the plain count has threads.
const OPTIONS: [&str; 4] = ["--slots", "2", "--tasks", "8"];

/// Reads `--name N` from the arguments; cargo adds `--bench`, which is passed over.
fn argument(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The times of one contender.
struct Contender {
    name: &'static str,
    options: &'static [&'static str],
    times: Vec<Duration>,
}

impl Contender {
    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default().as_secs_f64()
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args();
    if arguments.any(|argument| argument == "--plain") {
        let path = arguments.next().context("no text is named")?;
        writeln!(io::stdout(), "{}", plain::count(Path::new(&path))?)?;
        return Ok(());
    }
    let (megabytes, repetitions) = (argument("--megabytes", 200), argument("--repetitions", 5));
    let scratch = tempfile::Builder::new().prefix("word-count-").tempdir_in(SCRATCH)?;
    let path = scratch.path().join("text");
    text::write(&path, megabytes * 1_000_000)?;
    let expected = text_of(Command::new(std::env::current_exe()?).arg("--plain").arg(&path))?.0;
    let mut plain = Contender { name: "plain count, 2 threads", options: &[], times: Vec::new() };
    let mut engine = [
        Contender { name: "word-count, 2 slots", options: &[], times: Vec::new() },
        Contender { name: "word-count, without a bus", options: &["--no-events"], times: Vec::new() },
    ];
    let mut report = String::new();
    for repetition in 0..repetitions {
        let (found, time) = text_of(Command::new(std::env::current_exe()?).arg("--plain").arg(&path))?;
        ensure!(found == expected, "the plain count differs from itself");
        plain.times.push(time);
        for contender in &mut engine {
            let output = scratch.path().join(format!("counts-{repetition}"));
            let mut command = Command::new(ENGINE);
            command.arg(&path).args(OPTIONS).args(contender.options).arg("--output").arg(&output);
            let (told, time) = text_of(&mut command)?;
            contender.times.push(time);
            let found = Sum::of_output(&output)?.to_string();
            ensure!(found == expected.trim(), "the engine counts {found}, the plain count {expected}");
            std::fs::remove_dir_all(&output)?;
            if contender.options.is_empty() {
                report = told;
            }
        }
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{megabytes} MB of text ({}); median of {repetitions} in turn.\n", expected.trim())?;
    writeln!(out, "| contender | seconds | MB/s | against plain |")?;
    writeln!(out, "|---|---:|---:|---:|")?;
    for contender in std::iter::once(&plain).chain(&engine) {
        let (seconds, name) = (contender.median(), contender.name);
        let (rate, ratio) = (megabytes as f64 / seconds, seconds / plain.median());
        writeln!(out, "| {name} | {seconds:.3} | {rate:.0} | {ratio:.2}x |")?;
    }
    writeln!(out, "\nThe last run with a bus says of itself:\n")?;
    let wanted = ["Stages", " ", "Time", "Bus"];
    let lines = report.lines().skip_while(|line| !line.starts_with("Stages"));
    for line in lines.filter(|line| wanted.iter().any(|wanted| line.starts_with(wanted))) {
        writeln!(out, "    {line}")?;
    }
    Ok(())
}

/// What a program writes, and how long it takes.
fn text_of(command: &mut Command) -> anyhow::Result<(String, Duration)> {
    let began = Instant::now();
    let output = command.output()?;
    let took = began.elapsed();
    ensure!(output.status.success(), "{command:?} fails: {}", String::from_utf8_lossy(&output.stderr));
    Ok((String::from_utf8(output.stdout)?, took))
}
