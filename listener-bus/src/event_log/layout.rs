//! Which files of a folder make a rolling log, and in what order.

use std::fmt;
use std::ops::RangeInclusive;

use super::name::{Kind, Progress, Role};

/// What the folder of a rolling log holds, as its names tell.
pub(super) struct Listing<T> {
    /// Whether its application still writes it; nothing without a file that tells.
    pub(super) progress: Option<Progress>,
    /// In the order of the log.
    pub(super) events: Vec<EventsFile<T>>,
}

/// A file with events.
pub(super) struct EventsFile<T> {
    pub(super) index: u64,
    pub(super) kind: Kind,
    pub(super) file: T,
}

/// What keeps a folder from being a rolling log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    Status,
    Events,
    /// Two files have this number.
    Twice(u64),
}

/// The files of a rolling log that are read.
pub(super) struct Rolling<T> {
    pub(super) progress: Progress,
    /// In order: from the last compacted one on, if there is one.
    pub(super) files: Vec<EventsFile<T>>,
}

/// What comes next in a rolling log.
#[derive(Clone, Debug)]
pub(super) enum Part<T> {
    File(T),
    /// The numbers of files that are not there, although a later one is.
    Missing(RangeInclusive<u64>),
}

impl<T> Listing<T> {
    /// Takes files with their names, without their folder, in any order.
    pub(super) fn of(files: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_by(|(name, _), (other, _)| name.cmp(other));
        let mut listing = Self { progress: None, events: Vec::new() };
        for (name, file) in files {
            match Role::of(&name) {
                // Both are there: not completed.
                Some(Role::Status(progress)) => {
                    listing.progress = Some(listing.progress.map_or(progress, |other| progress.min(other)));
                }
                Some(Role::Events { index, kind }) => listing.events.push(EventsFile { index, kind, file }),
                None => {}
            }
        }
        listing.events.sort_by_key(|file| (file.index, file.kind));
        listing
    }

    /// Takes what is read of it.
    pub(super) fn rolling(mut self) -> Result<Rolling<T>, Flaw> {
        let progress = self.progress.ok_or(Flaw::Status)?;
        if self.events.is_empty() {
            return Err(Flaw::Events);
        }
        let twice = self
            .events
            .windows(2)
            .find(|pair| (pair[0].index, pair[0].kind) == (pair[1].index, pair[1].kind));
        if let Some(pair) = twice {
            return Err(Flaw::Twice(pair[0].index));
        }
        let from = self.events.iter().rposition(|file| file.kind == Kind::Compacted).unwrap_or(0);
        Ok(Rolling { progress, files: self.events.split_off(from) })
    }
}

impl<T> Rolling<T> {
    /// Its files, and between them those that are missing.
    pub(super) fn parts(self) -> Vec<Part<T>> {
        let mut parts = Vec::with_capacity(self.files.len());
        let mut next = None;
        for EventsFile { index, file, .. } in self.files {
            match next {
                Some(next) if next < index => parts.push(Part::Missing(next..=index - 1)),
                Some(_) | None => {}
            }
            parts.push(Part::File(file));
            next = Some(index.saturating_add(1));
        }
        parts
    }
}

/// What the files that are not there are called.
pub(super) fn missing_name(folder: impl fmt::Display, missing: &RangeInclusive<u64>) -> String {
    let (first, last) = missing.clone().into_inner();
    let numbers = if first == last { first.to_string() } else { format!("{first} to {last}") };
    format!("{folder} events_{numbers}")
}
