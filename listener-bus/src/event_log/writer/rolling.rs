//! A log that is a folder with several files.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Existing, Sink};
use super::error::{Doing, WriteError};
use super::files::{Current, Left, Place, Reopened, Resumed, failed};
use crate::event_log::name::in_progress;
use crate::event_log::{Codec, LogName};

/// A log that is a folder with several files, and with an empty one that says whether it is complete.
#[derive(Debug)]
pub(super) struct RollingFiles {
    folder: PathBuf,
    name: LogName,
    codec: Codec,
    max_file_size: u64,
    /// The number of the current file, from 1.
    index: u64,
    /// All files so far, the current one last.
    files: Vec<PathBuf>,
}

impl RollingFiles {
    pub(super) fn new(folder: &Path, name: LogName, codec: Codec, max_file_size: u64) -> Self {
        let folder = folder.join(name.folder());
        Self { folder, name, codec, max_file_size, index: 0, files: Vec::new() }
    }

    /// Makes the folder, the file that says that the log is in progress, and the first file of events.
    pub(super) fn create(&mut self, place: &Place<'_>) -> Result<Box<dyn Sink>, WriteError> {
        place.make_room(&self.folder)?;
        self.create_folder(place)?;
        self.next(place).inspect_err(|_| place.undo(&self.folder))
    }

    /// Makes the file behind the current one.
    pub(super) fn next(&mut self, place: &Place<'_>) -> Result<Box<dyn Sink>, WriteError> {
        let path = self.folder.join(self.name.events_file(self.index + 1, self.codec));
        let sink = place.create(&path, Existing::Keep)?;
        self.index += 1;
        self.files.push(path);
        Ok(sink)
    }

    /// Whether a line must not follow `text` bytes in the same file. As in Spark, its end does not count, and of its
    /// length only the characters of UTF-16.
    pub(super) fn is_full(&self, text: u64, line: &[u8]) -> bool {
        // There are never more characters than bytes: most lines need not be looked at.
        text + line.len() as u64 > self.max_file_size && text + utf16_length(line) > self.max_file_size
    }

    pub(super) fn reopen(&mut self, current: Current, place: &Place<'_>) -> Result<Reopened, WriteError> {
        let Some(file) = self.files.last() else { return self.begin_anew(place) };
        let (sink, how) = match current {
            Current::Empty => (place.create(file, Existing::Replace)?, Resumed::SameFile),
            Current::Whole(stored) => {
                let sink = place.disk.reopen(file, stored).map_err(failed(Doing::Write, file))?;
                (sink, Resumed::SameFile)
            }
            Current::Ended | Current::Gone => (self.next(place)?, Resumed::NextFile),
        };
        Ok(Reopened { sink, how })
    }

    /// Begins again, with the number behind the last one that was used.
    fn begin_anew(&mut self, place: &Place<'_>) -> Result<Reopened, WriteError> {
        match place.find(&self.folder)? {
            Some(_) => place.create(&self.status_in_progress(), Existing::Replace).map(drop)?,
            None => self.create_folder(place)?,
        }
        Ok(Reopened { sink: self.next(place)?, how: Resumed::Anew })
    }

    pub(super) fn lose(&mut self, place: &Place<'_>) -> Left {
        let Some(current) = self.files.pop() else { return Left::Nothing };
        if matches!(place.find(&current), Ok(None)) {
            // Its number is used again: who reads the log expects no hole.
            self.index -= 1;
        }
        // The oldest may have been compacted away.
        let is_there = |file: &PathBuf| matches!(place.find(file), Ok(Some(_)));
        if self.files.iter().any(is_there) {
            return Left::EarlierFiles;
        }
        self.files.clear();
        Left::Nothing
    }

    pub(super) fn complete(&self, place: &Place<'_>) -> Result<(), WriteError> {
        let complete = self.folder.join(self.name.status_file());
        match place.rename(&self.status_in_progress(), &complete) {
            Err(WriteError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                place.create(&complete, Existing::Keep).map(drop)
            }
            renamed => renamed,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn current(&self) -> &Path {
        self.files.last().unwrap_or(&self.folder)
    }

    pub(super) fn all(&self) -> &[PathBuf] {
        &self.files
    }

    fn create_folder(&self, place: &Place<'_>) -> Result<(), WriteError> {
        place.create_folder(&self.folder)?;
        let status = place.create(&self.status_in_progress(), Existing::Replace);
        status.map(drop).inspect_err(|_| place.undo(&self.folder))
    }

    fn status_in_progress(&self) -> PathBuf {
        self.folder.join(in_progress(&self.name.status_file()))
    }
}

/// The length of a text in UTF-16: each byte begins a character or goes on with one, and those of four bytes count twice.
fn utf16_length(text: &[u8]) -> u64 {
    let units = |byte: &u8| match byte {
        0x80..=0xbf => 0,
        0xf0.. => 2,
        _ => 1,
    };
    text.iter().map(units).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_line_is_that_of_its_characters_in_utf_16() {
        for text in ["", "plain", "größer", "日本語", "🎉 and 🎊", "a\u{10FFFF}"] {
            assert_eq!(utf16_length(text.as_bytes()), text.encode_utf16().count() as u64, "{text}");
        }
    }

    #[test]
    fn a_file_is_full_once_the_next_line_without_its_end_would_exceed_the_limit() {
        let files = RollingFiles::new(Path::new("logs"), LogName::new("app", None), Codec::None, 10);
        assert!(!files.is_full(6, b"four"));
        assert!(files.is_full(7, b"four"));
        assert!(!files.is_full(6, "größ".as_bytes()), "six bytes, and four characters");
        assert!(files.is_full(0, b"eleven long"));
    }
}
