//! The manifest: what an output consists of, as `_SUCCESS` says.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use object_store::UpdateVersion;
use serde::{Deserialize, Serialize};

use super::document;
use super::error::{DocumentFlaw, ReadManifestError};
use super::folder::Folder;
use super::job_id::OutputJobId;
use super::names;
use super::record::{CommittedFile, CommittedTask};

/// What a committed output consists of. A file in the folder that is not named here is no part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The job that wrote it.
    pub job: OutputJobId,
    /// The job whose output it has replaced.
    pub replaces: Option<OutputJobId>,
    /// When it was committed, in milliseconds since 1970, by the clock of the process that did.
    pub committed_at_millis: u64,
    /// The sums over all partitions.
    pub totals: Totals,
    /// What was committed for each partition, in their order.
    pub partitions: Vec<CommittedTask>,
}

/// Sums over an output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Totals {
    /// Partitions, those without files too.
    pub partitions: u64,
    /// Files.
    pub files: u64,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Manifest {
    pub(crate) fn new(
        job: OutputJobId,
        replaces: Option<OutputJobId>,
        now: SystemTime,
        partitions: Vec<CommittedTask>,
    ) -> Self {
        let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let committed_at_millis = u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX);
        Self { job, replaces, committed_at_millis, totals: Totals::of(&partitions), partitions }
    }

    /// Lists the files of all partitions.
    pub fn files(&self) -> impl Iterator<Item = &CommittedFile> {
        self.partitions.iter().flat_map(|partition| &partition.files)
    }

    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.files().map(|file| file.name.as_str()).collect()
    }

    /// Names are read from here and then removed or followed, so each must be one that the job itself has given.
    fn check(self) -> Result<Self, DocumentFlaw> {
        let foreign = self.files().find(|file| names::job_of(&file.name) != Some(self.job));
        if let Some(file) = foreign {
            return Err(DocumentFlaw::Name { name: file.name.clone() });
        }
        Ok(self)
    }
}

impl Totals {
    fn of(partitions: &[CommittedTask]) -> Self {
        let mut totals = Self { partitions: partitions.len() as u64, ..Self::default() };
        for file in partitions.iter().flat_map(|partition| &partition.files) {
            totals.files += 1;
            totals.rows = totals.rows.saturating_add(file.rows);
            totals.bytes = totals.bytes.saturating_add(file.bytes);
        }
        totals
    }
}

/// The manifest that is there, with what a conditional put needs to replace it; `None` if there is none.
pub(crate) async fn present(folder: &Folder) -> Result<Option<(Manifest, UpdateVersion)>, ReadManifestError> {
    let path = folder.layout.success();
    let Some((content, version)) = folder.read(&path).await? else { return Ok(None) };
    if content.is_empty() {
        return Err(ReadManifestError::Empty { path });
    }
    match document::unseal(&content).and_then(Manifest::check) {
        Ok(manifest) => Ok(Some((manifest, version))),
        Err(flaw) => Err(ReadManifestError::Flawed { path, flaw }),
    }
}

/// As [`present`], where only the manifest matters.
pub(crate) async fn current(folder: &Folder) -> Result<Option<Manifest>, ReadManifestError> {
    Ok(present(folder).await?.map(|(manifest, _)| manifest))
}
