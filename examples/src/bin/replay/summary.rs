//! What a replay comes to.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::anyhow;
use listener_bus::QueueSnapshot;
use serde::Serialize;

use crate::executor_count::ExecutorCount;
use crate::four_queues::Finished;
use crate::replay::Read;
use crate::stage_durations::StageDuration;
use crate::status::{Application, Executors, JobCounts, StageCounts, Status};

/// The stage attempts that are shown.
const SLOWEST: usize = 3;

/// What a replay comes to. What a listener should have told is missing if it never came back.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) events_read: u64,
    pub(crate) events_by_type: BTreeMap<String, u64>,
    /// Lines that were not events.
    pub(crate) lines_skipped: u64,
    #[serde(flatten)]
    pub(crate) status: Option<StatusSummary>,
    pub(crate) executor_count: Option<ExecutorCountSummary>,
    pub(crate) slowest_stages: Option<Vec<StageSummary>>,
    pub(crate) event_log_lines: Option<u64>,
    pub(crate) queues: Vec<QueueSummary>,
    /// From the first read to the last delivery.
    pub(crate) seconds: f64,
}

/// What the status listener tells.
#[derive(Debug, Serialize)]
pub(crate) struct StatusSummary {
    /// The last application; null if no log tells of one.
    pub(crate) application: Option<Application>,
    /// All of them, in the order of their logs. The numbers that follow are about all of them together.
    pub(crate) applications: Vec<Application>,
    pub(crate) jobs: JobCounts,
    pub(crate) stages: StageCounts,
    pub(crate) tasks_by_end_reason: BTreeMap<String, u64>,
    pub(crate) executors: Executors,
}

/// What the executor-count listener tells.
#[derive(Debug, Serialize)]
pub(crate) struct ExecutorCountSummary {
    pub(crate) alive: usize,
    /// Of those, the ones not heard of since the last gap.
    pub(crate) doubtful: usize,
    pub(crate) peak: usize,
    pub(crate) gaps: u64,
    pub(crate) events_missed: u64,
    /// Executors that were counted although their arrival was not seen.
    pub(crate) found: u64,
}

/// One stage attempt.
#[derive(Debug, Serialize)]
pub(crate) struct StageSummary {
    pub(crate) stage: i32,
    pub(crate) attempt: i32,
    pub(crate) name: String,
    pub(crate) seconds: f64,
}

/// One queue: what was posted is what was delivered and what was dropped.
#[derive(Debug, Serialize)]
pub(crate) struct QueueSummary {
    pub(crate) name: String,
    pub(crate) posted: u64,
    pub(crate) delivered: u64,
    pub(crate) dropped: BTreeMap<&'static str, u64>,
}

impl Summary {
    /// Puts together what was read and what the listeners tell.
    pub(crate) fn new(read: &Read, finished: Finished, took: Duration) -> Self {
        let slowest = finished.stage_durations.map(|durations| durations.slowest(SLOWEST));
        Self {
            events_read: read.events,
            events_by_type: read.events_by_type.clone(),
            lines_skipped: read.lines_skipped,
            status: finished.status.map(StatusSummary::from),
            executor_count: finished.executor_count.as_ref().map(ExecutorCountSummary::from),
            slowest_stages: slowest.map(|stages| stages.into_iter().map(StageSummary::from).collect()),
            event_log_lines: finished.line_count.map(|count| count.lines),
            queues: finished.snapshot.queues.iter().map(QueueSummary::from).collect(),
            seconds: took.as_secs_f64(),
        }
    }

    /// The queues in which an event that was read is neither delivered nor counted as dropped.
    pub(crate) fn unaccounted(&self) -> impl Iterator<Item = anyhow::Error> + '_ {
        let lacking = |queue: &&QueueSummary| {
            queue.posted != self.events_read || queue.posted != queue.delivered + queue.dropped()
        };
        self.queues.iter().filter(lacking).map(|queue| {
            let QueueSummary { name, posted, delivered, .. } = queue;
            let (read, dropped) = (self.events_read, queue.dropped());
            anyhow!("queue {name} does not add up: {read} read, {posted} posted, {delivered} delivered, {dropped} dropped")
        })
    }
}

impl QueueSummary {
    /// Events dropped, whatever the reason.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.values().sum()
    }
}

impl From<&QueueSnapshot> for QueueSummary {
    fn from(queue: &QueueSnapshot) -> Self {
        let dropped = queue.dropped.iter().map(|(reason, events)| (reason.as_str(), events)).collect();
        Self { name: queue.name.clone(), posted: queue.posted, delivered: queue.delivered, dropped }
    }
}

impl From<Status> for StatusSummary {
    fn from(status: Status) -> Self {
        let applications = status.applications.into_vec();
        Self {
            application: applications.last().cloned(),
            applications,
            jobs: status.jobs.counts(),
            stages: status.stages.counts(),
            tasks_by_end_reason: status.tasks_by_end_reason,
            executors: status.executors,
        }
    }
}

impl From<&ExecutorCount> for ExecutorCountSummary {
    fn from(count: &ExecutorCount) -> Self {
        Self {
            alive: count.alive(),
            doubtful: count.doubtful(),
            peak: count.peak(),
            gaps: count.gaps(),
            events_missed: count.events_missed(),
            found: count.found(),
        }
    }
}

impl From<StageDuration> for StageSummary {
    fn from(duration: StageDuration) -> Self {
        Self {
            stage: duration.stage.0,
            attempt: duration.attempt.0,
            name: duration.name,
            seconds: duration.took.as_secs_f64(),
        }
    }
}
