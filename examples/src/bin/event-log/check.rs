//! Tells what is wrong with logs.

mod findings;
mod lives;
mod marks;
mod report;

use std::error::Error as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

use anyhow::Context as _;
use examples::log::Log;
use examples::logs::Logs;
use examples::progress::Progress;
use listener_bus::event_log::{
    self, Cause, Codec, Counts, Damage, Entry, EventLog, EventLogReader, Fault, ReadError, ReadOptions,
};

use crate::args::CheckArgs;
use crate::telling::Telling;
use findings::{Findings, Kind, Spot};
use lives::Lives;
use report::{Checked, Report, Summary};

/// Checks logs; gives the number of errors, which have been told, and of logs that are damaged.
pub(crate) fn check(args: &CheckArgs) -> anyhow::Result<u64> {
    let logs = Logs::at(&args.input.logs);
    let mut progress = Progress::on_stderr(logs.size());
    let telling = Telling::start(&progress, &logs);
    let threads = args.threads.or_else(|| thread::available_parallelism().ok());
    let options = ReadOptions::new().threads(threads.map_or(1, NonZeroUsize::get));
    progress.begin();
    let checked = logs.found.iter().map(|log| check_log(log, &options, &mut progress));
    let checked: Vec<_> = checked.collect();
    progress.finish();
    let summary = Summary::new(checked);
    write(&summary, args)?;
    Ok(telling.errors() + summary.damaged)
}

fn write(summary: &Summary, args: &CheckArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = if args.json {
        serde_json::to_writer(&mut out, summary).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        write!(out, "{}", Report(summary))
    };
    written.and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Reads one log to its end.
fn check_log(log: &Log, options: &ReadOptions, progress: &mut Progress) -> Checked {
    let mut findings = Findings::default();
    if let Log::Stored(stored) = log {
        names(stored, &mut findings);
    }
    let mut lives = Lives::default();
    let reader = EventLogReader::of_lines(log.lines(progress.stored()), options);
    let counts = match reader {
        Ok(reader) => read(log, reader, &mut lives, &mut findings, progress),
        Err(error) => {
            unreadable(log, &error, &mut findings);
            Counts::default()
        }
    };
    if counts.lines > 0 {
        lives.end(log, &mut findings);
    } else if !findings.have_damage() {
        let kind = if is_in_progress(log) { Kind::NothingYet } else { Kind::Empty };
        findings.add(kind, None, "there is nothing in it".to_owned());
    }
    Checked::new(log, counts, findings)
}

fn is_in_progress(log: &Log) -> bool {
    matches!(log, Log::Stored(log) if log.progress() == event_log::Progress::InProgress)
}

/// Reads every event, and notes what is in the way.
fn read(
    log: &Log,
    mut reader: EventLogReader,
    lives: &mut Lives,
    findings: &mut Findings,
    progress: &mut Progress,
) -> Counts {
    loop {
        match reader.read() {
            Ok(None) => break,
            Ok(Some(Entry::Event(event))) => {
                progress.event();
                lives.see(log, &event, reader.place(), findings);
            }
            Ok(Some(Entry::Corrupt(line))) => {
                let kind = if matches!(line.fault, Fault::TooLong { .. }) {
                    Kind::LongLine
                } else {
                    Kind::CorruptLine
                };
                findings.add(kind, Some(Spot::of(log, &line.place)), line.fault.to_string());
            }
            Ok(Some(Entry::Damaged(damage))) => damaged(log, &damage, findings),
            Err(error) => {
                unreadable(log, &error, findings);
                if matches!(error, ReadError::ThreadGone) {
                    break;
                }
            }
        }
    }
    reader.report().counts
}

fn damaged(log: &Log, damage: &Damage, findings: &mut Findings) {
    let (kind, what) = match &damage.cause {
        Cause::Line(_) => (Kind::CutLine, damage.cause.to_string()),
        Cause::Stream(source) => (Kind::CutStream, format!("{}: {source}", damage.cause)),
        Cause::Missing => {
            return findings.add(Kind::MissingFile, None, format!("{} is missing", damage.place.file));
        }
        other => (Kind::CutStream, other.to_string()),
    };
    findings.add(kind, Some(Spot::of(log, &damage.place)), what);
}

fn unreadable(log: &Log, error: &ReadError, findings: &mut Findings) {
    let why = error.source().map(|why| format!(": {why}")).unwrap_or_default();
    let spot = match error {
        ReadError::Io { place, .. } => Some(Spot::of(log, place)),
        _ => None,
    };
    findings.add(Kind::Unreadable, spot, format!("{error}{why}"));
}

/// Spark tells the codec by the name alone.
fn names(log: &EventLog, findings: &mut Findings) {
    for file in log.files() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let (by_name, by_bytes) = (Codec::of_file_name(&name), magic(file));
        match (by_name, by_bytes) {
            (_, Some(Codec::Gzip)) => {
                findings.add(Kind::NotForSpark, None, format!("{name} is gzip, which Spark does not read"));
            }
            (Ok(by_name), Some(by_bytes)) if by_name != by_bytes => {
                let what = format!(
                    "{name} is {by_name} by its name and {by_bytes} by its bytes: Spark goes by the name"
                );
                findings.add(Kind::NotForSpark, None, what);
            }
            _ => {}
        }
    }
}

fn magic(file: &Path) -> Option<Codec> {
    let mut start = Vec::new();
    File::open(file).and_then(|file| file.take(8).read_to_end(&mut start)).ok()?;
    Codec::of_magic(&start)
}
