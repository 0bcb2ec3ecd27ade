//! The files of a log that grows.

use std::fs::File;
use std::io::{self, BufReader};
use std::mem;
use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::home::{Home, candidates, list};
use super::pace::{Pace, Waited};
use super::tail::Tail;
use super::{FollowEnd, FollowOptions, Signal};
use crate::event_log::interruption::Interruption;
use crate::event_log::layout::{EventsFile, Listing, missing_name};
use crate::event_log::name::{Kind, Progress};
use crate::event_log::segment::{BUFFER, Segment};
use crate::event_log::{EventLog, Layout, OpenLogError, log};

/// The files of a log that grows, each when it is there.
pub(super) struct FollowedSegments {
    path: PathBuf,
    options: FollowOptions,
    signal: Arc<Signal>,
    state: State,
}

/// How far the files have been handed out.
enum State {
    /// The log has not been found yet.
    Looking,
    /// The last one handed out has this number.
    Rolling { folder: PathBuf, last: u64 },
    /// There are no more.
    Over,
}

/// The next file, if there is one.
type Taken = io::Result<Option<Segment>>;

/// What to hand out next of a rolling log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    File {
        index: u64,
        path: PathBuf,
    },
    /// Files with these numbers are not there any more.
    Missing(RangeInclusive<u64>),
    /// Nothing yet.
    Wait,
    Completed,
    Gone,
}

impl FollowedSegments {
    pub(super) fn new(path: PathBuf, options: &FollowOptions, signal: Arc<Signal>) -> Self {
        Self { path, options: options.clone(), signal, state: State::Looking }
    }

    /// Waits for the log, and takes its first file.
    fn find(&mut self) -> io::Result<Segment> {
        let mut pace = Pace::new(&self.signal, self.options.poll, Some(self.options.appears_within));
        loop {
            let error = match self.try_find() {
                Ok(segment) => return Ok(segment),
                Err(error) => error,
            };
            if !may_come(&error) || pace.wait()? == Waited::TooLong {
                return Err(Interruption::NoLog(error).into());
            }
        }
    }

    fn try_find(&mut self) -> Result<Segment, OpenLogError> {
        let mut first = None;
        for path in candidates(&self.path) {
            match EventLog::open(path).and_then(|log| self.begin(&log)) {
                Err(error) if is_absent(&error) => first = first.or(Some(error)),
                found => return found,
            }
        }
        let path = self.path.clone();
        Err(first.unwrap_or_else(|| OpenLogError::Io { path, source: io::ErrorKind::NotFound.into() }))
    }

    fn begin(&mut self, log: &EventLog) -> Result<Segment, OpenLogError> {
        let path = log.files().first().map_or_else(|| log.path(), PathBuf::as_path).to_owned();
        let index = match log.layout() {
            Layout::Single => None,
            Layout::Rolling { .. } => log::index_of(&path),
        };
        let file = File::open(&path).map_err(|source| OpenLogError::Io { path: path.clone(), source })?;
        let home = match index {
            None => Home::Single { path: path.clone() },
            Some(index) => Home::Folder { folder: log.path().to_owned(), index },
        };
        self.state = match index {
            None => State::Over,
            Some(last) => State::Rolling { folder: log.path().to_owned(), last },
        };
        Ok(self.segment(&path, file, home))
    }

    fn segment(&self, path: &Path, file: File, home: Home) -> Segment {
        let pace = Pace::new(&self.signal, self.options.poll, self.options.idle);
        let tail = Tail::new(file, move |file| home.look(file), pace, &self.signal);
        Segment::new(path.display().to_string(), || Ok(Box::new(BufReader::with_capacity(BUFFER, tail))))
    }

    /// Waits for what comes behind the file number `last` of the rolling log in `folder`.
    fn roll(&mut self, folder: &Path, last: u64) -> Taken {
        let mut pace = Pace::new(&self.signal, self.options.poll, self.options.idle);
        let mut before = Next::Wait;
        loop {
            let next = next_of(list(folder)?, last);
            if let ControlFlow::Break(taken) = self.take(&next, &before, folder) {
                return taken;
            }
            if pace.wait()? == Waited::TooLong {
                self.signal.end(FollowEnd::Idle);
                return Ok(None);
            }
            before = next;
        }
    }

