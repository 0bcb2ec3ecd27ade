//! Where in a log something stands.

use std::fmt;
use std::sync::Arc;

/// Where in a log something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The file, by its path or the name of its object.
    pub file: Arc<str>,
    /// The line within the file, from 1; lines that were skipped or filtered count too.
    pub line: u64,
    /// Where the line begins or, if reading stopped inside it, where that was: in bytes of uncompressed text from the
    /// start of the file, from 0.
    pub byte: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {} at byte {}", self.file, self.line, self.byte)
    }
}
