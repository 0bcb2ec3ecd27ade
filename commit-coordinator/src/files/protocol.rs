//! The protocol of one output folder: setting jobs up, reading what is committed, cleaning.

use std::collections::BTreeSet;
use std::path::Path as DiskPath;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, UpdateVersion};

use super::builder::{ExistingOutput, FileCommitProtocolBuilder};
use super::census::Census;
use super::document;
use super::error::{
    CleanError, OpenJobError, ReadManifestError, RecordError, SetupJobError, StoreError, VerifyError,
};
use super::folder::Folder;
use super::guard;
use super::job::OutputJob;
use super::job_id::OutputJobId;
use super::layout::Entry;
use super::local_folder;
use super::manifest::{self, Manifest};
use super::note::{self, JobNote, Replaced};
use super::ours::Ours;
use super::sweep::{self, Swept};
use super::upload::Parts;
use super::verify;

/// Commits the output of jobs to one folder of an object store: whole jobs only, and of each partition one attempt.
///
/// A clone is the same. Everything it knows is in the folder, so another process makes its own.
#[derive(Clone, Debug)]
pub struct FileCommitProtocol {
    folder: Folder,
    existing: ExistingOutput,
    parts: Parts,
}

impl FileCommitProtocol {
    /// Begins to set up the protocol for the folder `root` of a store.
    pub fn builder(store: Arc<dyn ObjectStore>, root: impl Into<Path>) -> FileCommitProtocolBuilder {
        FileCommitProtocolBuilder::new(store, root.into())
    }

    /// Begins to set up the protocol for a folder on this machine's disk, which must exist.
    ///
    /// # Errors
    /// If the folder does not exist.
    pub fn on_disk(folder: impl AsRef<DiskPath>) -> Result<FileCommitProtocolBuilder, object_store::Error> {
        let store = LocalFileSystem::new_with_prefix(&folder)?;
        Ok(Self::builder(Arc::new(store), Path::ROOT).folder_on_disk(folder.as_ref()))
    }

    pub(crate) fn new(folder: Folder, existing: ExistingOutput, parts: Parts) -> Self {
        Self { folder, existing, parts }
    }

    /// Begins a new job. Others may be at work on the same output; one of them wins.
    ///
    /// # Errors
    /// If there is output and it is not to be replaced, or is not of this protocol; if the folder holds anything else; if the
    /// store fails.
    pub async fn setup_job(&self) -> Result<OutputJob, SetupJobError> {
        let census = Census::take(&self.folder).await?;
        // After the listing: a job that ends in between removes its note only when its manifest can be read.
        let present = self.replaceable().await?;
        let (manifest, version) = present.unzip();
        self.refuse_strangers(&census, manifest.as_ref()).await?;
        self.refuse_guard(&census, manifest.as_ref()).await?;
        let id = OutputJobId::unique();
        let seen = manifest.map(|manifest| manifest.job).zip(version);
        let replaces = seen.map(|(job, version)| Replaced::new(job, version));
        self.leave_note(id, JobNote { replaces: replaces.clone() }).await?;
        tracing::info!(job = %id, folder = %self.folder.layout.root(), ?replaces, "job set up");
        Ok(OutputJob::new(id, self.folder.clone(), self.parts, replaces))
    }

    /// Opens a job that another process has set up: in a worker, or in a driver that was started again. A committed job can be
    /// opened too, as long as its output is there.
    ///
    /// # Errors
    /// If there is no such job, or the store fails.
    pub async fn open_job(&self, id: OutputJobId) -> Result<OutputJob, OpenJobError> {
        if let Some(note) = note::read(&self.folder, id).await? {
            return Ok(OutputJob::new(id, self.folder.clone(), self.parts, note.replaces));
        }
        match manifest::current(&self.folder).await? {
            Some(manifest) if manifest.job == id => {
                Ok(OutputJob::new(id, self.folder.clone(), self.parts, None))
            }
            _ => Err(OpenJobError::NoSuchJob { job: id }),
        }
    }

    /// Reads what the output consists of.
    ///
    /// # Errors
    /// If nothing is committed, the marker is the empty one that Spark writes, or the manifest is cut off, changed or of a later
    /// version.
    pub async fn read_manifest(&self) -> Result<Manifest, ReadManifestError> {
        let path = self.folder.layout.success();
        manifest::current(&self.folder).await?.ok_or(ReadManifestError::NotThere { path })
    }

    /// Reads the whole output and compares it with its manifest.
    ///
    /// # Errors
    /// If there is no manifest, or a file is missing or differs from it in size or checksum.
    pub async fn verify(&self) -> Result<Manifest, VerifyError> {
        let manifest = self.read_manifest().await?;
        verify::verify(&self.folder, &manifest).await?;
        Ok(manifest)
    }

