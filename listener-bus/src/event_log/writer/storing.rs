//! How lines get into files, and when the log goes on in the next one.

use std::time::Instant;

use super::error::{Doing, WriteError};
use super::files::{Place, failed};
use super::stream::{Stream, Tally};
use super::{EventLogWriter, Flush, Weight};
use crate::event_log::SyncPolicy;

impl EventLogWriter {
    pub(super) fn try_write(&mut self, line: &[u8], flush: Flush, weight: Weight) -> Result<(), WriteError> {
        if self.files.is_full(self.stream.taken().text, line) {
            self.roll()?;
        }
        let taken = self.stream.write_line(line, weight);
        taken.map_err(failed(Doing::Write, self.files.current()))?;
        self.unflushed += 1;
        let is_due = self.max_unflushed.is_some_and(|most| self.unflushed >= most.get());
        if flush == Flush::Now || is_due { self.try_flush() } else { Ok(()) }
    }

    pub(super) fn try_flush(&mut self) -> Result<(), WriteError> {
        self.stream.flush().map_err(failed(Doing::Write, self.files.current()))?;
        self.sync_file(SyncPolicy::OnFlush)?;
        self.unflushed = 0;
        let now = Instant::now();
        if now.saturating_duration_since(self.found_at) < self.believed_for {
            return Ok(());
        }
        self.found_at = now;
        self.find_current()
    }

    pub(super) fn roll(&mut self) -> Result<(), WriteError> {
        self.end_file(SyncPolicy::OnRoll)?;
        let place = Place { disk: &*self.disk, overwrite: self.overwrite };
        let left = self.files.current().to_owned();
        let sink = self.files.next(&place)?;
        let ended = self.stream.whole();
        let stream = Stream::open(sink, Tally::default(), self.coding);
        self.stream = stream.map_err(failed(Doing::Write, self.files.current()))?;
        self.past = self.past.and(ended);
        if self.sync < SyncPolicy::OnRoll {
            self.unsynced.push(left);
        }
        self.sync_folders(SyncPolicy::OnRoll)
    }

    pub(super) fn end_file(&mut self, occasion: SyncPolicy) -> Result<(), WriteError> {
        self.stream.finish().map_err(failed(Doing::Write, self.files.current()))?;
        self.unflushed = 0;
        self.sync_file(occasion)
    }

    /// Forces the current file to the disk, if that is wished for on this occasion.
    pub(super) fn sync_file(&mut self, occasion: SyncPolicy) -> Result<(), WriteError> {
        if self.sync < occasion {
            return Ok(());
        }
        self.stream.sync().map_err(failed(Doing::Sync, self.files.current()))
    }
}
