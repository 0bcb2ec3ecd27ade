//! What can be wrong with settings.

use super::MIN_FILE_SIZE;
use crate::event_log::{Codec, UnknownCodec};

/// Why settings cannot be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The files of a rolling log would be too small.
    #[error(
        "the files of a rolling log must be allowed {MIN_FILE_SIZE} bytes at least, and not {max_file_size}"
    )]
    FileSize {
        /// The limit, in bytes.
        max_file_size: u64,
    },
    /// A codec that is read and never written.
    #[error("logs are not written with the codec `{codec}`")]
    ReadOnlyCodec {
        /// The codec.
        codec: Codec,
    },
    /// A level that zstd does not have.
    #[error("zstd has levels from 1 to 22, and not {level}")]
    Level {
        /// The level.
        level: i32,
    },
    /// The value of a setting cannot be read.
    #[error("the setting `{key}` cannot be `{value}`")]
    Value {
        /// The name of the setting.
        key: Box<str>,
        /// What it is set to.
        value: Box<str>,
        /// What is wrong with that.
        source: BadValue,
    },
}

/// What is wrong with the value of a setting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadValue {
    /// It is neither `true` nor `false`.
    #[error("it is neither true nor false")]
    NotBoolean,
    /// It is not a size such as `100k` or `10m`.
    #[error("it is not a size such as 100k or 10m")]
    NotSize,
    /// It is not a whole number.
    #[error("it is not a whole number of that size")]
    NotNumber,
    /// It names no codec.
    #[error(transparent)]
    Codec(UnknownCodec),
    /// It is no folder of this machine.
    #[error("it is not a folder of this machine")]
    NotLocal,
    /// It is no pattern.
    #[error("it is not a pattern")]
    Pattern(#[source] regex::Error),
    /// It is out of range.
    #[error("it is out of range")]
    Range(#[source] Box<SettingsError>),
}
