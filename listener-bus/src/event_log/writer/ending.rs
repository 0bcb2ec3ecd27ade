//! How a log is completed.

use std::path::PathBuf;
use std::{io, mem};

use super::error::{Doing, WriteError};
use super::files::{Place, failed};
use super::{EventLogWriter, State};
use crate::event_log::SyncPolicy;

/// A log that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenLog {
    /// The log: a file, or the folder of a rolling log.
    pub path: PathBuf,
    /// Its files of events, in order.
    pub files: Vec<PathBuf>,
    /// The lines that are in it.
    pub lines: u64,
    /// The bytes in its lines, with their ends and before they were compressed.
    pub text_bytes: u64,
    /// The bytes in its files.
    pub stored_bytes: u64,
}

impl EventLogWriter {
    /// As [`EventLogWriter::finish`], and leaves a writer that can still be asked how it fared.
    pub(in crate::event_log) fn complete(&mut self) -> Result<WrittenLog, WriteError> {
        if self.state != State::Healthy {
            return Err(WriteError::Broken { path: self.files.path().to_owned() });
        }
        self.find_current().inspect_err(|_| self.break_off())?;
        self.seal_earlier();
        self.end_file(SyncPolicy::OnFinish).inspect_err(|_| self.break_off())?;
        self.state = State::Finished;
        let place = Place { disk: &*self.disk, overwrite: self.overwrite };
        self.files.complete(&place)?;
        if self.sync >= SyncPolicy::OnFinish {
            self.sync_earlier()?;
        }
        self.sync_folders(SyncPolicy::OnFinish)?;
        let total = self.past.and(self.stream.whole());
        Ok(WrittenLog {
            path: self.files.path().to_owned(),
            files: self.files.all(),
            lines: total.lines,
            text_bytes: total.text,
            stored_bytes: total.stored,
        })
    }

    /// Removes a log that did not begin: it would be in the way of the next try.
    pub(in crate::event_log) fn discard(mut self) {
        self.state = State::Finished;
        Place { disk: &*self.disk, overwrite: self.overwrite }.undo(self.files.path());
    }

    /// Forces the files to the disk that were left before without it.
    fn sync_earlier(&mut self) -> Result<(), WriteError> {
        for path in mem::take(&mut self.unsynced) {
            match self.disk.sync_file(&path) {
                // It was compacted away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                synced => synced.map_err(failed(Doing::Sync, &path))?,
            }
        }
        Ok(())
    }

    /// Forces the names of the files to the disk, if that is wished for on this occasion.
    pub(super) fn sync_folders(&self, occasion: SyncPolicy) -> Result<(), WriteError> {
        if self.sync < occasion {
            return Ok(());
        }
        let sync = |folder| self.disk.sync_folder(folder).map_err(failed(Doing::Sync, folder));
        self.files.folders().into_iter().try_for_each(sync)
    }
}
