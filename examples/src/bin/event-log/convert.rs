//! Writes logs again.

mod compaction;
mod copy;
mod report;
mod scan;
mod sources;
mod staging;
mod target;
mod through_bus;

use std::fs;
use std::io::{self, Write};

use anyhow::Context as _;
use examples::log::Log;
use examples::logs::Logs;
use examples::progress::Progress;

use crate::args::ConvertArgs;
use crate::telling::Telling;
use crate::walk::Walk;
use compaction::Compaction;
use report::{Converted, Report, Summary};
use scan::Scan;
use target::Targets;

/// Writes each log again; gives the number of errors, which have been told.
pub(crate) fn convert(args: &ConvertArgs) -> anyhow::Result<u64> {
    let logs = Logs::at(&args.input.logs);
    let progress = Progress::on_stderr(logs.size());
    let mut walk = Walk { telling: Telling::start(&progress, &logs), progress };
    fs::create_dir_all(&args.to)
        .with_context(|| format!("cannot create the folder {}", args.to.display()))?;
    let mut targets = Targets::new(args, &logs.found);
    let mut converted = Vec::new();
    walk.progress.begin();
    for log in &logs.found {
        match convert_log(args, log, &mut targets, &mut walk) {
            Ok(one) => converted.push(one),
            Err(error) => walk.telling.error(&error.context(format!("cannot convert {log}"))),
        }
    }
    walk.progress.finish();
    write(&Summary { logs: converted }, args)?;
    Ok(walk.telling.errors())
}

fn convert_log(
    args: &ConvertArgs,
    log: &Log,
    targets: &mut Targets<'_>,
    walk: &mut Walk,
) -> anyhow::Result<Converted> {
    let scan = Scan::of(log, args);
    let target = targets.claim(log, &scan)?;
    let before = walk.telling.errors();
    let mut copied = if args.through_bus {
        through_bus::write(log, &target, walk)?
    } else {
        copy::copy(log, &target, Compaction::new(args, scan.jobs), walk)?
    };
    target.deliver(&mut copied.written)?;
    Ok(Converted::new(log, copied, walk.telling.errors() - before))
}

fn write(summary: &Summary, args: &ConvertArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = if args.json {
        serde_json::to_writer(&mut out, summary).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        write!(out, "{}", Report(summary))
    };
    written.and_then(|()| out.flush()).context("cannot write to standard output")
}
