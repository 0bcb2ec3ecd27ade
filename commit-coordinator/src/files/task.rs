//! The output of one task attempt: staged, then committed by a permit, or aborted.

use super::document;
use super::error::{BadName, CommitTaskError, OpenFileError, ReadManifestError, RecordError};
use super::folder::Created;
use super::job::{OutputJob, Phase};
use super::layout;
use super::local_folder;
use super::manifest::{self, Manifest};
use super::names::{ChosenName, Nonce};
use super::record::{self, CommittedFile, CommittedTask};
use super::staged::{Refused, StagedFile, StagedFiles};
use super::sweep::{self, Swept};
use super::writer::OutputFile;
use crate::permit::CommitPermit;
use crate::task::TaskAttempt;

/// What one task attempt writes. Nobody sees it before a permit commits it, and it is part of the output once its job is
/// committed.
///
/// One that is dropped leaves its files to the end of the job.
#[derive(Debug)]
#[must_use = "output that is neither committed nor aborted stays until the job ends"]
pub struct TaskOutput {
    job: OutputJob,
    task: TaskAttempt,
    nonce: Nonce,
    staged: StagedFiles,
}

impl TaskOutput {
    pub(crate) fn new(job: OutputJob, task: TaskAttempt) -> Self {
        Self { job, task, nonce: Nonce::random(), staged: StagedFiles::new() }
    }

    /// Who writes it.
    pub fn task(&self) -> TaskAttempt {
        self.task
    }

    /// Opens a file, such as `part-00007.csv`. Its committed name has the job, the token and a random number before the first
    /// dot, so that it never meets another.
    ///
    /// # Errors
    /// If the name is empty, too long, begins with a dot or an underscore, has a slash or another sign that is not the same in
    /// all stores; if the attempt has opened it before; once the attempt is being committed.
    pub fn writer(&self, name: &str) -> Result<OutputFile, OpenFileError> {
        let (task, shown) = (self.task, || name.to_owned());
        let chosen = name.parse::<ChosenName>();
        let chosen =
            chosen.map_err(|problem: BadName| OpenFileError::BadName { task, name: shown(), problem })?;
        self.staged.open(&chosen).map_err(|refused| match refused {
            Refused::OpenedBefore => OpenFileError::OpenedBefore { task, name: shown() },
            Refused::Committing => OpenFileError::Committing { task, name: shown() },
        })?;
        let path = self.job.folder().layout.staged(self.job.id(), &self.staged_name(), &chosen);
        let place = (path, chosen);
        let (folder, parts) = (self.job.folder().clone(), self.job.parts());
        Ok(OutputFile::new(folder, task, place, self.staged.clone(), parts))
    }

    /// Commits the files of the attempt. With the same permit it may be asked as often as one likes, and from another process
    /// too once it has succeeded: the answer is the same.
    ///
    /// # Errors
    /// If the permit is another attempt's, a file is not closed, another attempt has committed with the same or a later token,
    /// or the job has ended: then nothing of it is part of the output. If the job is just being committed or the store fails,
    /// it is not known whether the attempt is committed, until it is asked again.
    ///
    /// # Cancel safety
    /// Cancel safe, as a failure of the store is: ask again.
    pub async fn commit_task(&self, permit: CommitPermit) -> Result<CommittedTask, CommitTaskError> {
        let (task, token) = (self.task, permit.token());
        if permit.task() != task {
            return Err(CommitTaskError::PermitForAnother { task, permitted: permit.task() });
        }
        let not_closed =
            |name: ChosenName| CommitTaskError::NotClosed { task, name: name.as_str().to_owned() };
        let staged = self.staged.all().map_err(not_closed)?;
        if !self.job.is_open().await? {
            return self.after_the_end(permit, &staged).await;
        }
        let outcome = match self.committed_before(permit).await? {
            Some(committed) => Ok(committed),
            None => self.publish_and_record(&staged, permit).await,
        };
        let committed = self.settle(permit, &staged, outcome).await?;
        tracing::debug!(job = %self.job.id(), %task, %token, files = committed.files.len(), "task committed");
        self.remove_staged(&staged).await;
        Ok(committed)
    }

    /// Removes what the attempt has staged, and nothing else: what a commit has begun to make of it, if one was tried, is left to
    /// the end of the job, since nobody may know whether that commit has taken effect.
    ///
    /// What cannot be removed now goes with the job.
    pub async fn abort_task(self) -> Swept {
        let (folder, job, ours) = (self.job.folder(), self.job.id(), self.staged_name());
        let names = self.staged.names();
        let paths = names.iter().map(|name| folder.layout.staged(job, &ours, name));
        let mut swept = sweep::remove(folder, paths).await;
        local_folder::sweep_attempt(folder, job, ours, &mut swept).await;
        tracing::debug!(job = %self.job.id(), task = %self.task, removed = swept.removed.len(), "task aborted");
        swept
    }

    fn staged_name(&self) -> String {
        layout::staged_name(self.task, self.nonce)
    }

    /// The answer an earlier call has led to, also one that nobody has heard.
    async fn committed_before(&self, permit: CommitPermit) -> Result<Option<CommittedTask>, CommitTaskError> {
        let (job, task, ours) = (&self.job, self.task, permit.token());
        match record::newest(job.folder(), job.id(), task.partition_id).await? {
            Some(newest) if newest > ours => Err(CommitTaskError::StaleToken { task, ours, newest }),
            Some(newest) if newest == ours => self.recorded(permit).await,
            _ => Ok(None),
        }
    }

