//! One line of a log, or what there is instead.

use std::sync::Arc;

use super::bad_line::text_of;
use super::{BadLine, Damage, Place};

/// What comes next in a log.
#[derive(Debug)]
pub enum LogLine<'a> {
    /// A line of text.
    Text(RawLine<'a>),
    /// A line that is not text, or longer than is read.
    Bad(BadLine),
    /// The file cannot be read further; the next one can.
    Damaged(Damage),
}

/// A line of a log, as it stands there without its end.
#[derive(Clone, Copy, Debug)]
pub struct RawLine<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) file: &'a Arc<str>,
    pub(super) number: u64,
    pub(super) start: u64,
    pub(super) has_break: bool,
}

impl<'a> RawLine<'a> {
    /// The line, as it is stored.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The line as text.
    ///
    /// # Errors
    ///
    /// When it is empty, or not UTF-8.
    pub fn text(&self) -> Result<&'a str, BadLine> {
        text_of(self.bytes).map_err(|fault| BadLine { place: self.place(), fault })
    }

    /// Whether it ends with a line break; the last line of a file that is cut short does not.
    pub fn has_break(&self) -> bool {
        self.has_break
    }

    /// Where it begins.
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(self.file), line: self.number, byte: self.start }
    }
}
