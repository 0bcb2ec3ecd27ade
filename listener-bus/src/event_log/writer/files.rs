//! Where the files of a log are, and what becomes of them.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Existing, Found, Sink};
use super::error::{Doing, WriteError};
use super::{rolling::RollingFiles, single::SingleFile};
use crate::event_log::{EventLogSettings, LogLayout, LogName, Switch};

/// The files of a log.
#[derive(Debug)]
pub(super) enum Files {
    Single(SingleFile),
    Rolling(RollingFiles),
}

/// What can become of the file that was written when writing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Current {
    /// Nothing of it is worth keeping.
    Empty,
    /// It can go on behind so many bytes.
    Whole(u64),
    /// It stays as it is.
    Ended,
    /// It is not there.
    Gone,
}

/// What is left of a log whose current file is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    EarlierFiles,
    Nothing,
}

/// A file that goes on after a failure.
pub(super) struct Reopened {
    pub(super) sink: Box<dyn Sink>,
    pub(super) how: Resumed,
}

/// How a log goes on after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Resumed {
    /// It had not failed.
    Healthy,
    /// In the same file, behind what was whole.
    SameFile,
    /// In the next file.
    NextFile,
    /// From its start: nothing was written before, or all of it is gone.
    Anew,
}

impl Files {
    /// Makes the first file, and what must be there before it.
    pub(super) fn create(
        settings: &EventLogSettings,
        name: &LogName,
        place: &Place<'_>,
    ) -> Result<(Self, Box<dyn Sink>), WriteError> {
        if !name.is_usable() {
            return Err(WriteError::Name { name: name.as_str().into() });
        }
        place.check_folder(&settings.folder)?;
        match settings.layout {
            LogLayout::Single => {
                let file = SingleFile::new(&settings.folder, &name.single_file(settings.codec));
                let sink = file.create(place)?;
                Ok((Self::Single(file), sink))
            }
            LogLayout::Rolling { max_file_size } => {
                let mut files =
                    RollingFiles::new(&settings.folder, name.clone(), settings.codec, max_file_size);
                let sink = files.create(place)?;
                Ok((Self::Rolling(files), sink))
            }
        }
    }

    /// Whether a line of `length` characters must not follow `text` bytes in the same file.
    pub(super) fn is_full(&self, text: u64, line: &[u8]) -> bool {
        match self {
            Self::Single(_) => false,
            Self::Rolling(files) => files.is_full(text, line),
        }
    }

    /// Makes the next file.
    pub(super) fn next(&mut self, place: &Place<'_>) -> Result<Box<dyn Sink>, WriteError> {
        match self {
            Self::Single(file) => file.create(place),
            Self::Rolling(files) => files.next(place),
        }
    }

    /// Goes on after a failure.
    pub(super) fn reopen(&mut self, current: Current, place: &Place<'_>) -> Result<Reopened, WriteError> {
        match self {
            Self::Single(file) => file.reopen(current, place),
            Self::Rolling(files) => files.reopen(current, place),
        }
    }

    /// Forgets the current file, which is gone, and the earlier ones if they are gone with it.
    pub(super) fn lose(&mut self, place: &Place<'_>) -> Left {
        match self {
            Self::Single(_) => Left::Nothing,
            Self::Rolling(files) => files.lose(place),
        }
    }

    /// Gives the log the name of one that is complete.
    pub(super) fn complete(&mut self, place: &Place<'_>) -> Result<(), WriteError> {
        match self {
            Self::Single(file) => file.complete(place),
            Self::Rolling(files) => files.complete(place),
        }
    }

    /// The folders whose entries must be on the disk for the log to be there.
    pub(super) fn folders(&self) -> Vec<&Path> {
        match self {
            Self::Single(file) => vec![file.folder()],
            Self::Rolling(files) => {
                [Some(files.folder()), files.folder().parent()].into_iter().flatten().collect()
            }
        }
    }

    /// The log as a whole: its file, by the name it has now, or its folder.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Single(file) => file.path(),
            Self::Rolling(files) => files.folder(),
        }
    }

    /// The file that is written.
    pub(super) fn current(&self) -> &Path {
        match self {
            Self::Single(file) => file.path(),
            Self::Rolling(files) => files.current(),
        }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Self::Single(_) => 1,
            Self::Rolling(files) => files.all().len(),
        }
    }

    /// All files of events, in order.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        match self {
            Self::Single(file) => vec![file.path().to_owned()],
            Self::Rolling(files) => files.all().to_vec(),
        }
    }
}

/// The disk, and whether logs on it may be replaced; its errors name what was tried.
#[derive(Debug)]
pub(super) struct Place<'d> {
    pub(super) disk: &'d dyn Disk,
    pub(super) overwrite: Switch,
}

impl Place<'_> {
    fn check_folder(&self, folder: &Path) -> Result<(), WriteError> {
        match self.find(folder)? {
            Some(Found::Folder) => Ok(()),
            Some(Found::Other) => Err(WriteError::NotAFolder { folder: folder.to_owned() }),
            None => Err(WriteError::NoFolder { folder: folder.to_owned() }),
        }
    }

    pub(super) fn find(&self, path: &Path) -> Result<Option<Found>, WriteError> {
        self.disk.find(path).map_err(failed(Doing::Look, path))
    }

    /// Makes room for something at `path`: what is there is removed, if that is wished for.
    pub(super) fn make_room(&self, path: &Path) -> Result<(), WriteError> {
        if self.find(path)?.is_none() {
            return Ok(());
        }
        match self.overwrite {
            Switch::On => self.disk.remove(path).map_err(failed(Doing::Remove, path)),
            Switch::Off => Err(WriteError::AlreadyExists { path: path.to_owned() }),
        }
    }

    /// Makes room for a file at `path`: a folder there is no log, and is never removed.
    pub(super) fn make_room_for_file(&self, path: &Path) -> Result<(), WriteError> {
        if self.overwrite.is_on() && self.find(path)? == Some(Found::Folder) {
            return Err(failed(Doing::Remove, path)(io::ErrorKind::IsADirectory.into()));
        }
        self.make_room(path)
    }

    /// Leaves nothing behind of what could not begin: it would be in the way of the next try.
    pub(super) fn undo(&self, path: &Path) {
        if let Err(error) = self.disk.remove(path) {
            tracing::warn!(%error, path = %path.display(), "cannot remove what is left of a log that did not begin");
        }
    }

    pub(super) fn create_folder(&self, path: &Path) -> Result<(), WriteError> {
        self.disk.create_folder(path).map_err(failed(Doing::Create, path))
    }

    pub(super) fn create(&self, path: &Path, existing: Existing) -> Result<Box<dyn Sink>, WriteError> {
        match self.disk.create(path, existing) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(WriteError::AlreadyExists { path: path.to_owned() })
            }
            created => created.map_err(failed(Doing::Create, path)),
        }
    }

    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), WriteError> {
        self.disk.rename(from, to).map_err(failed(Doing::Rename, from))
    }
}

/// The error of what was tried with a path.
pub(super) fn failed(doing: Doing, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    move |source| WriteError::Io { doing, path: path.to_owned(), source }
}
