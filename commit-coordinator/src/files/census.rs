//! What lies in an output folder, and which jobs it comes from.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path;

use super::document;
use super::error::StoreError;
use super::folder::Folder;
use super::job_id::OutputJobId;
use super::layout::{Entry, Scratch};
use super::manifest::Manifest;
use super::note::JobNote;

/// A listing of an output folder.
#[derive(Debug)]
pub(crate) struct Census {
    objects: Vec<(Path, Entry)>,
    /// The jobs that left their note, and whose output each was to replace.
    notes: BTreeMap<OutputJobId, Option<OutputJobId>>,
}

impl Census {
    pub(crate) async fn take(folder: &Folder) -> Result<Self, StoreError> {
        let listed = folder.list(folder.layout.root()).await?;
        let entry = |path: Path| (folder.layout.entry(&path), path);
        let objects: Vec<_> = listed.into_iter().map(|object| entry(object.location)).collect();
        let mut notes = BTreeMap::new();
        for (entry, path) in &objects {
            if let Entry::Scratch(job, Scratch::Marker) = *entry {
                notes.insert(job, replaced_according_to(folder, path).await?);
            }
        }
        Ok(Self { objects: objects.into_iter().map(|(entry, path)| (path, entry)).collect(), notes })
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = &(Path, Entry)> {
        self.objects.iter()
    }

    /// The jobs that have anything of their own here, and those whose output they were to replace.
    pub(crate) fn jobs(&self, manifest: Option<&Manifest>) -> BTreeSet<OutputJobId> {
        let scratch = self.objects.iter().filter_map(|(_, entry)| match entry {
            Entry::Scratch(job, _) => Some(*job),
            Entry::Success | Entry::Committed(_) | Entry::Guard(_) | Entry::Foreign => None,
        });
        let named = manifest.into_iter().flat_map(|manifest| [Some(manifest.job), manifest.replaces]);
        scratch.chain(self.notes.values().copied().flatten()).chain(named.flatten()).collect()
    }

    /// This job, and those before it whose files the one after should have removed and did not.
    pub(crate) fn replaced_up_to(&self, last: Option<OutputJobId>) -> BTreeSet<OutputJobId> {
        let mut replaced = BTreeSet::new();
        let mut next = last;
        while let Some(job) = next.filter(|job| replaced.insert(*job)) {
            next = self.notes.get(&job).copied().flatten();
        }
        replaced
    }

    pub(crate) fn guards(&self) -> impl Iterator<Item = (&Path, OutputJobId)> {
        self.objects.iter().filter_map(|(path, entry)| match entry {
            Entry::Guard(replaced) => Some((path, *replaced)),
            Entry::Success | Entry::Committed(_) | Entry::Scratch(..) | Entry::Foreign => None,
        })
    }

    /// What none of these jobs can have written.
    pub(crate) fn strangers(&self, jobs: &BTreeSet<OutputJobId>) -> impl Iterator<Item = &(Path, Entry)> {
        self.objects.iter().filter(|(_, entry)| match entry {
            Entry::Foreign => true,
            Entry::Committed(job) => !jobs.contains(job),
            Entry::Success | Entry::Scratch(..) | Entry::Guard(_) => false,
        })
    }
}

/// A note that cannot be read tells of no other job.
async fn replaced_according_to(folder: &Folder, note: &Path) -> Result<Option<OutputJobId>, StoreError> {
    let Some((content, _)) = folder.read(note).await? else { return Ok(None) };
    let note = document::unseal::<JobNote>(&content);
    Ok(note.ok().and_then(|note| note.replaces).map(|replaced| replaced.job))
}
