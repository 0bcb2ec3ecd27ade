//! How a log is compressed.

use std::fmt;
use std::path::Path;

/// How a log is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Plain,
    Gzip,
    Zstd,
    Lz4,
    Lzf,
    Snappy,
}

/// What each codec's files begin with.
const MAGIC: [(&[u8], Codec); 5] = [
    (&[0x1f, 0x8b], Codec::Gzip),
    (&[0x28, 0xb5, 0x2f, 0xfd], Codec::Zstd),
    (b"LZ4Block", Codec::Lz4),
    (b"ZV", Codec::Lzf),
    (b"\x82SNAPPY\0", Codec::Snappy),
];

impl Codec {
    /// Tells the codec of a log from its first bytes or, where they are of no codec, from its name.
    pub(crate) fn of(path: &Path, start: &[u8]) -> Self {
        let by_magic = MAGIC.iter().find(|(magic, _)| start.starts_with(magic));
        by_magic.map_or_else(|| Self::by_name(path), |(_, codec)| *codec)
    }

    fn by_name(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut name = &*name;
        while let Some(rest) = name.strip_suffix(".inprogress").or_else(|| name.strip_suffix(".compact")) {
            name = rest;
        }
        match name.rsplit_once('.') {
            Some((_, "gz")) => Self::Gzip,
            Some((_, "zstd" | "zst")) => Self::Zstd,
            Some((_, "lz4")) => Self::Lz4,
            Some((_, "lzf")) => Self::Lzf,
            Some((_, "snappy")) => Self::Snappy,
            _ => Self::Plain,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Lzf => "lzf",
            Self::Snappy => "snappy",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_is_told_by_the_first_bytes_whatever_the_name() {
        assert_eq!(Codec::of(Path::new("app-1"), b"\x1f\x8b\x08"), Codec::Gzip);
        assert_eq!(Codec::of(Path::new("app-1.gz"), b"LZ4Block"), Codec::Lz4);
        assert_eq!(Codec::of(Path::new("app-1"), b"{\"Event\""), Codec::Plain);
    }

    #[test]
    fn a_codec_is_told_by_the_name_without_what_says_how_far_the_log_is() {
        let by_name = |name: &str| Codec::of(Path::new(name), b"");
        assert_eq!(by_name("logs.zstd/app-1.inprogress"), Codec::Plain);
        assert_eq!(by_name("app-1.zstd.inprogress"), Codec::Zstd);
        assert_eq!(by_name("events_1_app-1.lzf.compact"), Codec::Lzf);
        assert_eq!(by_name("app-1.snappy.compact.inprogress"), Codec::Snappy);
        assert_eq!(by_name("app-1.gz"), Codec::Gzip);
    }
}
