//! Writes events as they stand in the log.

use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;

use anyhow::Context as _;
use examples::logs::Logs;
use examples::progress::Progress;

use crate::args::CatArgs;
use crate::selection::Selection;
use crate::telling::Telling;
use crate::walk::{Line, Next, Walk};

/// Writes the events that are wanted; gives the number of errors, which have been told.
pub(crate) fn cat(args: &CatArgs) -> anyhow::Result<u64> {
    let logs = Logs::at(&args.input.logs);
    // Events may go to the same terminal: they show how far reading is.
    let progress = Progress::hidden();
    let mut walk = Walk { telling: Telling::start(&progress, &logs), progress };
    let mut selection = Selection::new(&args.selection);
    let mut out = Events::new(BufWriter::new(io::stdout().lock()), args.selection.limit);
    for log in &logs.found {
        selection.begin_log();
        if !out.is_open() {
            break;
        }
        let take = |line: &Line<'_>| {
            if selection.takes(&line.facts) {
                out.write(line.raw.bytes())
            } else {
                Ok(ControlFlow::Continue(()))
            }
        };
        if walk.events(log, take)?.is_break() {
            break;
        }
    }
    out.flush()?;
    Ok(walk.telling.errors())
}

/// Events on their way out, up to a limit.
pub(crate) struct Events<W> {
    out: W,
    left: Option<u64>,
    written: u64,
}

impl<W: Write> Events<W> {
    pub(crate) fn new(out: W, limit: Option<u64>) -> Self {
        Self { out, left: limit, written: 0 }
    }

    /// Whether more may be written.
    pub(crate) fn is_open(&self) -> bool {
        self.left != Some(0)
    }

    pub(crate) fn write(&mut self, line: &[u8]) -> Next {
        self.out.write_all(line).and_then(|()| self.out.write_all(b"\n")).context(CANNOT_WRITE)?;
        self.written += 1;
        self.left = self.left.map(|left| left.saturating_sub(1));
        Ok(if self.is_open() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        self.out.flush().context(CANNOT_WRITE)
    }

    pub(crate) fn written(&self) -> u64 {
        self.written
    }
}

const CANNOT_WRITE: &str = "cannot write to standard output";
