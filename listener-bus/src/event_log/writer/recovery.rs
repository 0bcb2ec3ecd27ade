//! How a writer stops at a failure, and goes on after it.

use std::{io, mem};

use super::error::{Doing, WriteError};
use super::files::{Files, Place, Resumed, failed};
use super::stream::{Stream, Tally};
use super::{EventLogWriter, State};

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
        self.seal_earlier();
        // Who reads a rolling log loses nothing behind a broken end: a file that cannot be mended need not be waited for.
        let mended = self.mend();
        let whole = self.stream.whole();
        let place = Place { disk: &*self.disk, overwrite: self.overwrite };
        let reopened = self.files.reopen(whole.stored, &place)?;
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
        self.past = past;
        self.lost = self.given - self.kept();
        self.state = State::Healthy;
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
            Files::Rolling(_) if self.stream.whole().stored > 0 => self.stream.seal(self.coding),
            Files::Rolling(_) | Files::Single(_) => Ok(()),
        }
    }

    /// Takes no more lines, and leaves a file that is whole as far as it goes.
    pub(super) fn break_off(&mut self) {
        self.state = State::Broken;
        self.unflushed = 0;
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
