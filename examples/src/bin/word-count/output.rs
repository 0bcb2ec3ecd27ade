//! The output folder, written by way of the file commit protocol: all that touches the protocol is here.

use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use commit_coordinator::files::{
    BlockingOutputFile, ExistingOutput, FileCommitProtocol, Manifest, OutputJob, TaskOutput, block_on,
};
use commit_coordinator::{CommitPermit, OutputCommitCoordinator, Resolution};

use crate::counts::{self, Counts};
use crate::engine::Task;

/// How long an attempt waits for the one that holds its partition before it gives up, to be tried again.
const PATIENCE: Duration = Duration::from_mins(1);

/// One job's output.
#[derive(Clone)]
pub(crate) struct Output {
    folder: PathBuf,
    is_new: bool,
    protocol: FileCommitProtocol,
    job: OutputJob,
}

impl Output {
    /// Begins a job; nothing is visible in the folder before it is committed.
    pub(crate) fn set_up(folder: &Path, existing: ExistingOutput) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write to {}", folder.display());
        let is_new = !folder.exists();
        fs::create_dir_all(folder).with_context(cannot)?;
        let protocol =
            FileCommitProtocol::on_disk(folder).with_context(cannot)?.existing_output(existing).build();
        let job = block_on(protocol.setup_job()).with_context(cannot)?;
        Ok(Self { folder: folder.to_owned(), is_new, protocol, job })
    }

    /// Writes a partition, by word, where nobody sees it.
    pub(crate) fn stage(&self, task: &Task, counts: Counts) -> anyhow::Result<TaskOutput> {
        let staged = self.job.setup_task(task.attempt);
        let mut file = BlockingOutputFile::new(staged.writer(&format!("part-{:05}", task.partition))?);
        let mut lines = Vec::new();
        for (word, count) in counts.into_sorted() {
            counts::write_line(&mut lines, &word, count)?;
            file.add_rows(1);
            if lines.len() >= 1 << 16 {
                file.write_all(&lines)?;
                lines.clear();
            }
        }
        file.write_all(&lines)?;
        file.close()?;
        Ok(staged)
    }

    /// Commits what an attempt has staged, if it may; else the attempt ends, with what it staged removed.
    pub(crate) fn commit_task(
        task: &Task,
        staged: TaskOutput,
        coordinator: &OutputCommitCoordinator,
    ) -> anyhow::Result<()> {
        let granted = coordinator.await_decision(task.attempt, Instant::now() + PATIENCE).permit();
        let permit = granted.map_err(anyhow::Error::from).and_then(|permit| task.stumble().map(|()| permit));
        match permit {
            Ok(permit) => drop(block_on(staged.commit_task(permit))?),
            Err(error) => {
                // What is left goes with the job.
                drop(block_on(staged.abort_task()));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Looks whether a permit was used whose holder is lost. If it was not, the partition is computed once more under a
    /// greater token; should the lost attempt commit after all, it does no harm: of each partition, the job takes the
    /// commit with the greatest token.
    pub(crate) fn resolve(&self, permit: &CommitPermit) -> Resolution {
        match block_on(self.job.committed_task(permit.task().partition_id)) {
            Ok(Some(commit)) if commit.token == permit.token() => Resolution::Committed,
            Ok(_) => Resolution::NotCommitted,
            Err(error) => {
                tracing::error!(%error, "cannot look up what a lost attempt has committed");
                Resolution::CannotTell
            }
        }
    }

    /// Makes what its tasks have committed the output; answers with what it consists of.
    pub(crate) fn commit(&self, partitions: usize) -> anyhow::Result<Manifest> {
        let partitions = 0..i32::try_from(partitions)?;
        Ok(block_on(self.job.commit_job(partitions)).context("cannot commit the output")?.manifest)
    }

    /// Removes all that the job has written, and the folder if it was not there before.
    pub(crate) fn abort(&self) -> anyhow::Result<()> {
        block_on(self.job.abort_job()).context("cannot remove what was written")?;
        if self.is_new {
            // Nobody else writes to a folder that was not there; what an aborted job leaves behind is known to `clean`.
            drop(block_on(self.protocol.clean()).context("cannot remove what was left")?);
            fs::remove_dir(&self.folder).context("cannot remove the output folder")?;
        }
        Ok(())
    }

    /// Reads a committed file.
    pub(crate) fn read(&self, name: &str, each: impl FnMut(&[u8], u64)) -> anyhow::Result<()> {
        let path = self.folder.join(name);
        let file = File::open(&path).and_then(|file| counts::read_lines(BufReader::new(file), each));
        file.with_context(|| format!("cannot read {}", path.display()))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}
