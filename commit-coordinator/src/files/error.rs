//! What can go wrong with files, an enum an operation.

mod job;
mod store;
mod task;

pub use job::{AbortJobError, CleanError, CommitJobError, OpenJobError, PartitionList, SetupJobError};
pub use store::{
    DocumentFlaw, FileFlaw, ReadManifestError, RecordError, StoreAction, StoreError, VerifyError,
};
pub use task::{BadName, CommitTaskError, OpenFileError, WriteError};