    /// Removes everything that jobs of this protocol have left in the folder and the manifest does not name. Files of others
    /// stay. No job may be at work: of one that is, the files would go.
    ///
    /// # Errors
    /// If there is a manifest that cannot be read: then nothing is removed. If the folder cannot be listed.
    pub async fn clean(&self) -> Result<Swept, CleanError> {
        self.clean_but_for([]).await
    }

    /// Cleans as [`clean`](Self::clean) does, but leaves these jobs alone, which may be at work.
    ///
    /// # Errors
    /// As [`clean`](Self::clean).
    pub async fn clean_but_for(
        &self,
        at_work: impl IntoIterator<Item = OutputJobId>,
    ) -> Result<Swept, CleanError> {
        let at_work: BTreeSet<OutputJobId> = at_work.into_iter().collect();
        let census = Census::take(&self.folder).await?;
        let manifest = manifest::current(&self.folder).await?;
        let mut jobs = census.jobs(manifest.as_ref());
        jobs.extend(local_folder::jobs(&self.folder).await);
        let jobs = &jobs - &at_work;
        let guards = self.guards_but_for(&census, &at_work).await?;
        let layout = &self.folder.layout;
        let ours = if at_work.is_empty() {
            Ours::of_all(layout, jobs, guards)
        } else {
            Ours::of_jobs(layout, jobs, guards)
        };
        let ours = match &manifest {
            Some(manifest) => ours.but_for(manifest),
            None => ours,
        };
        let swept = sweep::sweep(&self.folder, &census, &ours).await;
        let (removed, left) = (swept.removed.len(), swept.left.len());
        tracing::info!(folder = %self.folder.layout.root(), removed, left, "output folder cleaned");
        Ok(swept)
    }
}

impl FileCommitProtocol {
    /// The manifest that a job set up now is to replace.
    async fn replaceable(&self) -> Result<Option<(Manifest, UpdateVersion)>, SetupJobError> {
        let path = self.folder.layout.success();
        match (self.existing, manifest::present(&self.folder).await) {
            (_, Ok(None)) => Ok(None),
            (ExistingOutput::Replace, Ok(present)) => Ok(present),
            (_, Err(ReadManifestError::Store(error))) => Err(error.into()),
            (ExistingOutput::IsError, Ok(Some(_)) | Err(_)) => Err(SetupJobError::OutputExists { path }),
            (ExistingOutput::Replace, Err(error)) => Err(error.into()),
        }
    }

    async fn refuse_strangers(
        &self,
        census: &Census,
        manifest: Option<&Manifest>,
    ) -> Result<(), SetupJobError> {
        for (path, entry) in census.strangers(&census.jobs(manifest)) {
            // It may be of a job that began or ended while the folder was being listed.
            let of_running_job = match entry {
                Entry::Committed(job) => self.folder.exists(&self.folder.layout.marker(*job)).await?,
                Entry::Success | Entry::Scratch(..) | Entry::Guard(_) | Entry::Foreign => false,
            };
            if !of_running_job && self.folder.exists(path).await? {
                return Err(SetupJobError::Foreign { path: path.clone() });
            }
        }
        Ok(())
    }

    /// A job that comes too late anyway had better not begin.
    async fn refuse_guard(&self, census: &Census, manifest: Option<&Manifest>) -> Result<(), SetupJobError> {
        let Some(manifest) = manifest else { return Ok(()) };
        let mut guards = census.guards();
        match guards.find(|(_, replaced)| *replaced == manifest.job) {
            Some((guard, _)) => {
                let owner = guard::owner(&self.folder, guard).await?;
                Err(SetupJobError::BeingReplaced { by: owner.map(|owner| owner.job) })
            }
            None => Ok(()),
        }
    }

    async fn leave_note(&self, id: OutputJobId, note: JobNote) -> Result<(), SetupJobError> {
        let path = self.folder.layout.marker(id);
        let content =
            document::seal(&note).map_err(|flaw| RecordError::Flawed { path: path.clone(), flaw })?;
        self.folder.overwrite(&path, content).await?;
        Ok(())
    }

    async fn guards_but_for(
        &self,
        census: &Census,
        at_work: &BTreeSet<OutputJobId>,
    ) -> Result<BTreeSet<OutputJobId>, StoreError> {
        let mut guards = BTreeSet::new();
        for (path, replaced) in census.guards() {
            let owner = guard::owner(&self.folder, path).await?;
            if !owner.is_some_and(|owner| at_work.contains(&owner.job)) {
                guards.insert(replaced);
            }
        }
        Ok(guards)
    }
}
