//! Aborting a job: what it wrote goes, what is committed stays.

use super::switch::Decision;
use super::{OutputJob, Standing};
use crate::files::census::Census;
use crate::files::error::AbortJobError;
use crate::files::manifest;
use crate::files::ours::Ours;
use crate::files::sweep::{self, Swept};

impl OutputJob {
    /// Aborts the job: removes all that it has written. The output stays as it was. Late tasks of it cannot commit.
    ///
    /// That the job is aborted stays written down until the folder is cleaned: a task that dies when it is late may leave files,
    /// and they are known by it.
    ///
    /// # Errors
    /// If the job has been committed, or may still be since a commit of it did not learn how it ended: then nothing is removed.
    /// If the store fails, the same call again goes on.
    ///
    /// # Cancel safety
    /// Cancel safe: the same call again goes on.
    pub async fn abort_job(&self) -> Result<Swept, AbortJobError> {
        let (folder, job) = (self.folder(), self.id());
        if let Standing::Committed(_) = self.standing(manifest::current(folder).await?) {
            return Err(AbortJobError::Committed { job });
        }
        let decision = self.decide(Decision::Abort).await?;
        // The decision is what keeps a commit from beginning, so only what is seen after it counts.
        match (self.standing(manifest::current(folder).await?), decision) {
            (Standing::Committed(manifest), _) => {
                // A commit that has come to its end has removed the job's folder, and the decision would be rubbish in it.
                let _rubbish = self.sweep_after(&manifest).await;
                return Err(AbortJobError::Committed { job });
            }
            (Standing::Open, Some(Decision::Commit) | None) => return Err(AbortJobError::Undecided { job }),
            // A job that was overtaken has no commit that could take effect.
            (Standing::Open, Some(Decision::Abort)) | (Standing::Overtaken { .. }, _) => {}
        }
        let census = Census::take(folder).await?;
        let ours = Ours::of_job(&folder.layout, job).but_for_decision(job);
        let swept = sweep::sweep(folder, &census, &ours).await;
        tracing::info!(%job, removed = swept.removed.len(), left = swept.left.len(), "job aborted");
        Ok(swept)
    }
}
