//! What a writer asks of a file system.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

/// A file system, or what stands for one in tests.
pub(in crate::event_log) trait Disk: fmt::Debug + Send {
    /// Tells what is at `path`, if anything is.
    fn find(&self, path: &Path) -> io::Result<Option<Found>>;
    /// Makes a folder that only its owner and group may use, whatever the process's mask says.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes a file that only its owner and group may use, whatever the process's mask says.
    fn create(&self, path: &Path, existing: Existing) -> io::Result<Box<dyn Sink>>;
    /// Opens a file to write from `offset` on; what is behind it is cut off.
    fn reopen(&self, path: &Path, offset: u64) -> io::Result<Box<dyn Sink>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file, or a folder with all that is in it.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Forces the names in a folder to the disk itself.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file that is written.
pub(in crate::event_log) trait Sink: Write + Send {
    /// Forces what was written to the disk itself.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts off what is behind the first `length` bytes; the next write goes there.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event_log) enum Found {
    Folder,
    Other,
}

/// What becomes of a file of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event_log) enum Existing {
    Keep,
    Replace,
}

/// The file system of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::event_log) struct LocalDisk;

impl Disk for LocalDisk {
    fn find(&self, path: &Path) -> io::Result<Option<Found>> {
        match fs::metadata(path) {
            Ok(found) => Ok(Some(if found.is_dir() { Found::Folder } else { Found::Other })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)?;
        mode::set(path, mode::FOLDER)
    }

    fn create(&self, path: &Path, existing: Existing) -> io::Result<Box<dyn Sink>> {
        let mut options = OpenOptions::new();
        match existing {
            Existing::Keep => options.create_new(true),
            Existing::Replace => options.create(true).truncate(true),
        };
        let file = options.write(true).open(path)?;
        mode::set(path, mode::FILE)?;
        Ok(Box::new(file))
    }

    fn reopen(&self, path: &Path, offset: u64) -> io::Result<Box<dyn Sink>> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        Sink::truncate(&mut file, offset)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let is_folder = fs::symlink_metadata(path)?.is_dir();
        if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    #[cfg(not(unix))]
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }
}

/// Who may use what is made.
#[cfg(unix)]
mod mode {
    use std::fs::{Permissions, set_permissions};
    use std::io;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    pub(super) const FILE: u32 = 0o660;
    pub(super) const FOLDER: u32 = 0o770;

    pub(super) fn set(path: &Path, mode: u32) -> io::Result<()> {
        set_permissions(path, Permissions::from_mode(mode))
    }
}

/// Who may use what is made: that is for the folder to say.
#[cfg(not(unix))]
mod mode {
    use std::io;
    use std::path::Path;

    pub(super) const FILE: u32 = 0;
    pub(super) const FOLDER: u32 = 0;

    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    pub(super) fn set(_: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }
}
