//! The findings for people, and for programs.

use std::fmt::{self, Display, Formatter};

use examples::log::Log;
use examples::units::count;
use listener_bus::event_log::{Counts, Layout, Progress};
use serde::Serialize;

use super::findings::{Finding, Findings, Severity};

/// All logs.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    logs: Vec<Checked>,
    /// How many of them are.
    pub(super) damaged: u64,
}

/// One log.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    log: String,
    layout: &'static str,
    progress: &'static str,
    /// The worst that was found.
    state: Option<Severity>,
    files: u64,
    lines: u64,
    events: u64,
    bytes: u64,
    findings: Vec<Finding>,
}

impl Summary {
    pub(super) fn new(logs: Vec<Checked>) -> Self {
        let damaged = logs.iter().filter(|log| log.state == Some(Severity::Damaged)).count();
        Self { logs, damaged: damaged as u64 }
    }
}

impl Checked {
    pub(super) fn new(log: &Log, counts: Counts, findings: Findings) -> Self {
        let (layout, progress) = match log {
            Log::Sample => ("single", "completed"),
            Log::Stored(log) => (layout(log.layout()), progress(log.progress())),
        };
        let findings = findings.by_severity();
        Self {
            log: log.to_string(),
            layout,
            progress,
            state: findings.first().map(|worst| worst.severity),
            files: counts.files,
            lines: counts.lines,
            events: counts.events,
            bytes: counts.bytes,
            findings,
        }
    }
}

fn layout(layout: &Layout) -> &'static str {
    match layout {
        Layout::Rolling { .. } => "rolling",
        _ => "single",
    }
}

fn progress(progress: Progress) -> &'static str {
    match progress {
        Progress::InProgress => "in progress",
        Progress::Completed => "completed",
    }
}

/// The findings as text.
pub(super) struct Report<'a>(pub(super) &'a Summary);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for log in &self.0.logs {
            let state = match log.state {
                Some(Severity::Damaged) => "DAMAGED",
                Some(Severity::Odd) => "odd",
                Some(Severity::Note) | None => "fine",
            };
            let Checked { log: name, layout, progress, .. } = log;
            let (events, files) = (count(log.events, "event"), count(log.files, "file"));
            writeln!(f, "{name}: {state} ({events} in {files}, {layout}, {progress})")?;
            log.findings.iter().try_for_each(|finding| line(f, finding))?;
        }
        if self.0.logs.len() > 1 {
            writeln!(f, "\n{}, {} damaged", count(self.0.logs.len() as u64, "log"), self.0.damaged)?;
        }
        Ok(())
    }
}

fn line(f: &mut Formatter<'_>, finding: &Finding) -> fmt::Result {
    let severity = match finding.severity {
        Severity::Damaged => "damaged",
        Severity::Odd => "odd",
        Severity::Note => "note",
    };
    let spot = finding.spot.as_ref().map(|spot| format!("{spot}: ")).unwrap_or_default();
    writeln!(f, "  {severity:8} {spot}{}", finding.message)
}
