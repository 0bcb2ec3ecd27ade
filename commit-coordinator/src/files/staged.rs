//! Which files an attempt has opened and closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::path::Path;

use super::names::ChosenName;

/// A file that is whole and waits to be committed.
#[derive(Clone, Debug)]
pub(crate) struct StagedFile {
    pub(crate) name: ChosenName,
    pub(crate) path: Path,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) crc32: u32,
}

/// One file of the attempt.
#[derive(Debug)]
enum Slot {
    /// Somebody writes it, or has given it up.
    Open(ChosenName),
    /// It is whole.
    Closed(StagedFile),
}

/// Whether more files may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Writing,
    Committing,
}

#[derive(Debug)]
struct Slots {
    phase: Phase,
    files: Vec<Slot>,
}

/// Why a file cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    OpenedBefore,
    Committing,
}

/// The files of one attempt, shared by its output and by those who write.
#[derive(Clone, Debug)]
pub(crate) struct StagedFiles(Arc<Mutex<Slots>>);

impl StagedFiles {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Slots { phase: Phase::Writing, files: Vec::new() })))
    }

    pub(crate) fn open(&self, name: &ChosenName) -> Result<(), Refused> {
        let mut slots = self.lock();
        if slots.phase == Phase::Committing {
            return Err(Refused::Committing);
        }
        if slots.files.iter().any(|slot| slot.name() == name) {
            return Err(Refused::OpenedBefore);
        }
        slots.files.push(Slot::Open(name.clone()));
        Ok(())
    }

    pub(crate) fn closed(&self, file: StagedFile) {
        let mut slots = self.lock();
        if let Some(slot) = slots.files.iter_mut().find(|slot| *slot.name() == file.name) {
            *slot = Slot::Closed(file);
        }
    }

    /// The names of all that were opened, whatever became of them.
    pub(crate) fn names(&self) -> Vec<ChosenName> {
        self.lock().files.iter().map(|slot| slot.name().clone()).collect()
    }

    pub(crate) fn forget(&self, name: &ChosenName) {
        self.lock().files.retain(|slot| slot.name() != name);
    }

    /// All files, or the name of one that is not closed. From here on no more can be opened, so that asking again gives the
    /// same files.
    pub(crate) fn all(&self) -> Result<Vec<StagedFile>, ChosenName> {
        let mut slots = self.lock();
        let files = slots.files.iter().map(Slot::whole).collect::<Result<_, _>>()?;
        slots.phase = Phase::Committing;
        Ok(files)
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn name(&self) -> &ChosenName {
        match self {
            Self::Open(name) => name,
            Self::Closed(file) => &file.name,
        }
    }

    fn whole(&self) -> Result<StagedFile, ChosenName> {
        match self {
            Self::Open(name) => Err(name.clone()),
            Self::Closed(file) => Ok(file.clone()),
        }
    }
}
