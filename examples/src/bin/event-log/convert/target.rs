//! Where a log is written to.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;
use examples::log::Log;
use listener_bus::event_log::{EventLogSettings, LogLayout, LogName, Origin, Switch};

use super::scan::Scan;
use crate::args::{ConvertArgs, LayoutArg};

/// Where logs are written to: no two of them to the same place, and none over itself.
pub(super) struct Targets<'a> {
    args: &'a ConvertArgs,
    taken: HashMap<PathBuf, String>,
}

/// Where a log is written to.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) settings: EventLogSettings,
    pub(super) app_id: String,
    pub(super) attempt_id: Option<String>,
}

impl Target {
    pub(super) fn name(&self) -> LogName {
        LogName::new(&self.app_id, self.attempt_id.as_deref())
    }
}

impl<'a> Targets<'a> {
    pub(super) fn new(args: &'a ConvertArgs) -> Self {
        Self { args, taken: HashMap::new() }
    }

    /// Finds a place for `log`.
    pub(super) fn claim(&mut self, log: &Log, scan: &Scan) -> anyhow::Result<Target> {
        let (app_id, attempt_id) = scan.application.clone().unwrap_or_else(|| (name_of(log), None));
        let target = Target { settings: self.settings(), app_id, attempt_id };
        let path = self.path(&target.name());
        if let Some(other) = self.taken.get(&path) {
            bail!("{other} is of the same application, and was written to {}", path.display());
        }
        if is_same(log, &path) || is_same(log, &in_progress(&path)) {
            bail!("it would be written over itself: choose another folder than {}", self.args.to.display());
        }
        let there = [path.clone(), in_progress(&path)].into_iter().find(|path| path.exists());
        if let Some(there) = there.filter(|_| !self.args.overwrite) {
            bail!("there is a log {} already; --overwrite replaces it", there.display());
        }
        self.taken.insert(path, log.to_string());
        Ok(target)
    }

    fn path(&self, name: &LogName) -> PathBuf {
        self.args.to.join(match self.args.layout {
            LayoutArg::Single => name.single_file(self.args.codec),
            LayoutArg::Rolling => name.folder(),
        })
    }

    fn settings(&self) -> EventLogSettings {
        let layout = match self.args.layout {
            LayoutArg::Single => LogLayout::Single,
            LayoutArg::Rolling => LogLayout::Rolling { max_file_size: self.args.max_file_size },
        };
        EventLogSettings::new(&self.args.to)
            .codec(self.args.codec)
            .layout(layout)
            .overwrite(Switch::from(self.args.overwrite))
            .origin(Origin::Log)
    }
}

fn name_of(log: &Log) -> String {
    match log {
        Log::Sample => "sample".to_owned(),
        Log::Stored(log) => log.name(),
    }
}

/// The name a log that is one file has while it is written.
fn in_progress(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".inprogress");
    name.into()
}

fn is_same(log: &Log, path: &Path) -> bool {
    match (log, fs::canonicalize(path)) {
        (Log::Stored(log), Ok(path)) => fs::canonicalize(log.path()).is_ok_and(|log| log == path),
        _ => false,
    }
}
