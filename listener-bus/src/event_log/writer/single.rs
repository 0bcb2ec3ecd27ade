//! A log that is one file.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Existing, Sink};
use super::error::{Doing, WriteError};
use super::files::{Place, Reopened, Resumed, failed};
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
        place.make_room(&self.path)?;
        place.create(&self.path, Existing::Keep)
    }

    pub(super) fn reopen(&self, stored: u64, place: &Place<'_>) -> Result<Reopened, WriteError> {
        match place.disk.reopen(&self.path, stored) {
            Ok(sink) => Ok(Reopened { sink, how: Resumed::SameFile }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let sink = place.create(&self.path, Existing::Keep)?;
                Ok(Reopened { sink, how: Resumed::Anew })
            }
            Err(error) => Err(failed(Doing::Write, &self.path)(error)),
        }
    }

    pub(super) fn complete(&mut self, place: &Place<'_>) -> Result<(), WriteError> {
        place.make_room(&self.complete)?;
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
