//! The log that is read, plain and compressed.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use listener_bus::event_log::{EventLog, LogLine, LogLines};
use tempfile::TempDir;

/// What is repeated where no log is given: a small application, from its start to its end.
const SMALL: &[u8] = include_bytes!("../../tests/data/logs/b_barrier_ok.gz");
/// How often: 18 MB of text.
const REPEATED: usize = 100;
/// Of zstd: what Spark compresses with.
const LEVEL: i32 = 1;

/// How the log is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    Plain,
    Gzip,
    Zstd,
}

impl Stored {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Gzip, Self::Zstd];

    fn file_name(self) -> &'static str {
        match self {
            Self::Plain => "log",
            Self::Gzip => "log.gz",
            Self::Zstd => "log.zstd",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What Spark calls the codec, if it has it.
    pub(crate) fn spark_codec(self) -> Option<&'static str> {
        match self {
            Self::Plain => Some("none"),
            Self::Gzip => None,
            Self::Zstd => Some("zstd"),
        }
    }
}

/// The same text as plain and as compressed files, which go with it.
pub(crate) struct Log {
    folder: TempDir,
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

impl Log {
    /// Copies the log at `path`, or makes one up.
    pub(crate) fn prepare(path: Option<&Path>) -> Result<Self> {
        let mut log = Self { folder: tempfile::tempdir()?, events: 0, bytes: 0 };
        let plain = log.path(Stored::Plain);
        match path {
            Some(path) => copy_lines(path, &plain)?,
            None => repeat_small(&plain)?,
        }
        let text = fs::read(&plain)?;
        log.events = text.split(|byte| *byte == b'\n').count() as u64 - 1;
        log.bytes = text.len() as u64;
        let mut gzip = GzEncoder::new(File::create(log.path(Stored::Gzip))?, flate2::Compression::default());
        gzip.write_all(&text)?;
        gzip.finish()?;
        zstd::stream::copy_encode(&text[..], File::create(log.path(Stored::Zstd))?, LEVEL)?;
        Ok(log)
    }

    pub(crate) fn path(&self, stored: Stored) -> PathBuf {
        self.folder.path().join(stored.file_name())
    }
}

fn copy_lines(from: &Path, to: &Path) -> Result<()> {
    let log = EventLog::open(from)?;
    let mut lines = LogLines::new(&log);
    let mut to = BufWriter::new(File::create(to)?);
    while let Some(line) = lines.read()? {
        let LogLine::Text(line) = line else { anyhow::bail!("{} is damaged", from.display()) };
        to.write_all(line.bytes())?;
        to.write_all(b"\n")?;
    }
    to.flush().with_context(|| format!("{} cannot be copied", from.display()))
}

fn repeat_small(to: &Path) -> io::Result<()> {
    let mut text = Vec::new();
    GzDecoder::new(SMALL).read_to_end(&mut text)?;
    let mut to = BufWriter::new(File::create(to)?);
    (0..REPEATED).try_for_each(|_| to.write_all(&text))?;
    to.flush()
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events, {:.1} MB of text", self.events, self.bytes as f64 / 1e6)
    }
}

/// Refuses a run that has not seen every event.
pub(crate) fn check(events: u64, expected: u64) -> Result<()> {
    ensure!(events == expected, "{events} events instead of {expected}");
    Ok(())
}
