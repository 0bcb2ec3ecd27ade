//! What begins and ends in a log.

use std::collections::{BTreeMap, HashMap, HashSet};

use examples::log::Log;
use examples::units::{count, list};
use listener_bus::SchedulerEvent;
use listener_bus::event_log::{Place, Progress};
use listener_bus::events::{JobId, StageAttemptId, StageId, TaskEnd, TaskEndReason, TaskId};

use super::findings::{Findings, Kind, Spot};
use super::marks::Mark;

/// Of what is left running, so many are named.
const NAMED: usize = 5;
/// What the names of the events begin with that Spark's modules have.
const OF_SPARK: &str = "org.apache.spark.";

/// What runs, in memory bounded by what runs at once.
///
/// What is normal is passed over: a task that ends after its stage or job, one that is resubmitted after it ended, a
/// stage attempt that ends twice, an attempt that begins before the one before it ends.
#[derive(Debug, Default)]
pub(super) struct Lives {
    events: u64,
    log_starts: u64,
    application_starts: u64,
    application_ends: u64,
    jobs: HashSet<JobId>,
    stages: HashSet<(StageId, StageAttemptId)>,
    tasks: HashMap<TaskId, (StageId, StageAttemptId)>,
    unknown: BTreeMap<String, u64>,
    ends_without_start: BTreeMap<&'static str, u64>,
}

impl Lives {
    /// Looks at the next event of the log.
    pub(super) fn see(
        &mut self,
        log: &Log,
        event: &SchedulerEvent,
        place: Option<&Place>,
        findings: &mut Findings,
    ) {
        use SchedulerEvent as E;
        self.events += 1;
        match event {
            E::LogStart(_) => self.log_start(place.map(|place| Spot::of(log, place)), findings),
            E::ApplicationStart(_) => self.application_starts += 1,
            E::ApplicationEnd(_) => self.application_ends += 1,
            E::JobStart(event) => drop(self.jobs.insert(event.job_id)),
            E::JobEnd(event) => {
                let was_running = self.jobs.remove(&event.job_id);
                if !was_running {
                    self.ended_unseen("job");
                }
            }
            E::StageSubmitted(event) => {
                self.stages.insert((event.stage_info.stage_id, event.stage_info.stage_attempt_id));
            }
            E::StageCompleted(event) => {
                self.stages.remove(&(event.stage_info.stage_id, event.stage_info.stage_attempt_id));
            }
            E::TaskStart(event) => {
                self.tasks.insert(event.task_info.task_id, (event.stage_id, event.stage_attempt_id));
            }
            E::TaskEnd(event) => self.task_end(event),
            E::Other(event) if let Some(mark) = Mark::of(event) => {
                let spot = place.map(|place| Spot::of(log, place));
                findings.add_all(mark.kind, mark.events, spot, mark.message);
            }
            E::Other(event) if !event.name().starts_with(OF_SPARK) => {
                *self.unknown.entry(event.name().to_owned()).or_default() += 1;
            }
            _ => {}
        }
    }

    fn log_start(&mut self, spot: Option<Spot>, findings: &mut Findings) {
        self.log_starts += 1;
        if self.log_starts > 1 {
            findings.add(Kind::LogStartAgain, spot, "the log starts again".to_owned());
        } else if self.events > 1 {
            findings.add(Kind::LogStartNotFirst, spot, "the log start is not the first event".to_owned());
        }
    }

    fn task_end(&mut self, event: &TaskEnd) {
        let was_running = self.tasks.remove(&event.task_info.task_id).is_some();
        let is_resubmitted = matches!(event.task_end_reason, TaskEndReason::Resubmitted(_));
        if !was_running && !is_resubmitted {
            self.ended_unseen("task");
        }
    }

    /// Something has ended whose start is not in the log.
    fn ended_unseen(&mut self, what: &'static str) {
        *self.ends_without_start.entry(what).or_default() += 1;
    }

    /// Notes what is left when the log is at its end.
    pub(super) fn end(self, log: &Log, findings: &mut Findings) {
        if self.log_starts == 0 {
            findings.add(Kind::LogStartNotFirst, None, "there is no log start".to_owned());
        }
        if self.application_starts != 1 {
            let what = format!("{} instead of one", count(self.application_starts, "application start"));
            findings.add(Kind::ApplicationStart, None, what);
        }
        for (what, number) in &self.ends_without_start {
            let message =
                format!("{} that did not start, or ended twice", count(*number, &format!("{what} end")));
            findings.add_all(Kind::EndWithoutStart, *number, None, message);
        }
        self.application(log, findings);
        self.left_running(findings);
        for (name, number) in self.unknown {
            let message = format!("{} of the unknown kind {name}", count(number, "event"));
            findings.add_all(Kind::UnknownEvent, number, None, message);
        }
    }

    fn application(&self, log: &Log, findings: &mut Findings) {
        let in_progress = matches!(log, Log::Stored(log) if log.progress() == Progress::InProgress);
        if self.application_ends == 0 {
            let why = if in_progress {
                "it runs, or was killed"
            } else {
                "it was killed, or the last events are lost"
            };
            findings.add(Kind::NotEnded, None, format!("the application has no end: {why}"));
        } else if in_progress {
            findings.add(
                Kind::NotClosed,
                None,
                "the application has ended, and its log was not closed".to_owned(),
            );
        }
    }

    fn left_running(&self, findings: &mut Findings) {
        let kind = if self.application_ends == 0 { Kind::LeftRunning } else { Kind::StartWithoutEnd };
        let jobs = sorted(self.jobs.iter().copied());
        let stages = sorted(self.stages.iter().copied()).into_iter();
        let stages: Vec<_> = stages.map(|(stage, attempt)| format!("{stage}.{attempt}")).collect();
        let tasks = sorted(self.tasks.iter().map(|(task, stage)| (*task, *stage))).into_iter();
        let tasks: Vec<_> =
            tasks.map(|(task, (stage, attempt))| format!("{task} of stage {stage}.{attempt}")).collect();
        let left = [
            ("job", jobs.len(), list(&jobs, NAMED)),
            ("stage attempt", stages.len(), list(&stages, NAMED)),
            ("task", tasks.len(), list(&tasks, NAMED)),
        ];
        for (what, number, names) in left.into_iter().filter(|(_, number, _)| *number > 0) {
            let number = number as u64;
            findings.add_all(kind, number, None, format!("{} without an end: {names}", count(number, what)));
        }
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.collect();
    items.sort_unstable();
    items
}
