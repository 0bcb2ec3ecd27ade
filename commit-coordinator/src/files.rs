//! Committing real output: partitioned files in a folder of an [object store](object_store), on local disk, in memory, on S3 and
//! the like. An output is whole or not there, and of each partition it has what one attempt wrote.
//!
//! ```
//! use std::sync::Arc;
//! use commit_coordinator::files::{FileCommitProtocol, block_on};
//! use commit_coordinator::{CommitPermit, FencingToken, TaskAttempt};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { block_on(async {
//! let store = Arc::new(object_store::memory::InMemory::new());
//! let protocol = FileCommitProtocol::builder(store, "words/2026").build();
//! let job = protocol.setup_job().await?;
//! let task = TaskAttempt::new(0, 0, 0, 0);
//! let output = job.setup_task(task);
//! let mut file = output.writer("part-00000.txt")?;
//! file.write(b"the 7\n").await?;
//! file.close().await?;
//! // The permit comes from the coordinator: `coordinator.can_commit(task).permit()?`.
//! output.commit_task(CommitPermit::without_coordinator(task, FencingToken::new(1))).await?;
//! job.commit_job([0]).await?;
//! assert_eq!(protocol.verify().await?.totals.files, 1);
//! # Ok(()) }) }
//! ```
//!
//! # What lies where
//!
//! ```text
//! words/2026/_SUCCESS                                            the manifest, written last
//! words/2026/part-00000-<job>-<token>-<random+crc>.txt           committed files
//! words/2026/_temporary/<job>/job                                that the job exists, and what it replaces
//! words/2026/_temporary/<job>/attempts/<attempt>_part-00000.txt  staged files
//! words/2026/_temporary/<job>/commits/<n>/<partition>_<token>    what a task has committed
//! words/2026/_temporary/<job>/decision                           whether the job is committed or aborted
//! words/2026/_temporary/replaces-<job>                           who may replace that job's output, on a local disk
//! ```
//!
//! The output is what the manifest names: a JSON document with the name, rows, bytes and CRC-32 of each file, and the attempt and
//! token that committed it. Readers begin with [`read_manifest`](FileCommitProtocol::read_manifest).
//!
//! # Guarantees
//!
//! * A process that dies at any point, or loses any answer, leaves the old output or the new, whole, and rubbish that
//!   [`clean`](FileCommitProtocol::clean) removes. Every call may be made again, and answers what is true.
//! * Only a permit makes an attempt's files part of the output. A partition's greatest token counts, however late the others
//!   come. Committed names never meet: nothing is written over, also when a token is used twice.
//! * Of jobs that write the same folder at the same time one wins, and the others are told of it. The manifest is written by a
//!   conditional put; on a store that can create but not compare and swap (a local disk), the job that creates a guard wins.
//! * A job is committed or aborted, never both. Files are not removed while a commit of them may still take effect.
//! * Only what this protocol has written is ever removed. Other files in the folder keep a job from being set up.
//! * A few parts of each open file are in memory (8 MiB each), however long it gets.
//!
//! # What is not guaranteed
//!
//! * That readers who list the folder see an output at a time: committed files of running jobs lie beside those of the manifest.
//! * That output survives a loss of power on a local disk, unless the store is a `LocalFileSystem` made `with_fsync`.
//! * That output is safe from a manifest removed by hand, or from a cleaning while a job is at work that it was not told of.
//! * A reader who is still at the old output when it is replaced finds its files gone.
//! * A job that died on a local disk when it was about to replace the output keeps others from doing so until the folder is
//!   cleaned, and no other process can go on with it.
//! * An aborted job leaves its decision until the folder is cleaned, so that what late tasks of it leave is known.
//! * The store must have conditional puts (S3 has, unless they are switched off), and list what has been written. The local disk must
//!   have hard links. Parts of files that were being sent to S3 by a process that died are left to a rule of the bucket.
//! * Committing copies files within the store: on a local disk that is a link; S3 copies up to 5 GB a file.
//! * File names are ASCII and have no folders: output partitioned into folders is not supported.
//!
//! # Without an async runtime
//!
//! [`block_on`] waits for a call from a plain thread, and [`BlockingOutputFile`] is a [`Write`](std::io::Write).

mod blocking;
mod builder;
mod census;
mod document;
mod error;
mod folder;
mod guard;
mod job;
mod job_id;
mod layout;
mod local_folder;
mod manifest;
mod names;
mod note;
mod ours;
mod protocol;
mod record;
mod staged;
mod sweep;
mod task;
mod upload;
mod verify;
mod writer;

pub use blocking::{BlockingOutputFile, block_on};
pub use builder::{ExistingOutput, FileCommitProtocolBuilder};
pub use error::{
    AbortJobError, BadName, CleanError, CommitJobError, CommitTaskError, DocumentFlaw, FileFlaw,
    OpenFileError, OpenJobError, PartitionList, ReadManifestError, RecordError, SetupJobError, StoreAction,
    StoreError, VerifyError, WriteError,
};
pub use job::{CommittedJob, OutputJob, Rubbish};
pub use job_id::{OutputJobId, OutputJobIdError};
pub use manifest::{Manifest, Totals};
pub use protocol::FileCommitProtocol;
pub use record::{CommittedFile, CommittedTask};
pub use sweep::Swept;
pub use task::TaskOutput;
pub use writer::OutputFile;
