//! What is found in a log.

use std::fmt;

use examples::log::{Log, Source as _};
use listener_bus::event_log::Place;
use serde::Serialize;

/// Of one kind, so many findings are told one by one.
const EACH: u64 = 20;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Something is missing or cannot be read.
    Damaged,
    /// Events do not fit together.
    Odd,
    /// Worth knowing.
    Note,
}

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    CutLine,
    CutStream,
    MissingFile,
    CorruptLine,
    LongLine,
    Unreadable,
    Empty,
    EventsLost,
    EventStub,
    LogStartNotFirst,
    LogStartAgain,
    ApplicationStart,
    EndWithoutStart,
    StartWithoutEnd,
    NotForSpark,
    NothingYet,
    NotEnded,
    NotClosed,
    LeftRunning,
    UnknownEvent,
}

impl Kind {
    fn severity(self) -> Severity {
        match self {
            Self::CutLine
            | Self::CutStream
            | Self::MissingFile
            | Self::CorruptLine
            | Self::LongLine
            | Self::Unreadable
            | Self::Empty
            | Self::EventsLost => Severity::Damaged,
            Self::EventStub
            | Self::LogStartNotFirst
            | Self::LogStartAgain
            | Self::ApplicationStart
            | Self::EndWithoutStart
            | Self::StartWithoutEnd => Severity::Odd,
            Self::NotForSpark
            | Self::NothingYet
            | Self::NotEnded
            | Self::NotClosed
            | Self::LeftRunning
            | Self::UnknownEvent => Severity::Note,
        }
    }
}

/// Where in a log something is.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Spot {
    /// The file of a rolling log.
    file: Option<String>,
    line: u64,
    byte: u64,
}

impl Spot {
    pub(super) fn of(log: &Log, place: &Place) -> Self {
        Self { file: log.file_of(place), line: place.line, byte: place.byte }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, byte } = self;
        match file {
            Some(file) => write!(f, "{file} line {line} at byte {byte}"),
            None => write!(f, "line {line} at byte {byte}"),
        }
    }
}

/// Something that was found, once or more often.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) kind: Kind,
    pub(super) message: String,
    pub(super) count: u64,
    #[serde(flatten)]
    pub(super) spot: Option<Spot>,
}

/// What is found in a log.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Notes what is found; beyond the first few of a kind, they are counted only.
    pub(super) fn add(&mut self, kind: Kind, spot: Option<Spot>, message: String) {
        self.add_all(kind, 1, spot, message);
    }

    /// Notes what is found `count` times.
    pub(super) fn add_all(&mut self, kind: Kind, count: u64, spot: Option<Spot>, message: String) {
        let severity = kind.severity();
        let mut of_kind = 0;
        for finding in self.0.iter_mut().filter(|finding| finding.kind == kind) {
            of_kind += 1;
            if of_kind > EACH {
                finding.count += count;
                finding.message = more(finding.count);
                return;
            }
        }
        let (spot, message) = if of_kind == EACH { (None, more(count)) } else { (spot, message) };
        self.0.push(Finding { severity, kind, message, count, spot });
    }

    pub(super) fn have_damage(&self) -> bool {
        self.0.iter().any(|finding| finding.severity == Severity::Damaged)
    }

    /// All of them, the worst first.
    pub(super) fn by_severity(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| finding.severity);
        self.0
    }
}

fn more(count: u64) -> String {
    format!("and {count} more like these")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_findings_of_a_kind_are_counted() {
        let mut findings = Findings::default();
        for _ in 0..EACH + 3 {
            findings.add(Kind::CorruptLine, None, "corrupt".to_owned());
        }
        let findings = findings.by_severity();
        assert_eq!(findings.len() as u64, EACH + 1);
        let last = findings.last().map(|finding| (finding.count, finding.message.as_str()));
        assert_eq!(last, Some((3, "and 3 more like these")));
    }
}
