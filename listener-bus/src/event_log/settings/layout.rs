//! Whether a log that is written is one file or several.

use super::SettingsError;

/// The least that a file of a rolling log may be limited to, in bytes: 2 MiB, as in Spark.
pub const MIN_FILE_SIZE: u64 = 2 << 20;

/// Whether a log that is written is one file or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogLayout {
    /// One file.
    Single,
    /// A folder with several files.
    Rolling {
        /// The text in one file, before it is compressed, in bytes; at least [`MIN_FILE_SIZE`].
        max_file_size: u64,
    },
}

impl LogLayout {
    pub(super) fn check(self) -> Result<(), SettingsError> {
        match self {
            Self::Rolling { max_file_size } if max_file_size < MIN_FILE_SIZE => {
                Err(SettingsError::FileSize { max_file_size })
            }
            Self::Rolling { .. } | Self::Single => Ok(()),
        }
    }
}

impl Default for LogLayout {
    fn default() -> Self {
        Self::Rolling { max_file_size: 128 << 20 }
    }
}
