//! Errors of a job.

use std::fmt;

use listener_bus::events::PartitionId;
use object_store::path::Path;
use thiserror::Error;

use super::{FileFlaw, ReadManifestError, RecordError, StoreError};
use crate::files::job_id::OutputJobId;

/// Partitions in ascending order; shows the first ten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionList(Vec<PartitionId>);

impl PartitionList {
    pub(crate) fn new(mut partitions: Vec<PartitionId>) -> Self {
        partitions.sort_unstable();
        Self(partitions)
    }

    /// All of them.
    pub fn as_slice(&self) -> &[PartitionId] {
        &self.0
    }
}

impl fmt::Display for PartitionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        for (place, partition) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{partition}")?;
        }
        match self.0.len().checked_sub(SHOWN) {
            Some(more @ 1..) => write!(f, " and {more} more"),
            _ => Ok(()),
        }
    }
}

/// Why a job was not set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupJobError {
    /// There is a committed output, and it was not asked to replace it.
    #[error("there is output already: {path} exists")]
    OutputExists {
        /// Its manifest or marker.
        path: Path,
    },
    /// Something lies in the folder that no job of this protocol has written.
    #[error("the output folder holds {path}, which is none of the protocol's files")]
    Foreign {
        /// One such object.
        path: Path,
    },
    /// Another job is about to replace the output, or died when it was: then cleaning helps.
    #[error("the output is being replaced by {}", Job(*.by))]
    BeingReplaced {
        /// The job, if it is known.
        by: Option<OutputJobId>,
    },
    /// The output that was to be replaced has no readable manifest.
    #[error(transparent)]
    Manifest(#[from] ReadManifestError),
    /// A record could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a job could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenJobError {
    /// It was never set up here, or it was aborted or cleaned away.
    #[error("there is no job {job} here")]
    NoSuchJob {
        /// The job.
        job: OutputJobId,
    },
    /// The manifest could not be read.
    #[error(transparent)]
    Manifest(#[from] ReadManifestError),
    /// The note that the job exists could not be read.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Why a job was not committed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommitJobError {
    /// Not every partition has been committed.
    #[error("job {job} lacks the output of the partitions {partitions}")]
    Missing {
        /// The job.
        job: OutputJobId,
        /// Whose output is missing.
        partitions: PartitionList,
    },
    /// Partitions have been committed that the job should not have.
    #[error("job {job} has output of the partitions {partitions}, which were not expected")]
    Unexpected {
        /// The job.
        job: OutputJobId,
        /// Whose output is too much.
        partitions: PartitionList,
    },
    /// A committed file is not there, or has another size.
    #[error("the file {path} is not as it was committed: {flaw}")]
    File {
        /// The file.
        path: Path,
        /// The difference.
        flaw: FileFlaw,
    },
    /// Another job has committed its output here since this one was set up.
    #[error("job {job} was overtaken by {}", Job(*.by))]
    Overtaken {
        /// The job.
        job: OutputJobId,
        /// The other job, if it is known.
        by: Option<OutputJobId>,
    },
    /// Another call or process has begun to replace the output by that of this job, on a store that cannot compare and swap, and
    /// nobody knows whether that has taken or will take effect. If it never ends, cleaning helps.
    #[error("job {job} is being committed by another, and nobody knows how that ends")]
    Undecided {
        /// The job.
        job: OutputJobId,
    },
    /// It has been aborted or cleaned away.
    #[error("job {job} has been aborted")]
    Aborted {
        /// The job.
        job: OutputJobId,
    },
    /// Something is in the manifest's place that cannot be read.
    #[error(transparent)]
    Manifest(#[from] ReadManifestError),
    /// A commit record could not be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The store failed. Whether the job is committed is not known: the same call again tells.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a job was not aborted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AbortJobError {
    /// Its output is the committed one.
    #[error("job {job} has been committed and cannot be aborted")]
    Committed {
        /// The job.
        job: OutputJobId,
    },
    /// It has begun to write its manifest, and nobody knows whether that has taken or will take effect. Committing it again
    /// tells, or says that only cleaning helps; nothing is removed until then.
    #[error("job {job} may be committed yet: commit it again to know")]
    Undecided {
        /// The job.
        job: OutputJobId,
    },
    /// Something is in the manifest's place that cannot be read.
    #[error(transparent)]
    Manifest(#[from] ReadManifestError),
    /// The store failed. The same call again goes on.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nothing was cleaned, or not all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CleanError {
    /// There is a manifest or marker that cannot be read, so that nobody knows which files are needed. Nothing was removed.
    #[error(transparent)]
    Manifest(#[from] ReadManifestError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

struct Job(Option<OutputJobId>);

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(job) => write!(f, "job {job}"),
            None => f.write_str("another job"),
        }
    }
}
