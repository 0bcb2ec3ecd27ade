//! The note that a job leaves of itself while it runs.

use object_store::UpdateVersion;
use serde::{Deserialize, Serialize};

use super::document;
use super::error::RecordError;
use super::folder::Folder;
use super::job_id::OutputJobId;

/// That a job exists, and which output it is to replace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JobNote {
    pub(crate) replaces: Option<Replaced>,
}

/// The manifest that was there when the job was set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replaced {
    pub(crate) job: OutputJobId,
    e_tag: Option<String>,
    version: Option<String>,
}

impl Replaced {
    pub(crate) fn new(job: OutputJobId, UpdateVersion { e_tag, version }: UpdateVersion) -> Self {
        Self { job, e_tag, version }
    }

    pub(crate) fn seen(&self) -> UpdateVersion {
        UpdateVersion { e_tag: self.e_tag.clone(), version: self.version.clone() }
    }
}

/// The note of this job, or `None` if it has left none or has ended.
pub(crate) async fn read(folder: &Folder, job: OutputJobId) -> Result<Option<JobNote>, RecordError> {
    let path = folder.layout.marker(job);
    let Some((content, _)) = folder.read(&path).await? else { return Ok(None) };
    match document::unseal(&content) {
        Ok(note) => Ok(Some(note)),
        Err(flaw) => Err(RecordError::Flawed { path, flaw }),
    }
}
