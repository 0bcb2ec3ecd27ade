//! A file that grows.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use super::home::Look;
use super::pace::{Pace, Waited};
use super::{FollowEnd, Signal};
use crate::event_log::interruption::Interruption;

/// Reads a file that grows: at its end it waits, until the file is finished.
pub(super) struct Tail<L> {
    file: File,
    /// Looks at what became of the file.
    look: L,
    pace: Pace,
    signal: Arc<Signal>,
    /// The bytes read.
    read: u64,
    state: State,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It may grow.
    Growing,
    /// It was not where it was written at the last look, which may have come between two steps of a rename.
    Doubtful,
    /// It does not grow any more; what is left is read, then this comes.
    Last(Ending),
    /// There is nothing left.
    Over,
}

/// What comes behind the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The end of the file, which may not be the last.
    File,
    /// The end of the log.
    Log,
    /// The log is gone.
    Gone,
}

impl<L: FnMut(&File) -> io::Result<Look>> Tail<L> {
    pub(super) fn new(file: File, look: L, pace: Pace, signal: &Arc<Signal>) -> Self {
        Self { file, look, pace, signal: Arc::clone(signal), read: 0, state: State::Growing }
    }

    /// What to do at the end of what is there.
    fn at_end(&mut self) -> io::Result<State> {
        self.refuse_to_shrink()?;
        match ((self.look)(&self.file)?, self.state) {
            (Look::Writing, _) => Ok(match self.pace.wait()? {
                Waited::LookAgain => State::Growing,
                Waited::TooLong => self.over(FollowEnd::Idle),
            }),
            (Look::Finished, _) => Ok(State::Last(Ending::File)),
            (Look::Completed, _) => Ok(State::Last(Ending::Log)),
            (Look::Gone, State::Doubtful) => Ok(State::Last(Ending::Gone)),
            (Look::Gone, _) => self.pace.wait().map(|_| State::Doubtful),
        }
    }

    fn refuse_to_shrink(&mut self) -> io::Result<()> {
        let size = self.file.metadata()?.len();
        if size < self.read {
            self.state = self.over(FollowEnd::Failed);
            return Err(Interruption::Shrunk { read: self.read, size }.into());
        }
        Ok(())
    }

    fn ending(&mut self, ending: Ending) -> io::Result<State> {
        match ending {
            Ending::File => Ok(State::Over),
            Ending::Log => Ok(self.over(FollowEnd::Completed)),
            Ending::Gone => {
                self.state = self.over(FollowEnd::Gone);
                Err(Interruption::Gone.into())
            }
        }
    }

    fn over(&self, how: FollowEnd) -> State {
        self.signal.end(how);
        State::Over
    }
}

impl<L: FnMut(&File) -> io::Result<Look>> Read for Tail<L> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.state != State::Over && !buffer.is_empty() {
            self.pace.check()?;
            let read = self.file.read(buffer)?;
            if read > 0 {
                self.read += read as u64;
                self.pace.changed();
                return Ok(read);
            }
            self.state = match self.state {
                State::Last(ending) => self.ending(ending)?,
                State::Growing | State::Doubtful => self.at_end()?,
                State::Over => State::Over,
            };
        }
        Ok(0)
    }
}
