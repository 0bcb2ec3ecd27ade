//! Errors of the store, and of the documents and files in it.

use std::fmt;

use object_store::path::Path;
use thiserror::Error;

/// The store refused, or could not be reached. Whether a write has taken effect all the same is not known.
#[derive(Debug, Error)]
#[error("cannot {action} {path}")]
pub struct StoreError {
    /// What was tried.
    pub action: StoreAction,
    /// With which object or folder.
    pub path: Path,
    /// What the store said.
    pub source: object_store::Error,
}

impl StoreError {
    pub(crate) fn new(action: StoreAction, path: &Path, source: object_store::Error) -> Self {
        Self { action, path: path.clone(), source }
    }
}

/// What is done with objects of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreAction {
    /// Reading an object, or looking whether it is there.
    Read,
    /// Listing what is below a path.
    List,
    /// Writing an object that must not be there yet.
    Create,
    /// Writing an object over another.
    Replace,
    /// Writing the content of a file.
    Write,
    /// Making an object as a copy of another.
    CopyTo,
    /// Removing an object.
    Remove,
}

impl fmt::Display for StoreAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Write => "write",
            Self::CopyTo => "copy to",
            Self::Remove => "remove",
        })
    }
}

/// What is wrong with a document of the protocol: a manifest, a commit record or the note that a job exists.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DocumentFlaw {
    /// A later release has written it.
    #[error("it is of version {version}, and this release reads versions up to {supported}")]
    Newer {
        /// Its version.
        version: u32,
        /// The latest that can be read.
        supported: u32,
    },
    /// It was cut off, or is something else.
    #[error("it is no such document")]
    Json {
        /// Where and why it cannot be read.
        source: serde_json::Error,
    },
    /// It was changed after it had been written.
    #[error("its checksum should be {expected:08x}, but is {found:08x}")]
    Checksum {
        /// What it says itself.
        expected: u32,
        /// What its content gives.
        found: u32,
    },
    /// It was there a moment ago.
    #[error("it has been removed")]
    Gone,
    /// It lies where another one should.
    #[error("it belongs to another place")]
    Misplaced,
    /// It names a file that its job cannot have written.
    #[error("it names the file {name:?}, which is none of its job")]
    Name {
        /// The file.
        name: String,
    },
}

impl DocumentFlaw {
    pub(crate) fn json(source: serde_json::Error) -> Self {
        Self::Json { source }
    }
}

/// Why there is no manifest to be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadManifestError {
    /// Nothing has been committed.
    #[error("there is no committed output: {path} does not exist")]
    NotThere {
        /// Where the manifest would be.
        path: Path,
    },
    /// The marker is empty, as Hadoop and Spark write it: the output is whole, but nothing says of what it consists.
    #[error("{path} is empty, so that it was written by something else")]
    Empty {
        /// Where the manifest would be.
        path: Path,
    },
    /// It is not what a job of this protocol has written.
    #[error("the manifest {path} cannot be read")]
    Flawed {
        /// The manifest.
        path: Path,
        /// What is wrong.
        #[source]
        flaw: DocumentFlaw,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a commit record, or the note that a job exists, could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is not what this protocol has written.
    #[error("{path} cannot be read")]
    Flawed {
        /// The record.
        path: Path,
        /// What is wrong.
        #[source]
        flaw: DocumentFlaw,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a file of the output differs from what was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FileFlaw {
    /// It does not exist.
    #[error("it is not there")]
    NotThere,
    /// It is shorter or longer.
    #[error("it should have {expected} bytes, but has {found}")]
    Size {
        /// What was committed.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// Its content is another.
    #[error("its checksum should be {expected:08x}, but is {found:08x}")]
    Checksum {
        /// What was committed.
        expected: u32,
        /// What is there.
        found: u32,
    },
}

/// Why an output is not what its manifest says.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no manifest to compare with.
    #[error(transparent)]
    Manifest(#[from] ReadManifestError),
    /// A file is not as it was committed.
    #[error("the file {path} is not as it was committed: {flaw}")]
    File {
        /// The file.
        path: Path,
        /// The difference.
        flaw: FileFlaw,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
