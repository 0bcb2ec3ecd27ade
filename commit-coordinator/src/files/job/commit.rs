//! Committing a job: all of its partitions, or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use futures_util::{StreamExt, TryStreamExt, stream};
use listener_bus::events::PartitionId;
use object_store::path::Path;

use super::{OutputJob, Standing};
use crate::files::census::Census;
use crate::files::error::{CommitJobError, DocumentFlaw, FileFlaw, PartitionList, RecordError, StoreError};
use crate::files::manifest::{self, Manifest};
use crate::files::ours::Ours;
use crate::files::record::{self, CommittedTask};
use crate::files::sweep::{self, Swept};
use crate::permit::FencingToken;

/// How many commit records are read at a time.
const AT_ONCE: usize = 16;

/// The greatest token of each partition.
type Newest = BTreeMap<PartitionId, FencingToken>;

/// A job that is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommittedJob {
    /// What the output consists of now.
    pub manifest: Manifest,
    /// What is left that nobody needs.
    pub rubbish: Rubbish,
}

/// What a committed job could not remove. It does no harm but take room; cleaning removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rubbish {
    /// Nothing.
    None,
    /// These objects.
    Left(Vec<Path>),
    /// The folder could not be listed.
    Unknown,
}

impl OutputJob {
    /// Commits the job: writes the manifest, which makes the committed files of its tasks the output. `expected` are the
    /// partitions it must have, each of them and no others; of each, the commit with the greatest token counts.
    ///
    /// Asked again after it has succeeded, it answers the same. What is not needed any more is removed: replaced files, those
    /// of attempts that lost, and what the job staged.
    ///
    /// # Errors
    /// If a partition is missing or not expected, a file is not as it was committed, another job has changed the output, or
    /// the job was aborted: then the output stays as it is. If the store fails, it is not known whether the job is committed,
    /// until it is asked again. If another call or another process has begun to replace the output on a store that cannot
    /// compare and swap, such as a local disk, and has not ended, nobody but that one knows, and cleaning is the way out.
    ///
    /// # Cancel safety
    /// A call that is dropped leaves the old output or the new, whole, and the same call again goes on. Only where a store that
    /// cannot compare and swap was just replacing the manifest, the write may still take effect later: then the calls that
    /// follow are refused as undecided, until the manifest is there or the folder is cleaned.
    pub async fn commit_job<P: Into<PartitionId>>(
        &self,
        expected: impl IntoIterator<Item = P>,
    ) -> Result<CommittedJob, CommitJobError> {
        let expected: BTreeSet<PartitionId> = expected.into_iter().map(Into::into).collect();
        let manifest = match self.standing(manifest::current(self.folder()).await?) {
            Standing::Committed(manifest) => manifest,
            Standing::Overtaken { by } => return Err(CommitJobError::Overtaken { job: self.id(), by }),
            Standing::Open => match self.commit_open(&expected).await {
                Ok(manifest) => manifest,
                Err(error) => self.committed_meanwhile().await.ok_or(error)?,
            },
        };
        let rubbish = self.sweep_after(&manifest).await;
        tracing::info!(job = %self.id(), totals = ?manifest.totals, ?rubbish, "job committed");
        Ok(CommittedJob { manifest, rubbish })
    }

    /// What another call has made the output: it removes what this one still looks for.
    async fn committed_meanwhile(&self) -> Option<Manifest> {
        let present = manifest::current(self.folder()).await.ok()?;
        match self.standing(present) {
            Standing::Committed(manifest) => Some(manifest),
            Standing::Open | Standing::Overtaken { .. } => None,
        }
    }

    async fn commit_open(&self, expected: &BTreeSet<PartitionId>) -> Result<Manifest, CommitJobError> {
        if !self.is_open().await? {
            return Err(CommitJobError::Aborted { job: self.id() });
        }
        let newest = self.newest().await?;
        self.check_partitions(&newest, expected)?;
        let mut partitions = self.gather(&newest).await?;
        self.begin_commit().await?;
        // A task that has recorded its commit before this was decided is told that it counts.
        let mut decided = self.newest().await?;
        decided.retain(|partition, _| expected.contains(partition));
        if decided != newest {
            self.check_partitions(&decided, expected)?;
            partitions = self.gather(&decided).await?;
        }
        let replaced = self.replaces().map(|replaced| replaced.job);
        self.switch_to(Manifest::new(self.id(), replaced, SystemTime::now(), partitions)).await
    }

