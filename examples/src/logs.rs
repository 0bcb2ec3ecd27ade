//! Finds the event logs that a user names.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use listener_bus::event_log::{Codec, EventLog, OpenLogError};

use crate::log::Log;

/// What the folder of a rolling log is called; any other folder is one with logs in it.
const ROLLING_PREFIX: &str = "eventlog_v2_";
/// The first bytes of a plain file, among which the name of an event must stand.
const START: u64 = 4096;

/// The logs that a user names.
#[derive(Debug, Default)]
pub struct Logs {
    /// Those that are there, in the order they are named in; those of a folder are in the order of their names.
    pub found: Vec<Log>,
    /// What lies in a folder beside logs, and why it is none.
    pub passed_over: Vec<String>,
    /// What was named and is no log.
    pub errors: Vec<anyhow::Error>,
}

impl Logs {
    /// Looks at each path: it is a log, or a folder of logs.
    pub fn at(paths: &[PathBuf]) -> Self {
        let mut logs = Self::default();
        for path in paths {
            let named = if is_folder_of_logs(path) { logs.add_folder(path) } else { logs.add(path) };
            logs.errors.extend(named.err());
        }
        logs
    }

    /// Their size as they are stored, in bytes.
    pub fn size(&self) -> u64 {
        self.found.iter().map(Log::size).sum()
    }

    fn add(&mut self, path: &Path) -> anyhow::Result<()> {
        self.found.push(Log::Stored(EventLog::open(path)?));
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        let already = self.found.len();
        for path in entries(folder).with_context(|| format!("cannot read {}", folder.display()))? {
            match EventLog::open(&path) {
                Ok(log) => self.add_if_log(log),
                Err(OpenLogError::Hidden { .. }) => {}
                Err(error @ OpenLogError::NotALog { .. }) => self.passed_over.push(error.to_string()),
                Err(error) => self.errors.push(error.into()),
            }
        }
        if self.found.len() == already {
            return Err(anyhow!("{} has no event log in it", folder.display()));
        }
        Ok(())
    }

    /// A file in a folder may be anything.
    fn add_if_log(&mut self, log: EventLog) {
        let is_log = log.path().is_dir() || looks_like_log(log.path());
        if is_log {
            self.found.push(Log::Stored(log));
        } else {
            self.passed_over.push(format!("{} is no event log", log.path().display()));
        }
    }
}

fn is_folder_of_logs(path: &Path) -> bool {
    path.is_dir() && !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(ROLLING_PREFIX))
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

/// Whether the file begins as a log does; one that cannot be read, or in which nothing is yet, may be one.
fn looks_like_log(path: &Path) -> bool {
    let Ok(start) = start_of(path) else { return true };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let has_event = start.windows(EVENT.len()).any(|window| window == EVENT);
    let by_name = || match Codec::of_file_name(&name) {
        Ok(Codec::None) => start.is_empty(),
        Ok(_) => true,
        Err(_) => false,
    };
    Codec::of_magic(&start).is_some() || has_event || by_name()
}

/// What every event has in its JSON.
const EVENT: &[u8] = b"\"Event\"";

fn start_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)?.take(START).read_to_end(&mut start)?;
    Ok(start)
}
