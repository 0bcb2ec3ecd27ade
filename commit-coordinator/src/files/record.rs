//! What a task has committed.

use listener_bus::events::PartitionId;
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use super::document;
use super::error::{DocumentFlaw, RecordError, StoreError};
use super::folder::Folder;
use super::job_id::OutputJobId;
use super::layout::Layout;
use crate::permit::FencingToken;
use crate::task::TaskAttempt;

/// A file of the output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommittedFile {
    /// Its name in the output folder.
    pub name: String,
    /// The name its task chose.
    pub written_as: String,
    /// How many rows its task said it has.
    pub rows: u64,
    /// Its size, in bytes.
    pub bytes: u64,
    /// The CRC-32 of its content (the polynomial of zip and PNG).
    pub crc32: u32,
}

/// What one task attempt has committed for its partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommittedTask {
    /// Who wrote it.
    pub task: TaskAttempt,
    /// The token of the permit it was committed with.
    pub token: FencingToken,
    /// The files, in the order in which they were opened; none for a partition without output.
    pub files: Vec<CommittedFile>,
}

/// The commits below a folder of records.
pub(crate) async fn commits_below(
    folder: &Folder,
    path: &Path,
) -> Result<Vec<(PartitionId, FencingToken)>, StoreError> {
    let objects = folder.list(path).await?;
    Ok(objects.iter().filter_map(|object| Layout::commit_at(&object.location)).collect())
}

/// The greatest token that a partition has been committed with.
pub(crate) async fn newest(
    folder: &Folder,
    job: OutputJobId,
    partition: PartitionId,
) -> Result<Option<FencingToken>, StoreError> {
    let commits = commits_below(folder, &folder.layout.records_of(job, partition)).await?;
    Ok(commits.into_iter().filter(|(of, _)| *of == partition).map(|(_, token)| token).max())
}

/// The record of one commit, or `None` if there is none.
pub(crate) async fn read(
    folder: &Folder,
    job: OutputJobId,
    partition: PartitionId,
    token: FencingToken,
) -> Result<Option<CommittedTask>, RecordError> {
    let path = folder.layout.record(job, partition, token);
    let Some((content, _)) = folder.read(&path).await? else { return Ok(None) };
    let flawed = |flaw| RecordError::Flawed { path: path.clone(), flaw };
    let record: CommittedTask = document::unseal(&content).map_err(flawed)?;
    if record.task.partition_id == partition && record.token == token {
        Ok(Some(record))
    } else {
        Err(flawed(DocumentFlaw::Misplaced))
    }
}
