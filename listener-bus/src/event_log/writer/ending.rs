//! How a log is completed.

use std::path::PathBuf;

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
        self.seal_earlier();
        self.end_file(SyncPolicy::OnFinish).inspect_err(|_| self.break_off())?;
        self.state = State::Finished;
        let place = Place { disk: &*self.disk, overwrite: self.overwrite };
        self.files.complete(&place)?;
        if self.sync >= SyncPolicy::OnFinish {
            for folder in self.files.folders() {
                self.disk.sync_folder(folder).map_err(failed(Doing::Sync, folder))?;
            }
        }
        let total = self.past.and(self.stream.whole());
        Ok(WrittenLog {
            path: self.files.path().to_owned(),
            files: self.files.all(),
            lines: total.lines,
            text_bytes: total.text,
            stored_bytes: total.stored,
        })
    }
}
