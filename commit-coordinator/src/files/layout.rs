//! Where everything lies in an output folder, and whose an object there is.

use listener_bus::events::PartitionId;
use object_store::path::Path;

use super::job_id::OutputJobId;
use super::names::{self, ChosenName, Nonce};
use crate::permit::FencingToken;
use crate::task::TaskAttempt;

const SUCCESS: &str = "_SUCCESS";
pub(crate) const TEMPORARY: &str = "_temporary";
const MARKER: &str = "job";
const DECISION: &str = "decision";
const ATTEMPTS: &str = "attempts";
const COMMITS: &str = "commits";
const GUARD: &str = "replaces-";
/// How many partitions have their records in one folder: few enough to list for each of them, and more than one, as folders are
/// slow to make and to remove.
const PARTITIONS_TOGETHER: i32 = 16;

/// The paths of one output folder.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: Path,
}

/// What an object in the output folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The manifest.
    Success,
    /// A file that a commit of this job has named.
    Committed(OutputJobId),
    /// What a job writes while it runs.
    Scratch(OutputJobId, Scratch),
    /// Who may replace this job's output, on a store that cannot compare and swap.
    Guard(OutputJobId),
    /// Nothing this module writes.
    Foreign,
}

/// What a job writes under its own folder, in the order in which it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scratch {
    /// Staged files and commit records.
    Work,
    /// That the job exists. It goes after all the rest, as it tells whose the rest is.
    Marker,
    /// Whether the job is committed or aborted. It goes last: until then the other of the two must not begin.
    Decision,
}

impl Layout {
    pub(crate) fn new(root: Path) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn success(&self) -> Path {
        self.root.clone().join(SUCCESS)
    }

    pub(crate) fn committed(&self, name: &str) -> Path {
        self.root.clone().join(name)
    }

    fn job(&self, job: OutputJobId) -> Path {
        self.root.clone().join(TEMPORARY).join(job.to_string())
    }

    pub(crate) fn marker(&self, job: OutputJobId) -> Path {
        self.job(job).join(MARKER)
    }

    pub(crate) fn decision(&self, job: OutputJobId) -> Path {
        self.job(job).join(DECISION)
    }

    /// Where an attempt's files are staged. They lie side by side with those of others: on a disk, a folder for each attempt
    /// would take longer to make and to remove than a small file takes to write.
    pub(crate) fn staging(&self, job: OutputJobId) -> Path {
        self.job(job).join(ATTEMPTS)
    }

    /// Where a file of an attempt is staged; see [`staged_name`].
    pub(crate) fn staged(&self, job: OutputJobId, attempt: &str, name: &ChosenName) -> Path {
        self.staging(job).join(format!("{attempt}{}", name.as_str()))
    }

    pub(crate) fn records(&self, job: OutputJobId) -> Path {
        self.job(job).join(COMMITS)
    }

    /// Where the records of this partition and a few others are.
    pub(crate) fn records_of(&self, job: OutputJobId, partition: PartitionId) -> Path {
        self.records(job).join(partition.0.div_euclid(PARTITIONS_TOGETHER).to_string())
    }

    pub(crate) fn record(&self, job: OutputJobId, partition: PartitionId, token: FencingToken) -> Path {
        self.records_of(job, partition).join(format!("{partition}_{:020}", token.get()))
    }

    /// Which commit the record at this path is of.
    pub(crate) fn commit_at(location: &Path) -> Option<(PartitionId, FencingToken)> {
        let (partition, token) = location.filename()?.split_once('_')?;
        Some((PartitionId(partition.parse().ok()?), FencingToken::new(token.parse().ok()?)))
    }

    pub(crate) fn guard(&self, replaced: OutputJobId) -> Path {
        self.root.clone().join(TEMPORARY).join(format!("{GUARD}{replaced}"))
    }

    /// What lies at this path.
    pub(crate) fn entry(&self, location: &Path) -> Entry {
        entry_of(&self.below(location).collect::<Vec<_>>())
    }

    /// The names that lead from the output folder to this path.
    pub(crate) fn below<'a>(&self, location: &'a Path) -> impl Iterator<Item = &'a str> {
        let below = location.as_ref().strip_prefix(self.root.as_ref()).unwrap_or_default();
        below.trim_start_matches('/').split('/')
    }
}

/// What the names of an attempt's staged files begin with.
pub(crate) fn staged_name(task: TaskAttempt, nonce: Nonce) -> String {
    let TaskAttempt { stage_id, stage_attempt_id, partition_id, attempt_number } = task;
    format!("{partition_id}_{stage_id}_{stage_attempt_id}_{attempt_number}_{nonce}_")
}

/// What lies below the output folder under these names.
pub(crate) fn entry_of(below: &[&str]) -> Entry {
    match below {
        [SUCCESS] => Entry::Success,
        [name] => names::job_of(name).map_or(Entry::Foreign, Entry::Committed),
        [TEMPORARY, guard] => match guard.strip_prefix(GUARD).map(str::parse) {
            Some(Ok(replaced)) => Entry::Guard(replaced),
            _ => Entry::Foreign,
        },
        [TEMPORARY, job, within @ ..] => match (job.parse(), scratch(within)) {
            (Ok(job), Some(scratch)) => Entry::Scratch(job, scratch),
            _ => Entry::Foreign,
        },
        _ => Entry::Foreign,
    }
}

fn scratch(within: &[&str]) -> Option<Scratch> {
    match within {
        [MARKER] => Some(Scratch::Marker),
        [DECISION] => Some(Scratch::Decision),
        [ATTEMPTS, _] | [COMMITS, _, _] => Some(Scratch::Work),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_known_for_what_it_is() {
        for root in ["", "out", "deep/out"] {
            let layout = Layout::new(Path::from(root));
            let (job, task) = (OutputJobId::unique(), TaskAttempt::new(0, 1, 2, 3));
            let record = layout.record(job, task.partition_id, FencingToken::new(5));
            let name = "part".parse().unwrap();
            let staged = layout.staged(job, &staged_name(task, Nonce::random()), &name);
            assert_eq!(layout.entry(&layout.success()), Entry::Success);
            assert_eq!(layout.entry(&layout.marker(job)), Entry::Scratch(job, Scratch::Marker));
            assert_eq!(layout.entry(&layout.decision(job)), Entry::Scratch(job, Scratch::Decision));
            assert_eq!(layout.entry(&staged), Entry::Scratch(job, Scratch::Work));
            assert_eq!(layout.entry(&record), Entry::Scratch(job, Scratch::Work));
            assert_eq!(Layout::commit_at(&record), Some((task.partition_id, FencingToken::new(5))));
            assert_eq!(layout.entry(&layout.guard(job)), Entry::Guard(job));
            let name: ChosenName = "part.csv".parse().unwrap();
            let committed = layout.committed(&name.committed(job, FencingToken::new(1), Nonce::random()));
            assert_eq!(layout.entry(&committed), Entry::Committed(job));
        }
    }

    #[test]
    fn what_others_write_is_foreign() {
        let layout = Layout::new(Path::from("out"));
        let (job, name) = (OutputJobId::unique(), "part.csv".parse::<ChosenName>().unwrap());
        for below in [
            "part-00000".to_owned(),
            ".part-00000.crc".to_owned(),
            "_temporary/0/task_1/part-00000".to_owned(),
            format!("_temporary/{job}/notes"),
            format!("_temporary/{job}/attempts/a/b"),
            format!("year=2020/{}", name.committed(job, FencingToken::new(1), Nonce::random())),
        ] {
            assert_eq!(layout.entry(&Path::from(format!("out/{below}"))), Entry::Foreign, "{below}");
        }
    }
}
