//! Goes through logs line by line.

use std::ops::ControlFlow;

use examples::log::{Log, Source};
use examples::progress::Progress;
use listener_bus::event_log::{Fault, LogLine, LogLines, Place, RawLine};

use crate::facts::Facts;
use crate::telling::Telling;

/// A line that is an event.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) raw: RawLine<'a>,
    pub(crate) text: &'a str,
    pub(crate) facts: Facts<'a>,
}

/// Goes through logs line by line, and tells what is wrong with them on the way.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) telling: Telling,
    pub(crate) progress: Progress,
}

/// Whether there is more to come.
pub(crate) type Next = anyhow::Result<ControlFlow<()>>;

/// A line that is no event, until it is known whether it is the last of its file.
struct Unread {
    place: Place,
    fault: Fault,
    looks_cut: bool,
}

impl Walk {
    /// Hands every event of `log` to `take`, until that has enough.
    ///
    /// # Errors
    ///
    /// Those of `take`; what is wrong with the log is told.
    pub(crate) fn events(&mut self, log: &Log, take: impl FnMut(&Line<'_>) -> Next) -> Next {
        self.lines(log, log.lines(self.progress.stored()), take)
    }

    /// Hands every event in the lines of `log` to `take`, until that has enough.
    ///
    /// # Errors
    ///
    /// Those of `take`; what is wrong with the log is told.
    pub(crate) fn lines(
        &mut self,
        log: &dyn Source,
        mut lines: LogLines,
        mut take: impl FnMut(&Line<'_>) -> Next,
    ) -> Next {
        let mut unread = None;
        let next = loop {
            match self.step(log, &mut lines, &mut unread, &mut take) {
                Ok(ControlFlow::Continue(())) => {}
                end => break end,
            }
        };
        self.settle(log, &mut unread, None);
        self.telling.end_log(log);
        match next? {
            ControlFlow::Break(End::Enough) => Ok(ControlFlow::Break(())),
            ControlFlow::Break(End::OfLog) | ControlFlow::Continue(()) => Ok(ControlFlow::Continue(())),
        }
    }

    fn step(
        &mut self,
        log: &dyn Source,
        lines: &mut LogLines,
        unread: &mut Option<Unread>,
        take: &mut impl FnMut(&Line<'_>) -> Next,
    ) -> anyhow::Result<ControlFlow<End>> {
        match lines.read() {
            Ok(None) => return Ok(ControlFlow::Break(End::OfLog)),
            Ok(Some(LogLine::Text(raw))) => {
                self.settle(log, unread, Some(&raw));
                self.progress.event();
                match Line::of(raw) {
                    Ok(line) => return Ok(take(&line)?.map_break(|()| End::Enough)),
                    Err(bad) => *unread = Some(bad),
                }
            }
            Ok(Some(LogLine::Bad(bad))) => self.telling.corrupt(log, &bad.place, &bad.fault),
            Ok(Some(LogLine::Damaged(damage))) => self.telling.damage(log, &damage),
            Err(error) => self.telling.unreadable(log, error),
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Tells of the last line that was no event, now that it is known what follows it.
    fn settle(&mut self, log: &dyn Source, unread: &mut Option<Unread>, next: Option<&RawLine<'_>>) {
        let Some(Unread { place, fault, looks_cut }) = unread.take() else { return };
        let is_last = next.is_none_or(|next| next.place().file != place.file);
        if looks_cut && is_last {
            self.telling.cut(log, &place, &fault);
        } else {
            self.telling.corrupt(log, &place, &fault);
        }
    }
}

/// Why a log is not read on.
enum End {
    OfLog,
    Enough,
}

impl<'a> Line<'a> {
    fn of(raw: RawLine<'a>) -> Result<Self, Unread> {
        let unread = |fault: Fault| {
            let looks_cut = fault.is_truncated() || !raw.has_break();
            Unread { place: raw.place(), fault, looks_cut }
        };
        let text = raw.text().map_err(|bad| unread(bad.fault))?;
        let facts = Facts::of(text).map_err(|error| unread(Fault::NotAnEvent(error)))?;
        Ok(Self { raw, text, facts })
    }
}
