//! The object that says who may replace an output, on stores that cannot compare and swap.

use object_store::path::Path;

use super::error::StoreError;
use super::folder::Folder;
use super::job_id::OutputJobId;

/// The job that has it, if that can be read.
pub(crate) async fn owner(folder: &Folder, guard: &Path) -> Result<Option<OutputJobId>, StoreError> {
    let found = folder.read(guard).await?;
    Ok(found.and_then(|(content, _)| std::str::from_utf8(&content).ok()?.parse().ok()))
}
