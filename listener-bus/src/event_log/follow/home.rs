//! Where a file that grows is kept, which tells whether it is finished.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::event_log::OpenLogError;
use crate::event_log::layout::Listing;
use crate::event_log::log::{entries, name_of};
use crate::event_log::name::{self, Progress, in_progress};

/// Where a file that grows is kept.
pub(super) enum Home {
    /// It is the log.
    Single {
        /// Where it was when it was opened.
        path: PathBuf,
    },
    /// It is one file of a rolling log.
    Folder { folder: PathBuf, index: u64 },
}

/// What the names say of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It may grow.
    Writing,
    /// A later file has been begun, or the log is complete.
    Finished,
    /// It is all of a log that is complete.
    Completed,
    /// It is not there any more.
    Gone,
}

impl Home {
    /// Looks at what became of `file`, which was opened here.
    pub(super) fn look(&self, file: &File) -> io::Result<Look> {
        match self {
            Self::Single { path } => look_at_single(path, file),
            Self::Folder { folder, index } => look_at_folder(folder, *index),
        }
    }
}

fn look_at_single(path: &Path, file: &File) -> io::Result<Look> {
    let opened = file.metadata()?;
    let is_here = |path: &Path| match fs::metadata(path) {
        Ok(found) => Ok(is_same(&opened, &found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    };
    let Some(complete) = completed_path(path) else { return Ok(Look::Completed) };
    // In this order: a rename between the two looks is not missed.
    if is_here(path)? {
        return Ok(Look::Writing);
    }
    Ok(if is_here(&complete)? { Look::Completed } else { Look::Gone })
}

fn look_at_folder(folder: &Path, index: u64) -> io::Result<Look> {
    let Some(listing) = list(folder)? else { return Ok(Look::Gone) };
    let goes_on = listing.events.last().is_some_and(|last| last.index > index);
    Ok(match listing.progress {
        Some(Progress::Completed) => Look::Finished,
        _ if goes_on => Look::Finished,
        Some(Progress::InProgress) | None => Look::Writing,
    })
}

/// What is in the folder of a rolling log; nothing if it is gone.
pub(super) fn list(folder: &Path) -> io::Result<Option<Listing<PathBuf>>> {
    match entries(folder) {
        Ok(files) => Ok(Some(Listing::of(files.into_iter().map(|file| (name_of(&file), file))))),
        Err(OpenLogError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(OpenLogError::Io { source, .. }) => Err(source),
        Err(other) => Err(io::Error::other(other)),
    }
}

/// Where the file of a log may be, in the order in which to look.
pub(super) fn candidates(path: &Path) -> Vec<PathBuf> {
    match completed_path(path) {
        Some(complete) => vec![path.to_owned(), complete],
        // Last once more: it may be renamed between the looks.
        None => vec![path.to_owned(), path.with_file_name(in_progress(&name_of(path))), path.to_owned()],
    }
}

/// What a file in progress is called in the end.
fn completed_path(path: &Path) -> Option<PathBuf> {
    let name = name_of(path);
    Some(path.with_file_name(name.strip_suffix(name::IN_PROGRESS)?))
}

#[cfg(unix)]
fn is_same(opened: &Metadata, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (opened.dev(), opened.ino()) == (found.dev(), found.ino())
}

/// Without numbers of files, a name is all there is to go by.
#[cfg(not(unix))]
fn is_same(_opened: &Metadata, _found: &Metadata) -> bool {
    true
}
