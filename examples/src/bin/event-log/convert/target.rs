//! Where a log is written to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use examples::log::Log;
use listener_bus::event_log::{EventLogSettings, LogLayout, LogName, Origin, SyncPolicy, WrittenLog};

use super::scan::Scan;
use super::sources::Sources;
use super::staging::Staging;
use crate::args::{ConvertArgs, LayoutArg};

/// Where logs are written to: no two of them to the same place, and none over itself or another that is read.
pub(super) struct Targets<'a> {
    args: &'a ConvertArgs,
    sources: Sources,
    taken: HashMap<PathBuf, String>,
}

/// Where a log is written to.
#[derive(Debug)]
pub(super) struct Target<'a> {
    args: &'a ConvertArgs,
    /// Where it belongs once it is complete.
    path: PathBuf,
    staging: Staging,
    /// How it is written, where it does not belong yet.
    pub(super) settings: EventLogSettings,
    pub(super) app_id: String,
    pub(super) attempt_id: Option<String>,
}

impl Target<'_> {
    pub(super) fn name(&self) -> LogName {
        LogName::new(&self.app_id, self.attempt_id.as_deref())
    }

    /// Puts the log, which is complete, where it belongs.
    pub(super) fn deliver(self, written: &mut WrittenLog) -> anyhow::Result<()> {
        let replaced = replaced(&self.path, self.args)?;
        self.staging.deliver(written, &self.path, &replaced)
    }
}

impl<'a> Targets<'a> {
    pub(super) fn new(args: &'a ConvertArgs, logs: &[Log]) -> Self {
        Self { args, sources: Sources::of(logs), taken: HashMap::new() }
    }

    /// Finds a place for `log`.
    pub(super) fn claim(&mut self, log: &Log, scan: &Scan) -> anyhow::Result<Target<'a>> {
        let (app_id, attempt_id) = scan.application.clone().unwrap_or_else(|| (name_of(log), None));
        let path = self.path(&LogName::new(&app_id, attempt_id.as_deref()));
        if let Some(other) = self.taken.get(&path) {
            bail!("{other} is of the same application, and was written to {}", path.display());
        }
        if let Some(hit) = places(&path).iter().find_map(|place| self.sources.hit_by(place)) {
            let what = if hit == log.to_string() { "itself" } else { hit };
            bail!("it would be written over {what}: choose another folder than {}", self.args.to.display());
        }
        replaced(&path, self.args)?;
        self.taken.insert(path.clone(), log.to_string());
        let staging = Staging::within(&self.args.to)?;
        let settings = self.settings(staging.path());
        Ok(Target { args: self.args, path, staging, settings, app_id, attempt_id })
    }

    fn path(&self, name: &LogName) -> PathBuf {
        self.args.to.join(match self.args.layout {
            LayoutArg::Single => name.single_file(self.args.codec),
            LayoutArg::Rolling => name.folder(),
        })
    }

    fn settings(&self, folder: &Path) -> EventLogSettings {
        let layout = match self.args.layout {
            LayoutArg::Single => LogLayout::Single,
            LayoutArg::Rolling => LogLayout::Rolling { max_file_size: self.args.max_file_size },
        };
        // What is replaced is gone for good.
        let sync = if self.args.overwrite { SyncPolicy::OnFinish } else { SyncPolicy::Never };
        let settings = EventLogSettings::new(folder).codec(self.args.codec).layout(layout);
        settings.sync(sync).origin(Origin::Log)
    }
}

fn name_of(log: &Log) -> String {
    match log {
        Log::Sample => "sample".to_owned(),
        Log::Stored(log) => log.name(),
    }
}

/// What is at the place of a log and is to be replaced.
fn replaced(path: &Path, args: &ConvertArgs) -> anyhow::Result<Vec<PathBuf>> {
    let there: Vec<_> = places(path).into_iter().filter(|place| place.symlink_metadata().is_ok()).collect();
    match there.first() {
        Some(there) if !args.overwrite => {
            bail!("there is a log {} already; --overwrite replaces it", there.display())
        }
        _ => Ok(there),
    }
}

/// Where a log may stand: complete, or while it is written.
fn places(path: &Path) -> [PathBuf; 2] {
    let mut in_progress = path.as_os_str().to_owned();
    in_progress.push(".inprogress");
    [path.to_owned(), in_progress.into()]
}
