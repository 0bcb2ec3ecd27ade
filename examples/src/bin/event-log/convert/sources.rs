//! The logs that are read, which nothing may be written over.

use std::fs;
use std::path::{Path, PathBuf};

use examples::log::{Log, Source as _};

/// Where the logs that are read lie, and their files, with the names of the logs.
pub(super) struct Sources(Vec<(PathBuf, String)>);

impl Sources {
    pub(super) fn of(logs: &[Log]) -> Self {
        let of_log = |log: &Log| {
            let files = match log {
                Log::Stored(stored) => stored.files(),
                Log::Sample => Default::default(),
            };
            let paths = log.path().into_iter().chain(files.iter().map(AsRef::as_ref));
            let found = paths.filter_map(|path| Some((fs::canonicalize(path).ok()?, log.to_string())));
            found.collect::<Vec<_>>()
        };
        Self(logs.iter().flat_map(of_log).collect())
    }

    /// The log that would suffer if `path` were replaced: it is that log, lies in it, or has something of it in it.
    pub(super) fn hit_by(&self, path: &Path) -> Option<&str> {
        // Where a link stands is as bad a place as where it leads to.
        let places = [fs::canonicalize(path).ok(), beside(path)];
        let is_hit = |source: &Path| {
            let mut places = places.iter().flatten();
            places.any(|place| source.starts_with(place) || place.starts_with(source))
        };
        self.0.iter().find(|(source, _)| is_hit(source)).map(|(_, log)| log.as_str())
    }
}

/// The path in the folder that it is really in.
fn beside(path: &Path) -> Option<PathBuf> {
    Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?))
}
