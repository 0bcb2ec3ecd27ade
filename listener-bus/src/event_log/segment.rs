//! One file of a log, yet to be opened.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The stored bytes that are read at a time.
pub(super) const BUFFER: usize = 64 * 1024;

/// The bytes of a file as they are stored.
pub(super) type Stored = Box<dyn BufRead + Send>;

/// One file of a log, yet to be opened.
pub(super) struct Segment {
    pub(super) name: Arc<str>,
    pub(super) open: Box<dyn FnOnce() -> io::Result<Stored> + Send>,
}

impl Segment {
    pub(super) fn new(
        name: impl Into<Arc<str>>,
        open: impl FnOnce() -> io::Result<Stored> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), open: Box::new(open) }
    }

    pub(super) fn of_file(path: PathBuf) -> Self {
        Self::new(path.display().to_string(), move || open_file(&path))
    }

    /// Stands in for a file that should be there.
    pub(super) fn missing(name: impl Into<Arc<str>>) -> Self {
        Self::new(name, || Err(io::ErrorKind::NotFound.into()))
    }
}

fn open_file(path: &Path) -> io::Result<Stored> {
    Ok(Box::new(BufReader::with_capacity(BUFFER, File::open(path)?)))
}
