//! How an event log is compressed.

mod decode;
mod encode;

use std::fmt;

pub(super) use decode::{Decoded, decode};
pub(super) use encode::{Encode, encode};

use super::error::UnknownCodec;

/// How the files of an event log are compressed.
///
/// The names are those of `spark.eventLog.compression.codec`, and the extensions of file names as well. Only
/// [`Codec::Gzip`] is unknown to Spark: it is read, for archives, and never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// Plain text.
    None,
    /// Zstandard: concatenated frames.
    Zstd,
    /// The block stream of lz4-java, which is no LZ4 frame.
    Lz4,
    /// The stream of snappy-java, which is not Snappy's framing format.
    Snappy,
    /// Chunks of LZF.
    Lzf,
    /// Gzip, as archives have it.
    Gzip,
}

/// What the files of each codec begin with.
const MAGIC: [(&[u8], Codec); 5] = [
    (&[0x1f, 0x8b], Codec::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Codec::Zstd),
    (b"LZ4Block", Codec::Lz4),
    (b"ZV", Codec::Lzf),
    (b"\x82SNAPPY\0", Codec::Snappy),
];

/// What a file name may end with that says nothing about the codec.
const STATES: [&str; 2] = [".inprogress", ".compact"];

impl Codec {
    /// Those that Spark writes, and so does this crate.
    pub const WRITTEN: [Self; 5] = [Self::None, Self::Zstd, Self::Lz4, Self::Snappy, Self::Lzf];

    /// The name, as in `spark.eventLog.compression.codec`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Snappy => "snappy",
            Self::Lzf => "lzf",
            Self::Gzip => "gzip",
        }
    }

    /// What the names of files end with after a dot; plain files end with nothing.
    pub fn extension(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Gzip => Some("gz"),
            Self::Zstd | Self::Lz4 | Self::Snappy | Self::Lzf => Some(self.name()),
        }
    }

    /// Finds a codec by its name, in capitals or not.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn by_name(name: &str) -> Result<Self, UnknownCodec> {
        let known = Self::WRITTEN.into_iter().chain([Self::Gzip]);
        let found = known.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownCodec { name: name.into() })
    }

    /// Tells the codec from the name of a file, once `.inprogress` and `.compact` are taken off its end.
    ///
    /// # Errors
    ///
    /// When the extension is of no codec.
    pub fn of_file_name(name: &str) -> Result<Self, UnknownCodec> {
        // What comes before the last separator may have dots of its own.
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        match without_state(name).rsplit_once('.') {
            None => Ok(Self::None),
            Some((_, "gz")) => Ok(Self::Gzip),
            Some((_, "zst")) => Ok(Self::Zstd),
            Some((_, extension)) => Self::by_name(extension),
        }
    }

    /// Tells the codec from the first bytes of a file, eight at least unless it is shorter.
    pub fn of_magic(start: &[u8]) -> Option<Self> {
        MAGIC.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, codec)| *codec)
    }

    /// Tells the codec from the first bytes or, where they are of no codec, from the name.
    ///
    /// # Errors
    ///
    /// When the extension is of no codec, and the bytes are neither of a codec nor of a JSON object.
    pub(super) fn of(name: &str, start: &[u8]) -> Result<Self, UnknownCodec> {
        match Self::of_magic(start) {
            Some(codec) => Ok(codec),
            None if start.first() == Some(&b'{') => Ok(Self::None),
            None => Self::of_file_name(file_name(name)),
        }
    }
}

/// The last part of a path: the folders that lead to a file say nothing about it.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or(path)
}

/// A file name without what says how far the file is.
pub(super) fn without_state(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = STATES.iter().find_map(|state| name.strip_suffix(state)) {
        name = rest;
    }
    name
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_is_told_by_the_first_bytes_whatever_the_name() {
        assert_eq!(Codec::of("app-1", b"\x1f\x8b\x08"), Ok(Codec::Gzip));
        assert_eq!(Codec::of("app-1.gz", b"LZ4Block"), Ok(Codec::Lz4));
        assert_eq!(Codec::of("app-1.txt", b"{\"Event\""), Ok(Codec::None));
    }

    #[test]
    fn a_codec_is_told_by_the_name_without_what_says_how_far_the_log_is() {
        let by_name = |name: &str| Codec::of(name, b"");
        assert_eq!(by_name("app-1.inprogress"), Ok(Codec::None));
        assert_eq!(by_name("logs.2026/app-1"), Ok(Codec::None));
        assert_eq!(by_name("app-1.zstd.inprogress"), Ok(Codec::Zstd));
        assert_eq!(by_name("events_1_app-1.lzf.compact"), Ok(Codec::Lzf));
        assert_eq!(by_name("app-1.snappy.compact.inprogress"), Ok(Codec::Snappy));
        assert_eq!(by_name("app-1.gz"), Ok(Codec::Gzip));
        assert_eq!(by_name("/data.d/eventlog_v2_app-1/events_1_app-1"), Ok(Codec::None));
        assert_eq!(
            by_name("app-1.brotli").map_err(|error| error.to_string()),
            Err("there is no codec `brotli`".to_owned())
        );
    }
}
