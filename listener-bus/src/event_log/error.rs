//! What can go wrong with an event log as a whole.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::{BadLine, Place};

/// There is no codec of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no codec `{name}`")]
pub struct UnknownCodec {
    /// The name that was looked for.
    pub name: Box<str>,
}

/// Why a path is not an event log that can be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenLogError {
    /// The path, or something in the folder, cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// What cannot be read.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A folder whose name does not begin with `eventlog_v2_`.
    #[error("{} is a folder, and not of a rolling log, whose name begins with eventlog_v2_", path.display())]
    NotALog {
        /// The folder.
        path: PathBuf,
    },
    /// A file whose name begins with a dot, such as those with checksums that Hadoop leaves.
    #[error("{} is a hidden file", path.display())]
    Hidden {
        /// The file.
        path: PathBuf,
    },
    /// A folder of a rolling log without the `appstatus_` file that says whether the log is complete, as Spark requires.
    #[error("{} has no file appstatus_*, as a rolling log must", path.display())]
    NoStatus {
        /// The folder.
        path: PathBuf,
    },
    /// A folder of a rolling log with two files of one number, such as one that was unpacked beside itself: which of them
    /// counts cannot be told.
    #[error("{} has two files events_{index}_*", path.display())]
    TwoOfANumber {
        /// The folder.
        path: PathBuf,
        /// The number.
        index: u64,
    },
    /// A folder of a rolling log without any `events_` file.
    #[error("{} has no file events_*", path.display())]
    NoEvents {
        /// The folder.
        path: PathBuf,
    },
}

/// Why a log cannot be read on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file cannot be read, for a reason that is not in its bytes.
    #[error("cannot read {place}")]
    Io {
        /// How far reading came.
        place: Place,
        /// What the operating system says.
        source: io::Error,
    },
    /// The log is not there, or not one that can be opened; only where it is looked for while reading.
    #[error("cannot open the log")]
    Open(#[source] OpenLogError),
    /// A file that is followed has become shorter than what was read of it.
    #[error("{place}: the file shrank to {size} bytes, of which {read} had been read")]
    Shrunk {
        /// How far reading came.
        place: Place,
        /// The stored bytes that had been read.
        read: u64,
        /// The stored bytes that are left.
        size: u64,
    },
    /// A store of objects fails, or an object is not there any more.
    #[cfg(feature = "object-store")]
    #[error("cannot read {place}")]
    Store {
        /// How far reading came.
        place: Place,
        /// What the store says.
        source: object_store::Error,
    },
    /// Neither the name nor the first bytes of a file are of a known codec.
    #[error("cannot tell how {} is compressed", place.file)]
    Codec {
        /// The start of the file.
        place: Place,
        /// The extension.
        source: UnknownCodec,
    },
    /// A line is not an event, and [`OnCorrupt::Fail`](super::OnCorrupt::Fail) was asked for.
    #[error("corrupt line")]
    Corrupt(#[source] Arc<BadLine>),
    /// A thread that reads or parses ahead has ended before its time: the filter of names panicked, or what the log is
    /// read from. What it had read is lost.
    #[error("a thread that reads ahead has panicked")]
    ThreadGone,
    /// A thread that parses cannot be started.
    #[error("cannot start a thread that parses lines")]
    Spawn(#[source] io::Error),
}

impl ReadError {
    /// How far reading came, where the error is about a file.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Io { place, .. } | Self::Shrunk { place, .. } | Self::Codec { place, .. } => Some(place),
            #[cfg(feature = "object-store")]
            Self::Store { place, .. } => Some(place),
            Self::Corrupt(_) | Self::Open(_) | Self::ThreadGone | Self::Spawn(_) => None,
        }
    }
}
