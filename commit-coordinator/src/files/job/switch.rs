//! The one step that makes a job's files the output: a conditional write of the manifest.

use std::sync::atomic::Ordering;

use super::{OutputJob, Standing};
use crate::files::document;
use crate::files::error::{CommitJobError, ReadManifestError, StoreError};
use crate::files::folder::{Created, Updated};
use crate::files::guard::{self, Owner};
use crate::files::manifest::{self, Manifest};
use crate::files::note::Replaced;

/// Whether a job is to be committed or aborted. Whoever writes it down first decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Commit,
    Abort,
}

impl Decision {
    fn content(self) -> &'static [u8] {
        match self {
            Self::Commit => b"commit",
            Self::Abort => b"abort",
        }
    }
}

impl OutputJob {
    /// Makes this the manifest, or finds that it is already.
    pub(super) async fn switch_to(&self, manifest: Manifest) -> Result<Manifest, CommitJobError> {
        let path = self.folder().layout.success();
        let content = document::seal(&manifest)
            .map_err(|flaw| ReadManifestError::Flawed { path: path.clone(), flaw })?;
        let switched = match self.replaces() {
            None => self.folder().create(&path, content).await? == Created::Now,
            Some(replaced) => self.replace(replaced, content).await?,
        };
        if switched { Ok(manifest) } else { self.outcome().await }
    }

    /// From here on the job is not aborted, unless it has lost.
    pub(super) async fn begin_commit(&self) -> Result<(), CommitJobError> {
        let aborted = CommitJobError::Aborted { job: self.id() };
        match self.decide(Decision::Commit).await? {
            Some(Decision::Commit) => {}
            Some(Decision::Abort) | None => return Err(aborted),
        }
        // A cleaning has removed the decision of an abort, and the job's note before that.
        if self.is_open().await? { Ok(()) } else { Err(aborted) }
    }

    /// What is decided; `None` if that was removed a moment ago.
    pub(super) async fn decide(&self, decision: Decision) -> Result<Option<Decision>, StoreError> {
        let path = self.folder().layout.decision(self.id());
        if self.folder().create(&path, decision.content().to_vec()).await? == Created::Now {
            return Ok(Some(decision));
        }
        self.decided().await
    }

    /// What has been decided so far.
    pub(super) async fn decided(&self) -> Result<Option<Decision>, StoreError> {
        let found = self.folder().read(&self.folder().layout.decision(self.id())).await?;
        let is = |decision: &Decision| found.as_ref().is_some_and(|(found, _)| found == decision.content());
        Ok([Decision::Commit, Decision::Abort].into_iter().find(is))
    }

    async fn replace(&self, replaced: &Replaced, content: Vec<u8>) -> Result<bool, CommitJobError> {
        let path = self.folder().layout.success();
        match self.folder().update(&path, content.clone(), replaced.seen()).await? {
            Updated::Done => Ok(true),
            Updated::Changed => Ok(false),
            Updated::Unsupported => self.replace_under_guard(replaced, content).await,
        }
    }

    /// Where the store cannot compare and swap, only the handle that has created the guard may replace the manifest, one call at
    /// a time. The guard goes when the manifest has been replaced, so whoever gets one must look whether that has happened.
    async fn replace_under_guard(
        &self,
        replaced: &Replaced,
        content: Vec<u8>,
    ) -> Result<bool, CommitJobError> {
        let (folder, guard) = (self.folder(), self.folder().layout.guard(replaced.job));
        let (job, ours) = (self.id(), Owner { job: self.id(), handle: Some(self.shared.nonce) });
        if folder.create(&guard, ours.to_string().into_bytes()).await? == Created::Before {
            let by = guard::owner(folder, &guard).await?;
            let switched = !matches!(self.standing(manifest::current(folder).await?), Standing::Open);
            match by {
                Some(owner) if owner == ours => {}
                // A guard that is there now, or went a moment ago, may be that of another who came too late.
                _ if switched => return Ok(false),
                // That one may have looked already, and write at any time.
                Some(owner) if owner.job == job => return Err(CommitJobError::Undecided { job }),
                by => return Err(CommitJobError::Overtaken { job, by: by.map(|owner| owner.job) }),
            }
        }
        if self.shared.replacing.swap(true, Ordering::AcqRel) {
            return Err(CommitJobError::Undecided { job });
        }
        let overwritten = self.overwrite_if_open(content).await;
        // A call that is dropped does not get here: its write may go on without it.
        self.shared.replacing.store(false, Ordering::Release);
        let overwritten = overwritten?;
        if !overwritten {
            folder.remove(&guard).await?;
        }
        Ok(overwritten)
    }

    async fn overwrite_if_open(&self, content: Vec<u8>) -> Result<bool, CommitJobError> {
        let folder = self.folder();
        let Standing::Open = self.standing(manifest::current(folder).await?) else { return Ok(false) };
        folder.overwrite(&folder.layout.success(), content).await?;
        Ok(true)
    }

    /// What the manifest says after a conditional write that was refused.
    async fn outcome(&self) -> Result<Manifest, CommitJobError> {
        match self.standing(manifest::current(self.folder()).await?) {
            Standing::Committed(manifest) => Ok(manifest),
            Standing::Overtaken { by } => Err(CommitJobError::Overtaken { job: self.id(), by }),
            // Somebody has replaced it and put it back.
            Standing::Open => Err(CommitJobError::Overtaken { job: self.id(), by: None }),
        }
    }
}
