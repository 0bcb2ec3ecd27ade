//! A log in a folder, in any of its layouts.

use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::error::OpenLogError;
use super::layout::{Flaw, Listing, Part, Rolling, missing_name};
use super::name::{FOLDER_PREFIX, IN_PROGRESS, Progress, Role, stem};
use super::segment::Segment;

/// A log of one application, found and not yet read.
///
/// It is one file, or the folder of a rolling log. Opening it looks at names only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog {
    path: PathBuf,
    progress: Progress,
    layout: Layout,
}

/// How a log is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// One file.
    Single,
    /// A folder with several files.
    Rolling {
        /// The files to read, in order: from the last compacted one on, if there is one.
        files: Vec<PathBuf>,
        /// The numbers between those of the files that are missing.
        missing: Vec<RangeInclusive<u64>>,
    },
}

impl EventLog {
    /// Finds the log at `path`: a file, or a folder called `eventlog_v2_*`.
    ///
    /// # Errors
    ///
    /// When nothing can be read there, or what is there is no log.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, OpenLogError> {
        let path = path.into();
        let name = name_of(&path);
        let found = fs::metadata(&path).map_err(|source| OpenLogError::Io { path: path.clone(), source })?;
        if found.is_dir() {
            return Self::rolling(path, &name);
        }
        if name.starts_with('.') {
            return Err(OpenLogError::Hidden { path });
        }
        Ok(Self { progress: Progress::of_file_name(&name), path, layout: Layout::Single })
    }

    /// Finds every log in the folder `path`, in the order of their names. What is no log is left out, and what cannot be
    /// looked at as well, with a warning.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn in_folder(path: impl AsRef<Path>) -> Result<Vec<Self>, OpenLogError> {
        let mut logs = Vec::new();
        for entry in entries(path.as_ref())? {
            match Self::open_or_renamed(entry) {
                Ok(log) => logs.push(log),
                Err(error @ OpenLogError::Io { .. }) => {
                    tracing::warn!(%error, "left out what cannot be looked at");
                }
                Err(_) => {}
            }
        }
        Ok(logs)
    }

    /// Finds the log at `path` also if it was completed since its name was seen.
    fn open_or_renamed(path: PathBuf) -> Result<Self, OpenLogError> {
        let completed = path.to_str().and_then(|path| path.strip_suffix(IN_PROGRESS)).map(PathBuf::from);
        match (Self::open(path), completed) {
            (Err(OpenLogError::Io { source, .. }), Some(completed))
                if source.kind() == io::ErrorKind::NotFound =>
            {
                Self::open(completed)
            }
            (opened, _) => opened,
        }
    }

    fn rolling(path: PathBuf, name: &str) -> Result<Self, OpenLogError> {
        if !name.starts_with(FOLDER_PREFIX) {
            return Err(OpenLogError::NotALog { path });
        }
        let named = entries(&path)?.into_iter().map(|file| (name_of(&file), file));
        let rolling = match Listing::of(named).rolling() {
            Ok(rolling) => rolling,
            Err(Flaw::Status) => return Err(OpenLogError::NoStatus { path }),
            Err(Flaw::Events) => return Err(OpenLogError::NoEvents { path }),
            Err(Flaw::Twice(index)) => return Err(OpenLogError::TwoOfANumber { path, index }),
        };
        let progress = rolling.progress;
        Ok(Self { path, progress, layout: layout_of(rolling) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether its application still writes it, as far as its names tell.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// How it is laid out.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What names its application and the attempt: the name of the file or folder, without what says how far and how
    /// compressed it is.
    pub fn name(&self) -> String {
        stem(&name_of(&self.path)).to_owned()
    }

    /// The files to read, in order.
    pub fn files(&self) -> &[PathBuf] {
        match &self.layout {
            Layout::Single => std::slice::from_ref(&self.path),
            Layout::Rolling { files, .. } => files,
        }
    }

    /// The size of those files as they are stored, in bytes; what cannot be looked at counts 0.
    pub fn size(&self) -> u64 {
        self.files().iter().filter_map(|file| fs::metadata(file).ok()).map(|file| file.len()).sum()
    }

    pub(super) fn segments(&self) -> Vec<Segment> {
        let Layout::Rolling { files, missing } = &self.layout else {
            return vec![Segment::of_file(self.path.clone())];
        };
        let mut missing = missing.iter().peekable();
        let mut segments = Vec::new();
        for file in files {
            let index = index_of(file);
            while let Some(absent) = missing.next_if(|absent| Some(*absent.end()) < index) {
                segments.push(Segment::missing(missing_name(self.path.display(), absent)));
            }
            segments.push(Segment::of_file(file.clone()));
        }
        segments
    }
}

pub(super) fn index_of(file: &Path) -> Option<u64> {
    match Role::of(&name_of(file))? {
        Role::Events { index, .. } => Some(index),
        Role::Status(_) => None,
    }
}

fn layout_of(rolling: Rolling<PathBuf>) -> Layout {
    let (mut files, mut missing) = (Vec::new(), Vec::new());
    for part in rolling.parts() {
        match part {
            Part::File(file) => files.push(file),
            Part::Missing(absent) => missing.push(absent),
        }
    }
    Layout::Rolling { files, missing }
}

pub(super) fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What is in a folder, in the order of names.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, OpenLogError> {
    let failed = |source| OpenLogError::Io { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut paths: Vec<_> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}
