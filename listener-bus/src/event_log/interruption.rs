//! Why bytes end that is neither the end of a file nor a failure of the operating system.

use std::io;

use super::error::{OpenLogError, ReadError};
use super::report::Cause;
use super::{Damage, Place};

/// Why bytes end that is neither the end of a file nor a failure of the operating system: it passes through decoders as an
/// [`io::Error`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Interruption {
    #[error("stopped")]
    Stopped,
    #[error("the file is gone")]
    Gone,
    #[error("the file shrank to {size} bytes, of which {read} had been read")]
    Shrunk { read: u64, size: u64 },
    #[error("there is no log")]
    NoLog(#[source] OpenLogError),
    #[cfg(feature = "object-store")]
    #[error("the store fails")]
    Store(#[source] object_store::Error),
}

impl Interruption {
    /// What it means for a reader that has come to `place`; nothing when reading just ends.
    pub(super) fn at(self, place: Place) -> Result<Option<Damage>, ReadError> {
        match self {
            Self::Stopped => Ok(None),
            Self::Gone => Ok(Some(Damage { place, cause: Cause::Gone })),
            Self::Shrunk { read, size } => Err(ReadError::Shrunk { place, read, size }),
            Self::NoLog(source) => Err(ReadError::Open(source)),
            #[cfg(feature = "object-store")]
            Self::Store(source) => Err(ReadError::Store { place, source }),
        }
    }
}

impl From<Interruption> for io::Error {
    fn from(interruption: Interruption) -> Self {
        Self::other(interruption)
    }
}
