//! The file a task writes.

use std::fmt;

use object_store::path::Path;

use super::error::{StoreAction, StoreError, WriteError};
use super::folder::Folder;
use super::names::ChosenName;
use super::staged::{StagedFile, StagedFiles};
use super::upload::{Parts, Upload};
use crate::task::TaskAttempt;

/// A file that one task attempt writes, where nobody sees it until the attempt is committed. A few parts of it are in memory
/// at most, however long it gets.
///
/// It counts once it is closed. An attempt with a file that is dropped instead cannot be committed.
#[must_use = "a file that is not closed keeps its task from being committed"]
pub struct OutputFile {
    folder: Folder,
    task: TaskAttempt,
    path: Path,
    staged: StagedFiles,
    name: ChosenName,
    state: State,
    checksum: crc32fast::Hasher,
    bytes: u64,
    rows: u64,
}

/// How far a file is.
enum State {
    /// Whole so far.
    Whole(Upload),
    /// A write has not come to its end.
    Torn,
}

impl OutputFile {
    pub(crate) fn new(
        folder: Folder,
        task: TaskAttempt,
        (path, name): (Path, ChosenName),
        staged: StagedFiles,
        parts: Parts,
    ) -> Self {
        let state = State::Whole(Upload::new(parts));
        let checksum = crc32fast::Hasher::new();
        Self { folder, task, path, staged, name, state, checksum, bytes: 0, rows: 0 }
    }

    /// Appends these bytes.
    ///
    /// # Errors
    /// If the store fails, or a write before did: then the file is lost.
    ///
    /// # Cancel safety
    /// Not cancel safe: a file whose write is dropped half-way takes no more, and its task cannot be committed.
    pub async fn write(&mut self, content: &[u8]) -> Result<(), WriteError> {
        let mut upload = self.take()?;
        let written = upload.write(&self.folder.store, &self.path, content).await;
        if let Err(source) = written {
            self.give_up(upload).await;
            return Err(StoreError::new(StoreAction::Write, &self.path, source).into());
        }
        self.checksum.update(content);
        self.bytes += content.len() as u64;
        self.state = State::Whole(upload);
        Ok(())
    }

    /// Counts rows, for the manifest.
    pub fn add_rows(&mut self, rows: u64) {
        self.rows = self.rows.saturating_add(rows);
    }

    /// Ends the file, which then counts as its task's output.
    ///
    /// # Errors
    /// If the store fails, or a write before did: then the file is lost.
    ///
    /// # Cancel safety
    /// Not cancel safe: a file that is dropped half-way is not closed, and its task cannot be committed.
    pub async fn close(mut self) -> Result<(), WriteError> {
        let upload = self.take()?;
        let finished = upload.finish(&self.folder.store, &self.path).await;
        finished.map_err(|source| StoreError::new(StoreAction::Write, &self.path, source))?;
        let (bytes, rows, crc32) = (self.bytes, self.rows, self.checksum.finalize());
        self.staged.closed(StagedFile { name: self.name, path: self.path, rows, bytes, crc32 });
        Ok(())
    }

    /// Takes the file out of its task's output, which can then be committed without it; a file whose write failed, too.
    pub async fn discard(mut self) {
        if let Ok(upload) = self.take() {
            self.give_up(upload).await;
        }
        self.staged.forget(&self.name);
    }

    fn take(&mut self) -> Result<Upload, WriteError> {
        match std::mem::replace(&mut self.state, State::Torn) {
            State::Whole(upload) => Ok(upload),
            State::Torn => Err(WriteError::Torn { task: self.task, name: self.name.as_str().to_owned() }),
        }
    }

    /// Nobody waits for the store to forget what it has: if it cannot, its parts are left to its own rules.
    async fn give_up(&self, upload: Upload) {
        if let Err(error) = upload.give_up().await {
            tracing::debug!(path = %self.path, %error, "parts of a file are left in the store");
        }
    }
}

impl fmt::Debug for OutputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("OutputFile");
        shown.field("task", &self.task).field("path", &self.path).field("bytes", &self.bytes);
        shown.finish_non_exhaustive()
    }
}