    async fn recorded(&self, permit: CommitPermit) -> Result<Option<CommittedTask>, CommitTaskError> {
        let (task, token) = (self.task, permit.token());
        let record = record::read(self.job.folder(), self.job.id(), task.partition_id, token).await?;
        match record {
            Some(record) if record.task != task => {
                Err(CommitTaskError::TokenTaken { task, token, by: record.task })
            }
            same_or_none => Ok(same_or_none),
        }
    }

    async fn publish_and_record(
        &self,
        staged: &[StagedFile],
        permit: CommitPermit,
    ) -> Result<CommittedTask, CommitTaskError> {
        let (task, token) = (self.task, permit.token());
        let files = self.publish(staged, permit).await?;
        if !self.job.is_open().await? {
            return Err(self.job_ended());
        }
        self.record(CommittedTask { task, token, files }).await
    }

    /// What an outcome is worth: the job may have ended while the attempt was being committed.
    async fn settle(
        &self,
        permit: CommitPermit,
        staged: &[StagedFile],
        outcome: Result<CommittedTask, CommitTaskError>,
    ) -> Result<CommittedTask, CommitTaskError> {
        match self.job.phase().await? {
            Phase::Open => outcome,
            Phase::Ended => self.after_the_end(permit, staged).await,
            // Nobody knows whether its commit has seen the record, until there is a manifest.
            Phase::Committing => {
                outcome.and(Err(CommitTaskError::JobCommitting { job: self.job.id(), task: self.task }))
            }
        }
    }

    fn job_ended(&self) -> CommitTaskError {
        CommitTaskError::JobEnded { job: self.job.id(), task: self.task }
    }

    /// Gives the files the names they have in the output. They are no part of it yet.
    async fn publish(
        &self,
        staged: &[StagedFile],
        permit: CommitPermit,
    ) -> Result<Vec<CommittedFile>, CommitTaskError> {
        let mut files = Vec::with_capacity(staged.len());
        for file in staged {
            let name = self.committed_name(file, permit);
            let folder = self.job.folder();
            folder.copy(&file.path, &folder.layout.committed(&name)).await?;
            let (rows, bytes, crc32) = (file.rows, file.bytes, file.crc32);
            files.push(CommittedFile { name, written_as: file.name.as_str().to_owned(), rows, bytes, crc32 });
        }
        Ok(files)
    }

    /// Writes the commit down, which is what makes it one.
    async fn record(&self, commit: CommittedTask) -> Result<CommittedTask, CommitTaskError> {
        let (job, task, token) = (&self.job, self.task, commit.token);
        let path = job.folder().layout.record(job.id(), task.partition_id, token);
        let content =
            document::seal(&commit).map_err(|flaw| RecordError::Flawed { path: path.clone(), flaw })?;
        if job.folder().create(&path, content).await? == Created::Now {
            return Ok(commit);
        }
        let recorded = self.recorded(CommitPermit::without_coordinator(task, token)).await?;
        recorded.ok_or(self.job_ended())
    }

    fn committed_name(&self, file: &StagedFile, permit: CommitPermit) -> String {
        file.name.committed(self.job.id(), permit.token(), self.nonce)
    }

    /// A job that has ended answers from its manifest.
    async fn after_the_end(
        &self,
        permit: CommitPermit,
        staged: &[StagedFile],
    ) -> Result<CommittedTask, CommitTaskError> {
        let manifest = match manifest::current(self.job.folder()).await {
            Ok(manifest) => manifest,
            Err(ReadManifestError::Store(error)) => return Err(error.into()),
            Err(_) => return Err(self.job_ended()),
        };
        self.withdraw(permit, staged, manifest.as_ref()).await;
        let manifest = manifest.filter(|manifest| manifest.job == self.job.id());
        let ours = |commit: &CommittedTask| (commit.task, commit.token) == (self.task, permit.token());
        let mut partitions = manifest.into_iter().flat_map(|manifest| manifest.partitions);
        partitions.find(ours).ok_or(self.job_ended())
    }

    /// Removes what this commit has made and no manifest names: whoever ended the job may have swept the folder before it was
    /// there.
    async fn withdraw(&self, permit: CommitPermit, staged: &[StagedFile], manifest: Option<&Manifest>) {
        let folder = self.job.folder();
        let needed = manifest.map(Manifest::names).unwrap_or_default();
        let names = staged.iter().map(|file| self.committed_name(file, permit));
        let unneeded = names.filter(|name| !needed.contains(name.as_str()));
        let record = folder.layout.record(self.job.id(), self.task.partition_id, permit.token());
        let paths = unneeded.map(|name| folder.layout.committed(&name)).chain([record]);
        let swept = sweep::remove(folder, paths).await;
        if !swept.left.is_empty() {
            tracing::debug!(task = %self.task, left = swept.left.len(), "a late commit is left to a cleaning");
        }
    }

    async fn remove_staged(&self, staged: &[StagedFile]) {
        let swept = sweep::remove(self.job.folder(), staged.iter().map(|file| file.path.clone())).await;
        if !swept.left.is_empty() {
            tracing::debug!(task = %self.task, left = swept.left.len(), "staged files are left to the end of the job");
        }
    }
}
