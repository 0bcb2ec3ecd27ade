//! Errors of a task's output.

use thiserror::Error;

use super::{RecordError, StoreError};
use crate::files::job_id::OutputJobId;
use crate::permit::FencingToken;
use crate::task::TaskAttempt;

/// What is wrong with the name a task chose for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadName {
    /// There is none.
    #[error("it is empty")]
    Empty,
    /// Readers skip such files, and `.` and `..` lead elsewhere.
    #[error("it begins with a dot or an underscore")]
    Hidden,
    /// It has a character that is not the same in every store: a slash, a control character, one that is not ASCII.
    #[error("it has a character other than letters, digits and harmless signs")]
    Characters,
    /// It would not fit once job and token are added to it.
    #[error("it has {bytes} bytes, more than {limit}")]
    TooLong {
        /// Its length, in bytes.
        bytes: usize,
        /// The longest that is allowed, in bytes.
        limit: usize,
    },
}

/// Why a task cannot write a file of this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OpenFileError {
    /// No file can have that name.
    #[error("{task} cannot write the file {name:?}: {problem}")]
    BadName {
        /// Who asked.
        task: TaskAttempt,
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: BadName,
    },
    /// The attempt has opened a file of that name before.
    #[error("{task} has opened the file {name:?} before")]
    OpenedBefore {
        /// Who asked.
        task: TaskAttempt,
        /// The name.
        name: String,
    },
    /// The attempt has begun to commit.
    #[error("{task} is being committed and cannot write the file {name:?} any more")]
    Committing {
        /// Who asked.
        task: TaskAttempt,
        /// The name.
        name: String,
    },
}

/// Why a file could not be written on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// An earlier write failed or was given up half-way, so that nobody knows what the file holds.
    #[error("{task} cannot go on with the file {name:?}, of which an earlier write was not finished")]
    Torn {
        /// Whose file.
        task: TaskAttempt,
        /// Its name.
        name: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a task's output was not committed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CommitTaskError {
    /// The permit was granted to another attempt.
    #[error("the permit is for {permitted}, not for {task}")]
    PermitForAnother {
        /// Who was to be committed.
        task: TaskAttempt,
        /// Who may commit.
        permitted: TaskAttempt,
    },
    /// A file was opened and not closed, so that it may be half a file.
    #[error("{task} has not closed the file {name:?}")]
    NotClosed {
        /// Whose file.
        task: TaskAttempt,
        /// Its name.
        name: String,
    },
    /// Another attempt has committed the partition with a later permit.
    #[error("the token {ours} of {task} is stale: token {newest} has been committed")]
    StaleToken {
        /// Who came too late.
        task: TaskAttempt,
        /// The token of its permit.
        ours: FencingToken,
        /// The greatest token that the partition has been committed with.
        newest: FencingToken,
    },
    /// Another attempt has committed the partition with the same token.
    #[error("the token {token} of {task} has been used by {by}")]
    TokenTaken {
        /// Who came too late.
        task: TaskAttempt,
        /// The token both have.
        token: FencingToken,
        /// Who came first.
        by: TaskAttempt,
    },
    /// The job has been committed without this output, or aborted, or cleaned away.
    #[error("job {job}, for which {task} was to be committed, has ended")]
    JobEnded {
        /// The job.
        job: OutputJobId,
        /// Who came too late.
        task: TaskAttempt,
    },
    /// The job is being committed, and it is not known whether with this output. The same call again tells, once the job is
    /// committed.
    #[error("job {job} is being committed, maybe without the output of {task}: ask again to know")]
    JobCommitting {
        /// The job.
        job: OutputJobId,
        /// Who may have come too late.
        task: TaskAttempt,
    },
    /// A commit record could not be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The store failed. Whether the output is committed is not known: the same call again tells.
    #[error(transparent)]
    Store(#[from] StoreError),
}
