//! How a writer stops at a failure, and goes on after it.

use std::{io, mem};

use super::error::{Doing, WriteError};
use super::files::{Current, Files, Left, Place, Resumed, failed};
use super::stream::{Stream, Tally};
use super::{EventLogWriter, State};
use crate::event_log::SyncPolicy;

impl EventLogWriter {
    /// Goes on after a failure: a rolling log in its next file, another one in the same file behind its last line that is
    /// whole. If all files are gone or empty, the log begins anew.
    ///
    /// # Errors
    ///
    /// When the file system still fails.
    pub fn resume(&mut self) -> Result<Resumed, WriteError> {
        if self.state == State::Healthy {
            return Ok(Resumed::Healthy);
        }
        self.lose_if_gone();
        self.seal_earlier();
        // Who reads a rolling log loses nothing behind a broken end: a file that cannot be mended need not be waited for.
        let mended = self.mend();
        let whole = self.stream.whole();
        let place = Place { disk: &*self.disk, overwrite: self.overwrite };
        let left = self.files.current().to_owned();
        let current = self.current(&mended);
        let reopened = self.files.reopen(current, &place)?;
        let (past, from) = match reopened.how {
            Resumed::Anew => (Tally::default(), Tally::default()),
            Resumed::NextFile => (self.past.and(whole), Tally::default()),
            Resumed::SameFile | Resumed::Healthy => (self.past, whole),
        };
        let stream = Stream::open(reopened.sink, from, self.coding);
        let stream = stream.map_err(failed(Doing::Write, self.files.current()))?;
        let ended = mem::replace(&mut self.stream, stream);
        if mended.is_err() && reopened.how == Resumed::NextFile {
            self.unsealed = Some(ended);
        }
        if reopened.how == Resumed::NextFile && current == Current::Ended {
            self.unsynced.push(left);
        }
        self.past = past;
        self.lost = self.given - self.kept();
        self.state = State::Healthy;
        self.sync_folders(SyncPolicy::OnRoll).inspect_err(|_| self.break_off())?;
        Ok(if past.and(from).text == 0 { Resumed::Anew } else { reopened.how })
    }

    /// Ends a file that could not be ended when it was left, if there is room for it now.
    pub(super) fn seal_earlier(&mut self) {
        let Some(mut stream) = self.unsealed.take() else { return };
        let before = stream.whole().stored;
        if stream.cut_back().and_then(|()| stream.seal(self.coding)).is_ok() {
            self.past.stored += stream.whole().stored - before;
        } else {
            self.unsealed = Some(stream);
        }
    }

    /// Leaves a file that is whole, and ended if the log goes on in another one.
    fn mend(&mut self) -> io::Result<()> {
        self.stream.cut_back()?;
        match self.files {
            Files::Rolling(_) if self.stream.whole().stored > 0 && !self.has_marks_only() => {
                self.stream.seal(self.coding)
            }
            Files::Rolling(_) | Files::Single(_) => Ok(()),
        }
    }

    /// What can become of the current file, which was `mended` or not.
    fn current(&self, mended: &io::Result<()>) -> Current {
        let whole = Current::Whole(self.stream.whole().stored);
        match self.files {
            _ if self.state == State::Gone => Current::Gone,
            Files::Single(_) => whole,
            Files::Rolling(_) if whole == Current::Whole(0) => Current::Empty,
            Files::Rolling(_) if self.has_marks_only() && mended.is_ok() => whole,
            Files::Rolling(_) => Current::Ended,
        }
    }

    /// Whether nothing but marks is in the current file of several: on a disk that is nearly full, each try would make
    /// another such file.
    fn has_marks_only(&self) -> bool {
        self.past.text > 0 && self.stream.whole().lines == 0
    }

    /// Finds out whether the current file is where it was made.
    pub(super) fn find_current(&self) -> Result<(), WriteError> {
        let path = self.files.current();
        if self.stream.is_at(path) { Ok(()) } else { Err(WriteError::Gone { path: path.to_owned() }) }
    }

    /// Counts what was in files that are gone as lost.
    fn lose_if_gone(&mut self) {
        if self.state == State::Gone || self.find_current().is_ok() {
            return;
        }
        self.state = State::Gone;
        self.stream.lose();
        if self.files.lose(&Place { disk: &*self.disk, overwrite: self.overwrite }) == Left::Nothing {
            self.past = Tally::default();
            self.unsealed = None;
            self.unsynced.clear();
        }
        self.lost = self.given - self.kept();
    }

    /// Takes no more lines, and leaves a file that is whole as far as it goes.
    pub(super) fn break_off(&mut self) {
        self.state = State::Broken;
        self.unflushed = 0;
        self.lose_if_gone();
        if let Err(error) = self.stream.cut_back() {
            tracing::debug!(%error, log = %self.files.path().display(), "cannot cut a log back to what is whole");
        }
        self.lost = self.given - self.kept();
    }

    /// The lines that are stored and whole.
    fn kept(&self) -> u64 {
        self.past.lines + self.stream.whole().lines
    }
}
