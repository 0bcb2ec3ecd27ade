//! Where events come from.

use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;

use crate::codec::Codec;

/// A log of a small application that lost two executors.
const SAMPLE: &[u8] = include_bytes!("../../../data/executor-loss.gz");

/// Where events come from.
#[derive(Clone, Debug)]
pub(crate) enum Log {
    /// The log that comes with the program.
    Sample,
    File(PathBuf),
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample => f.write_str("the built-in log"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl Log {
    /// The logs the user names, or the built-in one.
    pub(crate) fn all(paths: &[PathBuf]) -> Vec<Self> {
        if paths.is_empty() { vec![Self::Sample] } else { paths.iter().cloned().map(Self::File).collect() }
    }

    /// Its size as it is stored, in bytes; 0 where that cannot be known.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Sample => SAMPLE.len() as u64,
            Self::File(path) => {
                fs::metadata(path).ok().filter(fs::Metadata::is_file).map_or(0, |file| file.len())
            }
        }
    }

    /// Opens it for reading; `bar` follows how much of it as stored has been read.
    pub(crate) fn open(&self, bar: &ProgressBar) -> anyhow::Result<Box<dyn BufRead>> {
        match self {
            Self::Sample => decode(Path::new(""), SAMPLE, bar),
            Self::File(path) => {
                let file = File::open(path).with_context(|| format!("cannot open {self}"))?;
                if file.metadata().is_ok_and(|file| file.is_dir()) {
                    return refuse_directory(path);
                }
                decode(path, BufReader::new(file), bar)
            }
        }
    }
}

fn decode<'a>(
    path: &Path,
    mut stored: impl BufRead + 'a,
    bar: &ProgressBar,
) -> anyhow::Result<Box<dyn BufRead + 'a>> {
    let start = stored.fill_buf().with_context(|| format!("cannot read {}", path.display()))?;
    match Codec::of(path, start) {
        Codec::Plain => Ok(Box::new(bar.wrap_read(stored))),
        Codec::Gzip => Ok(Box::new(BufReader::new(MultiGzDecoder::new(bar.wrap_read(stored))))),
        codec @ (Codec::Zstd | Codec::Lz4 | Codec::Lzf | Codec::Snappy) => {
            bail!("cannot read {}: not supported yet: {codec} compression", path.display())
        }
    }
}

fn refuse_directory<T>(path: &Path) -> anyhow::Result<T> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("eventlog_v2_") {
        bail!("cannot read {}: not supported yet: rolling logs, which are directories", path.display())
    }
    bail!("cannot read {}: it is a directory", path.display())
}
