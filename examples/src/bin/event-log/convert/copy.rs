//! Copies a log line by line.

use std::ops::ControlFlow;

use examples::log::Log;
use listener_bus::event_log::{EventLogWriter, Flush, WrittenLog};

use super::compaction::Compaction;
use super::target::Target;
use crate::walk::{Line, Walk};

/// What was copied.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) written: WrittenLog,
    /// Those that are in it.
    pub(super) events: u64,
    pub(super) dropped: Dropped,
}

/// What was left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dropped {
    pub(super) events: u64,
    /// Of text, line ends included.
    pub(super) bytes: u64,
}

/// Copies the lines of `log` that stay.
pub(super) fn copy(
    log: &Log,
    target: &Target<'_>,
    compaction: Compaction,
    walk: &mut Walk,
) -> anyhow::Result<Copied> {
    let mut writer = EventLogWriter::create(&target.settings, &target.name())?;
    let dropped = copy_lines(log, &mut writer, compaction, walk)?;
    let written = writer.finish()?;
    Ok(Copied { events: written.lines, written, dropped })
}

fn copy_lines(
    log: &Log,
    writer: &mut EventLogWriter,
    mut compaction: Compaction,
    walk: &mut Walk,
) -> anyhow::Result<Dropped> {
    let mut dropped = Dropped::default();
    let copied = walk.events(log, |line: &Line<'_>| {
        let bytes = line.raw.bytes();
        if compaction.drops(&line.facts) {
            dropped.events += 1;
            dropped.bytes += bytes.len() as u64 + 1;
        } else {
            writer.write_line(bytes, Flush::Later)?;
        }
        Ok(ControlFlow::Continue(()))
    });
    copied.map(|_next| dropped)
}
