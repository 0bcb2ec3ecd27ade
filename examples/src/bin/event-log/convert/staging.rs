//! Where a log is written until it is complete.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use listener_bus::event_log::WrittenLog;
use tempfile::TempDir;

/// What begins with a dot is passed over by Spark, and by this tool.
const PREFIX: &str = ".event-log-convert-";

/// A folder beside the place of a log. It goes with all that is in it: nothing is left of a log that is not completed,
/// and what a complete one replaces stays until then.
#[derive(Debug)]
pub(super) struct Staging(TempDir);

impl Staging {
    pub(super) fn within(folder: &Path) -> anyhow::Result<Self> {
        let staging = tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder);
        staging.map(Self).with_context(|| format!("cannot write to {}", folder.display()))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts a complete log to its place; `replaced` are removed then, and are back where they were if that fails.
    pub(super) fn deliver(
        self,
        written: &mut WrittenLog,
        place: &Path,
        replaced: &[PathBuf],
    ) -> anyhow::Result<()> {
        let mut moves = Moves::default();
        for (number, old) in replaced.iter().enumerate() {
            moves.make(old, &self.path().join(format!("replaced-{number}")))?;
        }
        moves.make(&written.path, place)?;
        moves.keep();
        place.clone_into(&mut written.path);
        let folder = self.path().to_owned();
        self.0.close().with_context(|| format!("cannot remove {}", folder.display()))
    }
}

/// Renames that are undone unless all of them are made.
#[derive(Default)]
struct Moves(Vec<(PathBuf, PathBuf)>);

impl Moves {
    fn make(&mut self, from: &Path, to: &Path) -> anyhow::Result<()> {
        fs::rename(from, to)
            .with_context(|| format!("cannot rename {} to {}", from.display(), to.display()))?;
        self.0.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Moves {
    fn drop(&mut self) {
        for (from, to) in self.0.drain(..).rev() {
            // What failed is an error of its own already.
            drop::<io::Result<()>>(fs::rename(to, from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_replaced_stays_where_it_was() -> anyhow::Result<()> {
        let folder = TempDir::new()?;
        let [old, older] = ["app", "app.inprogress"].map(|name| folder.path().join(name));
        fs::write(&old, "old")?;
        fs::write(&older, "older")?;
        let mut moves = Moves::default();
        moves.make(&old, &folder.path().join("replaced-0"))?;
        moves.make(&older, &folder.path().join("replaced-1"))?;
        let failed = moves.make(&folder.path().join("gone"), &old);
        assert!(failed.is_err() && !old.exists() && !older.exists());
        drop(moves);
        assert_eq!((fs::read_to_string(&old)?, fs::read_to_string(&older)?), ("old".into(), "older".into()));
        Ok(())
    }
}
