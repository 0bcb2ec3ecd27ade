//! A disk that fails when it is told to.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::disk::{Disk, Existing, Found, LocalDisk, Sink};

/// A disk that fails when it is told to; a cheap handle.
#[derive(Clone, Debug)]
pub(in crate::event_log) struct FaultyDisk(Arc<Mutex<Faults>>);

/// What goes wrong, and what was asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::event_log) struct Faults {
    /// The bytes that can still be written; a write beyond is cut short, as on a full disk.
    pub(in crate::event_log) room: u64,
    pub(in crate::event_log) on_create: Fault,
    /// As before, for files alone.
    pub(in crate::event_log) on_create_file: Fault,
    pub(in crate::event_log) on_truncate: Fault,
    pub(in crate::event_log) on_rename: Fault,
    /// How often a file was made or opened.
    pub(in crate::event_log) opened: u64,
    /// How often a file or folder was forced to the disk.
    pub(in crate::event_log) synced: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::event_log) enum Fault {
    None,
    Denied,
}

impl FaultyDisk {
    /// One on which all goes well so far.
    pub(in crate::event_log) fn new() -> Self {
        let faults = Faults {
            room: u64::MAX,
            on_create: Fault::None,
            on_create_file: Fault::None,
            on_truncate: Fault::None,
            on_rename: Fault::None,
            opened: 0,
            synced: 0,
        };
        Self(Arc::new(Mutex::new(faults)))
    }

    pub(in crate::event_log) fn set(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(in crate::event_log) fn faults(&self) -> Faults {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, sink: io::Result<Box<dyn Sink>>) -> io::Result<Box<dyn Sink>> {
        self.set(|faults| faults.opened += 1);
        Ok(Box::new(FaultySink { sink: sink?, disk: self.clone() }))
    }
}

impl Fault {
    fn check(self) -> io::Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Denied => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }
}

impl Disk for FaultyDisk {
    fn find(&self, path: &Path) -> io::Result<Option<Found>> {
        LocalDisk.find(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.faults().on_create.check()?;
        LocalDisk.create_folder(path)
    }

    fn create(&self, path: &Path, existing: Existing) -> io::Result<Box<dyn Sink>> {
        self.faults().on_create.check()?;
        self.faults().on_create_file.check()?;
        self.open(LocalDisk.create(path, existing))
    }

    fn reopen(&self, path: &Path, offset: u64) -> io::Result<Box<dyn Sink>> {
        self.faults().on_truncate.check()?;
        self.open(LocalDisk.reopen(path, offset))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.faults().on_rename.check()?;
        LocalDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        LocalDisk.remove(path)
    }

    fn sync_file(&self, _: &Path) -> io::Result<()> {
        self.set(|faults| faults.synced += 1);
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.set(|faults| faults.synced += 1);
        Ok(())
    }
}

struct FaultySink {
    sink: Box<dyn Sink>,
    disk: FaultyDisk,
}

impl Write for FaultySink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = usize::try_from(self.disk.faults().room).unwrap_or(usize::MAX);
        if room == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.sink.write(&bytes[..bytes.len().min(room)])?;
        self.disk.set(|faults| faults.room -= written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl Sink for FaultySink {
    fn sync(&mut self) -> io::Result<()> {
        self.disk.set(|faults| faults.synced += 1);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.disk.faults().on_truncate.check()?;
        self.sink.truncate(length)
    }

    fn is_at(&self, path: &Path) -> io::Result<bool> {
        self.sink.is_at(path)
    }
}
