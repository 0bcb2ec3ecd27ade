//! Leaves out the tasks of jobs that have ended.

use std::collections::{HashMap, HashSet};

use listener_bus::events::{
    JobEnd, JobStart, SpeculativeTaskSubmitted, TaskEnd, TaskGettingResult, TaskStart,
};

use crate::args::ConvertArgs;
use crate::facts::Facts;
use crate::selection::RunningTasks;

/// The events of tasks.
const OF_TASKS: [&str; 4] =
    [TaskStart::NAME, TaskEnd::NAME, TaskGettingResult::NAME, SpeculativeTaskSubmitted::NAME];

/// The jobs of a log, and their stages.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    running: HashMap<i64, Vec<i64>>,
    stages_of_ended: HashSet<i64>,
}

impl Jobs {
    pub(super) fn see(&mut self, facts: &Facts<'_>) {
        let Some(job) = facts.job() else { return };
        if facts.is(JobStart::NAME) {
            self.running.insert(job, facts.stages());
        } else if facts.is(JobEnd::NAME) {
            self.stages_of_ended.extend(self.running.remove(&job).into_iter().flatten());
        }
    }

    /// The stages that belong to jobs that have ended, and to no other.
    fn finished_stages(mut self) -> HashSet<i64> {
        for stage in self.running.values().flatten() {
            self.stages_of_ended.remove(stage);
        }
        self.stages_of_ended
    }
}

/// Chooses which lines stay.
#[derive(Debug)]
pub(super) enum Compaction {
    /// All.
    Off,
    /// All but those of tasks of these stages.
    Of { stages: HashSet<i64>, tasks: RunningTasks },
}

impl Compaction {
    pub(super) fn new(args: &ConvertArgs, jobs: Jobs) -> Self {
        if args.compact {
            Self::Of { stages: jobs.finished_stages(), tasks: RunningTasks::default() }
        } else {
            Self::Off
        }
    }

    /// Whether the next event of the log is left out.
    pub(super) fn drops(&mut self, facts: &Facts<'_>) -> bool {
        let Self::Of { stages, tasks } = self else { return false };
        if !OF_TASKS.iter().any(|name| facts.is(name)) {
            return false;
        }
        tasks.stage_of(facts).is_some_and(|stage| stages.contains(&stage.id))
    }
}
