//! One job that writes an output folder.

mod abort;
mod commit;
mod switch;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use listener_bus::events::PartitionId;

use super::error::{ReadManifestError, RecordError, StoreError};
use super::folder::Folder;
use super::job_id::OutputJobId;
use super::manifest::{self, Manifest};
use super::names::Nonce;
use super::note::Replaced;
use super::record::{self, CommittedTask};
use super::task::TaskOutput;
use super::upload::Parts;
use crate::task::TaskAttempt;
use switch::Decision;

pub use commit::{CommittedJob, Rubbish};

/// A job that writes an output folder: its tasks stage and commit files, and its commit makes them the output, all at once.
///
/// A clone is the same job. Another process gets it by its [`id`](Self::id), from
/// [`open_job`](super::FileCommitProtocol::open_job).
#[derive(Clone, Debug)]
pub struct OutputJob {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    id: OutputJobId,
    folder: Folder,
    parts: Parts,
    replaces: Option<Replaced>,
    /// Tells this handle from others of the same job, which may be those of other processes.
    nonce: Nonce,
    /// Whether a call is replacing the manifest on a store that cannot compare and swap, or was dropped when it did.
    replacing: AtomicBool,
}

impl OutputJob {
    pub(crate) fn new(id: OutputJobId, folder: Folder, parts: Parts, replaces: Option<Replaced>) -> Self {
        let (nonce, replacing) = (Nonce::random(), AtomicBool::new(false));
        Self { shared: Arc::new(Shared { id, folder, parts, replaces, nonce, replacing }) }
    }

    /// Its name, for other processes.
    pub fn id(&self) -> OutputJobId {
        self.shared.id
    }

    /// Begins the output of one task attempt. Nothing is written before a file is.
    pub fn setup_task(&self, task: TaskAttempt) -> TaskOutput {
        TaskOutput::new(self.clone(), task)
    }

    /// Looks up what has been committed for a partition, with the greatest token if more than once. So a coordinator that lost
    /// a holder learns whether it had committed.
    ///
    /// # Errors
    /// If the record cannot be read.
    pub async fn committed_task(
        &self,
        partition: impl Into<PartitionId>,
    ) -> Result<Option<CommittedTask>, RecordError> {
        let (folder, partition) = (self.folder(), partition.into());
        match record::newest(folder, self.id(), partition).await? {
            Some(token) => record::read(folder, self.id(), partition, token).await,
            None => Ok(None),
        }
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.shared.folder
    }

    pub(crate) fn parts(&self) -> Parts {
        self.shared.parts
    }

    /// Whether it has neither been committed nor aborted.
    pub(crate) async fn is_open(&self) -> Result<bool, StoreError> {
        self.folder().exists(&self.folder().layout.marker(self.id())).await
    }

    /// How far it has come, as a task has to know after it has written its record.
    pub(crate) async fn phase(&self) -> Result<Phase, StoreError> {
        // In this order, as a decision is there for longer than the note: when the note is seen, it was not one that has gone.
        let decided = self.decided().await?;
        if !self.is_open().await? || decided == Some(Decision::Abort) {
            return Ok(Phase::Ended);
        }
        if decided.is_none() {
            return Ok(Phase::Open);
        }
        match manifest::current(self.folder()).await.map(|present| self.standing(present)) {
            Ok(Standing::Committed(_) | Standing::Overtaken { .. }) => Ok(Phase::Ended),
            Err(ReadManifestError::Store(error)) => Err(error),
            Ok(Standing::Open) | Err(_) => Ok(Phase::Committing),
        }
    }

    fn replaces(&self) -> Option<&Replaced> {
        self.shared.replaces.as_ref()
    }

    /// What the manifest that is there means for this job.
    fn standing(&self, present: Option<Manifest>) -> Standing {
        match (present, self.replaces()) {
            (Some(manifest), _) if manifest.job == self.id() => Standing::Committed(manifest),
            (None, None) => Standing::Open,
            (Some(manifest), Some(replaced)) if manifest.job == replaced.job => Standing::Open,
            (present, _) => Standing::Overtaken { by: present.map(|manifest| manifest.job) },
        }
    }
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// What tasks commit now is part of it.
    Open,
    /// It is to be committed, with what had been recorded by then.
    Committing,
    /// It has been committed or overtaken, or it is aborted or gone.
    Ended,
}

/// Whether a job is or can be committed.
#[derive(Debug)]
enum Standing {
    /// It is.
    Committed(Manifest),
    /// The output is as it was when the job was set up.
    Open,
    /// Another job has changed the output, or somebody has removed it: no commit of this job can take effect any more.
    Overtaken { by: Option<OutputJobId> },
}
