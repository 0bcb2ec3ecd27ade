//! From a line to an event.

use std::sync::Arc;

use crate::event_log::bad_line::{Fault, text_of};
use crate::event_log::error::ReadError;
use crate::event_log::lines::Follow;
use crate::event_log::log_line::{LogLine, RawLine};
use crate::event_log::log_lines::LogLines;
use crate::event_log::report::Cause;
use crate::event_log::{BadLine, Damage, Place};
use crate::events::{SchedulerEvent, event_name};

/// Decides by the name of an event whether its line is read any further.
type NameFilter = dyn Fn(&str) -> bool + Send + Sync;

/// Reads lines as events, but for those whose names a filter does not agree to.
#[derive(Clone, Default)]
pub(super) struct Parser {
    filter: Option<Arc<NameFilter>>,
}

/// What was found in a log.
pub(super) enum Found {
    Event(Place, SchedulerEvent),
    /// A line that the filter keeps out.
    Filtered(Place),
    Bad(BadLine),
    Damaged(Damage),
}

impl Parser {
    pub(super) fn with_filter(filter: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { filter: Some(Arc::new(filter)) }
    }

    /// Reads the next line of `lines`, or whatever is there instead.
    pub(super) fn read(&self, lines: &mut LogLines) -> Result<Option<Found>, ReadError> {
        let unread = match lines.read()? {
            None => return Ok(None),
            Some(LogLine::Bad(bad)) => return Ok(Some(Found::Bad(bad))),
            Some(LogLine::Damaged(damage)) => return Ok(Some(Found::Damaged(damage))),
            Some(LogLine::Text(line)) => match self.parse(&line) {
                Ok(found) => return Ok(Some(found)),
                Err(unread) => unread,
            },
        };
        // What follows is asked for only where it matters: a log that is followed would wait for it.
        let follow = if unread.looks_cut { lines.follow() } else { Follow::More };
        Ok(Some(unread.into_found(follow)))
    }

    /// Reads one line.
    pub(super) fn parse(&self, line: &RawLine<'_>) -> Result<Found, Unread> {
        self.event(line).map(|event| Found::of_event(line.place(), event)).map_err(|fault| Unread {
            place: line.place(),
            looks_cut: fault.is_truncated() || !line.has_break,
            fault,
        })
    }

    /// The event in `line`, unless the filter keeps it out.
    fn event(&self, line: &RawLine<'_>) -> Result<Option<SchedulerEvent>, Fault> {
        let text = text_of(line.bytes)?;
        let Some(filter) = &self.filter else { return read_event(text).map(Some) };
        let is_wanted = filter(&event_name(text).map_err(Fault::NotAnEvent)?);
        match (is_wanted, line.has_break) {
            (true, _) => read_event(text).map(Some),
            (false, true) => Ok(None),
            // Wanted or not, it must not hide that the log is cut short.
            (false, false) => match read_event(text) {
                Err(fault) if fault.is_truncated() => Err(fault),
                Ok(_) | Err(_) => Ok(None),
            },
        }
    }
}

fn read_event(text: &str) -> Result<SchedulerEvent, Fault> {
    SchedulerEvent::from_json(text).map_err(Fault::NotAnEvent)
}

impl Found {
    fn of_event(place: Place, event: Option<SchedulerEvent>) -> Self {
        match event {
            Some(event) => Self::Event(place, event),
            None => Self::Filtered(place),
        }
    }
}

/// A line that is not an event.
pub(super) struct Unread {
    place: Place,
    fault: Fault,
    /// Whether it may be the last line, cut short.
    looks_cut: bool,
}

impl Unread {
    /// What it is, once it is known whether it is the last line.
    pub(super) fn into_found(self, follow: Follow) -> Found {
        let Self { place, fault, looks_cut } = self;
        match follow {
            Follow::EndOfFile if looks_cut => Found::Damaged(Damage { place, cause: Cause::Line(fault) }),
            Follow::EndOfFile | Follow::More => Found::Bad(BadLine { place, fault }),
        }
    }
}