    /// The greatest token that each partition has been committed with.
    async fn newest(&self) -> Result<Newest, CommitJobError> {
        let folder = self.folder();
        let mut newest = Newest::new();
        for (partition, token) in record::commits_below(folder, &folder.layout.records(self.id())).await? {
            let known = newest.entry(partition).or_insert(token);
            *known = token.max(*known);
        }
        Ok(newest)
    }

    fn check_partitions(
        &self,
        newest: &Newest,
        expected: &BTreeSet<PartitionId>,
    ) -> Result<(), CommitJobError> {
        let job = self.id();
        let missing: Vec<_> = expected.iter().filter(|one| !newest.contains_key(one)).copied().collect();
        if !missing.is_empty() {
            return Err(CommitJobError::Missing { job, partitions: PartitionList::new(missing) });
        }
        let unexpected: Vec<_> = newest.keys().filter(|one| !expected.contains(one)).copied().collect();
        if !unexpected.is_empty() {
            return Err(CommitJobError::Unexpected { job, partitions: PartitionList::new(unexpected) });
        }
        Ok(())
    }

    /// What counts of each partition, in their order, with all of its files there.
    async fn gather(&self, newest: &Newest) -> Result<Vec<CommittedTask>, CommitJobError> {
        let records = newest.iter().map(|(partition, token)| self.record_of(*partition, *token));
        let partitions: Vec<_> = stream::iter(records).buffered(AT_ONCE).try_collect().await?;
        self.check_files(&partitions).await?;
        Ok(partitions)
    }

    async fn record_of(
        &self,
        partition: PartitionId,
        token: FencingToken,
    ) -> Result<CommittedTask, CommitJobError> {
        let (folder, job) = (self.folder(), self.id());
        let record = record::read(folder, job, partition, token).await?;
        let path = || folder.layout.record(job, partition, token);
        Ok(record.ok_or_else(|| RecordError::Flawed { path: path(), flaw: DocumentFlaw::Gone })?)
    }

    async fn check_files(&self, partitions: &[CommittedTask]) -> Result<(), CommitJobError> {
        let folder = self.folder();
        let sizes: BTreeMap<Path, u64> =
            folder.files().await?.into_iter().map(|object| (object.location, object.size)).collect();
        for file in partitions.iter().flat_map(|partition| &partition.files) {
            let path = folder.layout.committed(&file.name);
            let flaw = match sizes.get(&path) {
                Some(&found) if found == file.bytes => continue,
                Some(&found) => FileFlaw::Size { expected: file.bytes, found },
                None => FileFlaw::NotThere,
            };
            return Err(CommitJobError::File { path, flaw });
        }
        Ok(())
    }

    /// The job is committed, so that nothing that goes wrong here is its failure.
    pub(super) async fn sweep_after(&self, manifest: &Manifest) -> Rubbish {
        match self.try_sweep_after(manifest).await {
            Ok(swept) if swept.left.is_empty() => Rubbish::None,
            Ok(swept) => Rubbish::Left(swept.left),
            Err(error) => {
                tracing::warn!(job = %self.id(), %error, "a committed job cannot tell what it left");
                Rubbish::Unknown
            }
        }
    }

    async fn try_sweep_after(&self, manifest: &Manifest) -> Result<Swept, StoreError> {
        let folder = self.folder();
        let census = Census::take(folder).await?;
        let replaced = census.replaced_up_to(manifest.replaces);
        let ours = Ours::of_job(&folder.layout, self.id()).and_replaced(&replaced).but_for(manifest);
        Ok(sweep::sweep(folder, &census, &ours).await)
    }
}