    /// Takes what comes next, if there is anything to take.
    fn take(&mut self, next: &Next, before: &Next, folder: &Path) -> ControlFlow<Taken> {
        match next {
            Next::File { index, path } => self.take_file(*index, path, folder),
            // It has to be so twice: while files come and go, a listing may lack some.
            next if next != before => ControlFlow::Continue(()),
            Next::Wait => ControlFlow::Continue(()),
            Next::Missing(absent) => {
                self.state = State::Rolling { folder: folder.to_owned(), last: *absent.end() };
                ControlFlow::Break(Ok(Some(Segment::missing(missing_name(folder.display(), absent)))))
            }
            Next::Completed => {
                self.signal.end(FollowEnd::Completed);
                ControlFlow::Break(Ok(None))
            }
            Next::Gone => {
                self.signal.end(FollowEnd::Gone);
                let name = folder.display().to_string();
                ControlFlow::Break(Ok(Some(Segment::new(name, || Err(Interruption::Gone.into())))))
            }
        }
    }

    fn take_file(&mut self, index: u64, path: &Path, folder: &Path) -> ControlFlow<Taken> {
        match File::open(path) {
            // It was compacted since the folder was listed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => ControlFlow::Continue(()),
            opened => {
                self.state = State::Rolling { folder: folder.to_owned(), last: index };
                let home = Home::Folder { folder: folder.to_owned(), index };
                ControlFlow::Break(opened.map(|file| Some(self.segment(path, file, home))))
            }
        }
    }

    /// Hands an error over in place of a file, unless it is that following has been stopped.
    fn failed(&self, error: io::Error) -> Option<Segment> {
        if self.signal.ended().is_some() {
            return None;
        }
        if matches!(self.state, State::Over) {
            self.signal.end(FollowEnd::Failed);
        }
        Some(Segment::new(self.path.display().to_string(), || Err(error)))
    }
}

impl Iterator for FollowedSegments {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        if self.signal.ended().is_some() {
            return None;
        }
        let next = match mem::replace(&mut self.state, State::Over) {
            State::Looking => self.find().map(Some),
            State::Rolling { folder, last } => self.roll(&folder, last),
            State::Over => {
                self.signal.end(FollowEnd::Failed);
                Ok(None)
            }
        };
        next.unwrap_or_else(|error| self.failed(error))
    }
}

/// What comes behind the file number `last`, as far as the names in the folder tell.
pub(super) fn next_of(listing: Option<Listing<PathBuf>>, last: u64) -> Next {
    let Some(Listing { progress, events }) = listing else { return Next::Gone };
    let mut compacted = None;
    for EventsFile { index, kind, file } in events.into_iter().filter(|file| file.index > last) {
        match kind {
            Kind::Plain if index - last == 1 => return Next::File { index, path: file },
            Kind::Plain => return Next::Missing(last + 1..=index - 1),
            // What is in it besides events that were read cannot be told.
            Kind::Compacted => compacted = Some(index),
        }
    }
    match (compacted, progress) {
        (Some(index), _) => Next::Missing(last + 1..=index),
        (None, Some(Progress::Completed)) => Next::Completed,
        (None, Some(Progress::InProgress) | None) => Next::Wait,
    }
}

fn is_absent(error: &OpenLogError) -> bool {
    matches!(error, OpenLogError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
}

/// Whether an application that has just begun may still mend it.
fn may_come(error: &OpenLogError) -> bool {
    match error {
        OpenLogError::NoStatus { .. } | OpenLogError::NoEvents { .. } => true,
        OpenLogError::NotALog { .. } | OpenLogError::Hidden { .. } | OpenLogError::TwoOfANumber { .. } => {
            false
        }
        OpenLogError::Io { .. } => is_absent(error),
    }
}
