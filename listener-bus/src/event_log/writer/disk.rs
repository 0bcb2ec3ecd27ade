//! What a writer asks of a file system.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
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
    /// Forces a file to the disk itself that is written no more.
    fn sync_file(&self, path: &Path) -> io::Result<()>;
    /// Forces the names in a folder to the disk itself.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file that is written.
pub(in crate::event_log) trait Sink: Write + Send {
    /// Forces what was written to the disk itself.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts off what is behind the first `length` bytes; the next write goes there.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
    /// Tells whether it is the file at `path`.
    fn is_at(&self, path: &Path) -> io::Result<bool>;
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
        let mut builder = DirBuilder::new();
        mode::of_folder(&mut builder);
        builder.create(path)?;
        mode::set(path, mode::FOLDER).inspect_err(|_| fs::remove_dir(path).unwrap_or_default())
    }

    fn create(&self, path: &Path, existing: Existing) -> io::Result<Box<dyn Sink>> {
        let mut options = OpenOptions::new();
        match existing {
            Existing::Keep => options.create_new(true),
            Existing::Replace => options.create(true).truncate(true),
        };
        mode::of_file(&mut options);
        let file = options.write(true).open(path)?;
        match mode::set(path, mode::FILE) {
            Ok(()) => Ok(Box::new(file)),
            Err(error) => {
                if existing == Existing::Keep {
                    fs::remove_file(path).unwrap_or_default();
                }
                Err(error)
            }
        }
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

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(path)?.sync_all()
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

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        match fs::metadata(path) {
            Ok(there) => Ok(identity::is_same(&self.metadata()?, &there)),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(false),
                _ => Err(error),
            },
        }
    }
}

/// Whether two files are one.
#[cfg(unix)]
mod identity {
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;

    pub(super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }
}

/// Whether two files are one: that cannot be told, and they are taken to be.
#[cfg(not(unix))]
mod identity {
    use std::fs::Metadata;

    pub(super) fn is_same(_: &Metadata, _: &Metadata) -> bool {
        true
    }
}

/// Who may use what is made.
#[cfg(unix)]
mod mode {
    use std::fs::{DirBuilder, OpenOptions, Permissions, set_permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    pub(super) const FILE: u32 = 0o660;
    pub(super) const FOLDER: u32 = 0o770;

    // What is made has no more than these rights at any moment; the process's mask may leave it fewer, until they are set.
    pub(super) fn of_file(options: &mut OpenOptions) {
        options.mode(FILE);
    }

    pub(super) fn of_folder(builder: &mut DirBuilder) {
        builder.mode(FOLDER);
    }

    pub(super) fn set(path: &Path, mode: u32) -> io::Result<()> {
        set_permissions(path, Permissions::from_mode(mode))
    }
}

/// Who may use what is made: that is for the folder to say.
#[cfg(not(unix))]
mod mode {
    use std::fs::{DirBuilder, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(super) const FILE: u32 = 0;
    pub(super) const FOLDER: u32 = 0;

    pub(super) fn of_file(_: &mut OpenOptions) {}

    pub(super) fn of_folder(_: &mut DirBuilder) {}

    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    pub(super) fn set(_: &Path, _: u32) -> io::Result<()> {
        Ok(())
    }
}
