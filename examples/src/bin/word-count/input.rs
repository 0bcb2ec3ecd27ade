//! The text to be counted: files, and how they are dealt out to the map tasks.

use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};

/// Where this program's own repository was when it was built.
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Which of its files are text.
const TEXT: [&str; 4] = ["md", "proto", "rs", "toml"];

/// A file, and its size in bytes.
pub(crate) type Sized = (Arc<Path>, u64);

/// A stretch of a file.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) path: Arc<Path>,
    pub(crate) bytes: Range<u64>,
}

impl Piece {
    pub(crate) fn open(&self) -> anyhow::Result<File> {
        File::open(&self.path).with_context(|| format!("cannot open {}", self.path.display()))
    }
}

/// The files that the user names, and those in the folders he names; or the text files of the repository.
pub(crate) fn find(named: &[PathBuf]) -> anyhow::Result<Vec<Sized>> {
    let mut files = Vec::new();
    if named.is_empty() {
        let is_text = |path: &Path| path.extension().is_some_and(|end| TEXT.iter().any(|text| end == *text));
        let repository = Path::new(REPOSITORY);
        search(repository, &is_text, &mut files)
            .context("this program's repository is not where it was built: name files or folders")?;
    }
    for path in named {
        if path.is_dir() {
            search(path, &|_| true, &mut files)?;
        } else {
            files.push(sized(path)?);
        }
    }
    Ok(files)
}

/// Adds the files of a folder in the order of their names; hidden ones and what cargo builds are left out.
fn search(folder: &Path, wanted: &impl Fn(&Path) -> bool, files: &mut Vec<Sized>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.with_context(|| format!("cannot read {}", folder.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_built = kind.is_dir() && path.join("CACHEDIR.TAG").exists();
        if is_hidden || is_built {
            continue;
        }
        if kind.is_dir() {
            search(&path, wanted, files)?;
        } else if kind.is_file() && wanted(&path) {
            files.push(sized(&path)?);
        }
    }
    Ok(())
}

fn sized(path: &Path) -> anyhow::Result<Sized> {
    let file = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !file.is_file() {
        bail!("cannot read {}: it is neither a file nor a folder", path.display());
    }
    Ok((path.into(), file.len()))
}

/// Deals the files out as one text in so many parts of the same size.
pub(crate) fn split(files: &[Sized], parts: usize) -> Vec<Vec<Piece>> {
    let total: u64 = files.iter().map(|(_, size)| size).sum();
    let bound =
        |part: usize| u64::try_from(u128::from(total) * part as u128 / parts as u128).unwrap_or(total);
    (0..parts).map(|part| stretch(files, bound(part), bound(part + 1))).collect()
}

fn stretch(files: &[Sized], from: u64, to: u64) -> Vec<Piece> {
    let mut before = 0;
    let mut pieces = Vec::new();
    for (path, size) in files {
        let (start, end) = (from.max(before) - before, to.min(before + size).saturating_sub(before));
        if start < end {
            pieces.push(Piece { path: Arc::clone(path), bytes: start..end });
        }
        before += size;
    }
    pieces
}
