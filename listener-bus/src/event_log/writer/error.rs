//! What can go wrong while a log is written.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::event_log::SettingsError;

/// Why a log cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The settings are wrong.
    #[error("the settings of the log are wrong")]
    Settings(#[from] SettingsError),
    /// No file can have that name: the application's id is empty, or has something in it that separates folders.
    #[error("a log cannot be called `{name}`")]
    Name {
        /// The application's id, as far as it can stand in the name of a file.
        name: Box<str>,
    },
    /// The folder for logs is not there.
    #[error("there is no folder {} for logs", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder for logs is something else.
    #[error("{} is not a folder", folder.display())]
    NotAFolder {
        /// What is no folder.
        folder: PathBuf,
    },
    /// A log of that name is there, and is not to be overwritten.
    #[error("there is a log {} already", path.display())]
    AlreadyExists {
        /// The log.
        path: PathBuf,
    },
    /// The file system does not do its work.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: Doing,
        /// With what.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file that is written is not there any more, nor is what was in it.
    #[error("{} is gone", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// A line has a line break in it, and would be two.
    #[error("a line has a line break at byte {column}")]
    LineBreak {
        /// Where in the line it stands, in bytes, from 0.
        column: usize,
    },
    /// A line was not written because an earlier one could not be; see
    /// [`EventLogWriter::resume`](super::EventLogWriter::resume).
    #[error("{} failed before, and does not go on yet", path.display())]
    Broken {
        /// The log.
        path: PathBuf,
    },
    /// The thread that flushes in time cannot be started.
    #[error("cannot start the thread that flushes the log")]
    Spawn(#[source] io::Error),
}

/// What is done with a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doing {
    /// It is looked at.
    Look,
    /// It is made.
    Create,
    /// It is written.
    Write,
    /// It is forced to the disk.
    Sync,
    /// It is cut back to what is whole.
    Truncate,
    /// It gets its final name.
    Rename,
    /// It is removed.
    Remove,
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Look => "look at",
            Self::Create => "create",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Truncate => "truncate",
            Self::Rename => "rename",
            Self::Remove => "remove",
        })
    }
}
