//! A log that is one file.

use std::path::{Path, PathBuf};

use super::disk::{Existing, Sink};
use super::error::{Doing, WriteError};
use super::files::{Current, Place, Reopened, Resumed, failed};
use crate::event_log::name::in_progress;

/// A log that is one file: it has its name with `.inprogress` behind it until it is complete.
#[derive(Debug)]
pub(super) struct SingleFile {
    folder: PathBuf,
    complete: PathBuf,
    /// The name it has now.
    path: PathBuf,
}

impl SingleFile {
    pub(super) fn new(folder: &Path, name: &str) -> Self {
        Self { folder: folder.to_owned(), complete: folder.join(name), path: folder.join(in_progress(name)) }
    }

    /// Makes the file. One that is complete already is no hindrance before the end, as in Spark; one in progress is,
    /// for another application may write it.
    pub(super) fn create(&self, place: &Place<'_>) -> Result<Box<dyn Sink>, WriteError> {
        place.make_room_for_file(&self.path)?;
        place.create(&self.path, Existing::Keep)
    }

    pub(super) fn reopen(&self, current: Current, place: &Place<'_>) -> Result<Reopened, WriteError> {
        let whole = match current {
            Current::Whole(stored) => stored,
            Current::Empty | Current::Ended => 0,
            Current::Gone => {
                let sink = place.create(&self.path, Existing::Keep)?;
                return Ok(Reopened { sink, how: Resumed::Anew });
            }
        };
        let sink = place.disk.reopen(&self.path, whole).map_err(failed(Doing::Write, &self.path))?;
        Ok(Reopened { sink, how: Resumed::SameFile })
    }

    pub(super) fn complete(&mut self, place: &Place<'_>) -> Result<(), WriteError> {
        place.make_room_for_file(&self.complete)?;
        place.rename(&self.path, &self.complete)?;
        self.path.clone_from(&self.complete);
        Ok(())
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
