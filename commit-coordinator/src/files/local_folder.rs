//! What a store on a local disk does not show: files that a killed process was writing, and empty folders.
//!
//! `LocalFileSystem` writes `name#1`, `name#2` and so on first, gives the file its name when it is whole, and neither lists
//! such files nor removes them when the process that wrote them has died.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path as DiskPath, PathBuf};

use object_store::path::Path;

use super::folder::Folder;
use super::job_id::OutputJobId;
use super::layout::{self, Layout, TEMPORARY};
use super::ours::Ours;
use super::sweep::Swept;

/// The jobs that have a folder, also one in which the store shows nothing.
pub(crate) async fn jobs(folder: &Folder) -> BTreeSet<OutputJobId> {
    let Some(root) = folder.on_disk.clone() else { return BTreeSet::new() };
    let names = off_the_runtime(move || names_in(&root, &[TEMPORARY.to_owned()], fs::FileType::is_dir)).await;
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// Removes half-written files and empty folders, as far as they are in `ours`.
pub(crate) async fn sweep(folder: &Folder, ours: &Ours, swept: &mut Swept) {
    let Some(root) = folder.on_disk.clone() else { return };
    let (layout, ours) = (folder.layout.clone(), ours.clone());
    let work = move || {
        let mut broom = Broom { root, layout, ours, swept: Swept::default() };
        broom.sweep();
        broom.swept
    };
    swept.add(off_the_runtime(work).await);
}

/// Removes what is half-written of one attempt, whose files have names that begin like this.
pub(crate) async fn sweep_attempt(folder: &Folder, job: OutputJobId, attempt: String, swept: &mut Swept) {
    let Some(root) = folder.on_disk.clone() else { return };
    let (layout, ours) = (folder.layout.clone(), Ours::of_job(&folder.layout, job));
    let below: Vec<String> = layout.below(&layout.staging(job)).map(str::to_owned).collect();
    let work = move || {
        let mut broom = Broom { root, layout, ours, swept: Swept::default() };
        broom.files_in(&below, |name| name.starts_with(&attempt));
        broom.swept
    };
    swept.add(off_the_runtime(work).await);
}

/// Blocking work does not belong on the threads of a runtime, if there is one.
async fn off_the_runtime<T: Default + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.unwrap_or_default(),
        Err(_) => work(),
    }
}

struct Broom {
    root: PathBuf,
    layout: Layout,
    ours: Ours,
    swept: Swept,
}

impl Broom {
    fn sweep(&mut self) {
        self.files_in(&[], |_| true);
        let temporary = [TEMPORARY.to_owned()];
        self.files_in(&temporary, |_| true);
        for job in self.ours.jobs().clone() {
            self.folder(&[TEMPORARY.to_owned(), job.to_string()]);
        }
        self.remove_if_empty(&temporary);
    }

    /// What is half-written in this folder and in those in it, and each of them that is empty then.
    fn folder(&mut self, below: &[String]) {
        self.files_in(below, |_| true);
        for name in self.names_in(below, fs::FileType::is_dir) {
            let inner = [below, &[name]].concat();
            self.folder(&inner);
        }
        self.remove_if_empty(below);
    }

    fn files_in(&mut self, below: &[String], included: impl Fn(&str) -> bool) {
        for name in self.names_in(below, fs::FileType::is_file) {
            if included(&name) && self.is_half_written(below, &name) {
                self.remove_file(below, &name);
            }
        }
    }

    fn is_half_written(&self, below: &[String], name: &str) -> bool {
        let Some((whole, number)) = name.rsplit_once('#') else { return false };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        let parts: Vec<&str> = below.iter().map(String::as_str).chain([whole]).collect();
        self.ours.includes_half(layout::entry_of(&parts))
    }

    fn remove_file(&mut self, below: &[String], name: &str) {
        let removed = fs::remove_file(self.on_disk(below).join(name));
        let named = [below, &[name.to_owned()]].concat().join("/");
        let Ok(path) = Path::parse(format!("{}/{named}", self.layout.root())) else { return };
        match removed {
            Ok(()) => self.swept.removed.push(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(%path, %error, "a half-written file could not be removed");
                self.swept.left.push(path);
            }
        }
    }

    /// A folder that is not empty is needed by somebody; the system refuses to remove it.
    fn remove_if_empty(&self, below: &[String]) {
        if let Err(error) = fs::remove_dir(self.on_disk(below)) {
            tracing::trace!(folder = ?below, %error, "a folder stays");
        }
    }

    fn names_in(&self, below: &[String], is_kind: fn(&fs::FileType) -> bool) -> Vec<String> {
        names_in(&self.root, below, is_kind)
    }

    fn on_disk(&self, below: &[String]) -> PathBuf {
        on_disk(&self.root, below)
    }
}

/// The entries of one kind. Links are of neither and are not followed, so that nobody is led out of the folder.
fn names_in(root: &DiskPath, below: &[String], is_kind: fn(&fs::FileType) -> bool) -> Vec<String> {
    let is_folder =
        |depth: usize| fs::symlink_metadata(on_disk(root, &below[..depth])).is_ok_and(|entry| entry.is_dir());
    if !(1..=below.len()).all(is_folder) {
        return Vec::new();
    }
    let Ok(entries) = fs::read_dir(on_disk(root, below)) else { return Vec::new() };
    let of_kind = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| is_kind(&kind)));
    of_kind.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn on_disk(root: &DiskPath, below: &[String]) -> PathBuf {
    below.iter().fold(root.to_owned(), |path, name| path.join(DiskPath::new(name)))
}
