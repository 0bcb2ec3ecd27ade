//! What is told on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use examples::faults::{Skipped, of_cut_line, of_damage, of_read_error};
use examples::log::Source;
use examples::logging;
use examples::logs::Logs;
use examples::progress::Progress;
use indicatif::ProgressBar;
use listener_bus::event_log::{Damage, Fault, Place, ReadError};

/// Tells what is wrong, above the progress bar, and counts it.
#[derive(Debug)]
pub(crate) struct Telling {
    bar: ProgressBar,
    errors: u64,
    /// The corrupt lines of the log that is read.
    skipped: Skipped,
}

impl Telling {
    /// Starts to log above the bar of `progress`, and tells of what was named and is no log.
    pub(crate) fn start(progress: &Progress, logs: &Logs) -> Self {
        logging::start(progress.bar());
        let mut telling = Self { bar: progress.bar().clone(), errors: 0, skipped: Skipped::default() };
        logs.passed_over.iter().for_each(|what| tracing::warn!("passed over: {what}"));
        logs.errors.iter().for_each(|error| telling.error(error));
        telling
    }

    /// Tells an error with its causes in one line.
    pub(crate) fn error(&mut self, error: &anyhow::Error) {
        self.errors += 1;
        self.note(format_args!("error: {error:#}"));
    }

    /// Tells something in one line; if standard error is closed, there is nobody to tell.
    pub(crate) fn note(&self, text: impl Display) {
        self.bar.suspend(|| drop(writeln!(io::stderr(), "event-log: {text}")));
    }

    pub(crate) fn corrupt(&mut self, log: &dyn Source, place: &Place, fault: &Fault) {
        self.skipped.add(log, place, fault);
    }

    pub(crate) fn cut(&mut self, log: &dyn Source, place: &Place, fault: &Fault) {
        self.error(&of_cut_line(log, place, fault));
    }

    pub(crate) fn damage(&mut self, log: &dyn Source, damage: &Damage) {
        self.error(&of_damage(log, damage));
    }

    pub(crate) fn unreadable(&mut self, log: &dyn Source, error: ReadError) {
        self.error(&of_read_error(log, error));
    }

    /// Sums up the corrupt lines of a log that has been read.
    pub(crate) fn end_log(&mut self, log: &dyn Source) {
        if let Some(error) = std::mem::take(&mut self.skipped).into_error(log) {
            self.error(&error);
        }
    }

    /// How many errors were told.
    pub(crate) fn errors(&self) -> u64 {
        self.errors
    }
}
