//! Which objects may be removed: those of certain jobs, as far as the present manifest does not name them.

use std::collections::BTreeSet;

use object_store::path::Path;

use super::job_id::OutputJobId;
use super::layout::{Entry, Layout, Scratch};
use super::manifest::Manifest;

/// How far a removal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// What these jobs wrote. Others may be at work.
    Jobs,
    /// Half-written manifests too, as nobody is at work.
    Everything,
}

/// Objects that may be removed.
#[derive(Clone, Debug)]
pub(crate) struct Ours {
    reach: Reach,
    jobs: BTreeSet<OutputJobId>,
    guards: BTreeSet<OutputJobId>,
    needed: BTreeSet<Path>,
    layout: Layout,
}

impl Ours {
    /// What one job wrote.
    pub(crate) fn of_job(layout: &Layout, job: OutputJobId) -> Self {
        Self::of_jobs(layout, [job].into(), BTreeSet::new())
    }

    /// What these jobs wrote, and these guards.
    pub(crate) fn of_jobs(
        layout: &Layout,
        jobs: BTreeSet<OutputJobId>,
        guards: BTreeSet<OutputJobId>,
    ) -> Self {
        Self { reach: Reach::Jobs, jobs, guards, needed: BTreeSet::new(), layout: layout.clone() }
    }

    /// What these jobs wrote, these guards, and everything that is half-written.
    pub(crate) fn of_all(
        layout: &Layout,
        jobs: BTreeSet<OutputJobId>,
        guards: BTreeSet<OutputJobId>,
    ) -> Self {
        Self { reach: Reach::Everything, ..Self::of_jobs(layout, jobs, guards) }
    }

    /// Keeps what the manifest names.
    pub(crate) fn but_for(mut self, manifest: &Manifest) -> Self {
        self.needed = manifest.names().into_iter().map(|name| self.layout.committed(name)).collect();
        self
    }

    /// Keeps what was decided about this job, by which what its late tasks write is known.
    pub(crate) fn but_for_decision(mut self, job: OutputJobId) -> Self {
        self.needed.insert(self.layout.decision(job));
        self
    }

    /// Includes jobs whose output has been replaced, and the objects that said who may do that.
    pub(crate) fn and_replaced(mut self, replaced: &BTreeSet<OutputJobId>) -> Self {
        self.jobs.extend(replaced);
        self.guards.extend(replaced);
        self
    }

    pub(crate) fn jobs(&self) -> &BTreeSet<OutputJobId> {
        &self.jobs
    }

    /// Whether this object may be removed.
    pub(crate) fn includes(&self, path: &Path, entry: Entry) -> bool {
        match entry {
            Entry::Committed(job) | Entry::Scratch(job, _) => {
                self.jobs.contains(&job) && !self.needed.contains(path)
            }
            Entry::Guard(replaced) => self.guards.contains(&replaced),
            Entry::Success | Entry::Foreign => false,
        }
    }

    /// Whether a half-written version of such an object may be removed.
    pub(crate) fn includes_half(&self, entry: Entry) -> bool {
        match entry {
            Entry::Committed(job) | Entry::Scratch(job, _) => self.jobs.contains(&job),
            Entry::Guard(_) | Entry::Success => self.reach == Reach::Everything,
            Entry::Foreign => false,
        }
    }

    /// When its turn is.
    pub(crate) fn rank(entry: Entry) -> Scratch {
        match entry {
            Entry::Scratch(_, rank) => rank,
            Entry::Committed(_) | Entry::Guard(_) | Entry::Success | Entry::Foreign => Scratch::Work,
        }
    }
}
