//! The object that says who may replace an output, on stores that cannot compare and swap.

use std::fmt;

use object_store::path::Path;

use super::error::StoreError;
use super::folder::Folder;
use super::job_id::OutputJobId;
use super::names::Nonce;

/// Who has a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) job: OutputJobId,
    /// Which handle of the job, if it says so: what another one may be about to do, nobody knows.
    pub(crate) handle: Option<Nonce>,
}

impl Owner {
    fn parse(content: &[u8]) -> Option<Self> {
        let content = std::str::from_utf8(content).ok()?;
        let (job, handle) =
            content.split_once(' ').map_or((content, None), |(job, nonce)| (job, Some(nonce)));
        Some(Self { job: job.parse().ok()?, handle: handle.and_then(Nonce::parse) })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.handle {
            Some(handle) => write!(f, "{} {handle}", self.job),
            None => self.job.fmt(f),
        }
    }
}

/// Who has it, if that can be read.
pub(crate) async fn owner(folder: &Folder, guard: &Path) -> Result<Option<Owner>, StoreError> {
    let found = folder.read(guard).await?;
    Ok(found.and_then(|(content, _)| Owner::parse(&content)))
}
