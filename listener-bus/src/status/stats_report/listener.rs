//! The listener that reports finished stages.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;

use async_event_queue::Gap;

use super::StageReport;
use super::samples::Samples;
use crate::events::{
    ApplicationStart, SchedulerListener, StageAttemptId, StageCompleted, StageId, StageInfo, StageSubmitted,
    TaskEnd, TaskEndReason,
};

/// How many tasks of a stage attempt are kept unless told otherwise.
const DEFAULT_SAMPLES: NonZeroUsize = NonZeroUsize::new(4_096).expect("it is not 0");
/// How many stage attempts are followed at once.
const MAX_STAGES: usize = 256;

type Attempt = (StageId, StageAttemptId);

/// Reports each stage attempt that is over: how long its tasks ran, what they wrote and read, as percentiles.
///
/// As Spark's `StatsReportListener`, but stages that run at once are kept apart. A report goes to the log at level info,
/// or to a closure:
///
/// ```
/// use listener_bus::status::StatsReportListener;
/// use listener_bus::{LiveListenerBus, SHARED};
///
/// let bus = LiveListenerBus::scheduler().build()?;
/// let slow = StatsReportListener::with_sink(|report| {
///     if report.took.is_some_and(|took| took > 60_000) {
///         eprintln!("{report}");
///     }
/// });
/// bus.add_to_queue(SHARED, slow)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Guarantees
///
/// * A task that ends before its stage attempt is counted, once an end; the end that only says that the output was lost
///   (`Resubmitted`) is not counted.
/// * Figures are exact as long as no more tasks were measured than samples are kept. Beyond that each task is in the
///   sample with the same chance: with 4096 samples the rank of a percentile has a standard error of 0.8 points at most.
///   The least and the greatest figure stay exact, but for shares of time.
/// * Memory is bounded: 48 bytes a sample, 256 stage attempts; beyond that, the one that was submitted first is given
///   up, and reported without figures.
/// * Dropped events are counted in the report of each stage attempt that ran meanwhile.
///
/// # What is not guaranteed
///
/// Tasks without metrics are not counted, nor are those that end after their stage attempt, nor any of an attempt whose
/// submission was not seen.
pub struct StatsReportListener {
    sink: Box<dyn FnMut(&StageReport) + Send>,
    samples: NonZeroUsize,
    live: BTreeMap<Attempt, Live>,
    submitted: u64,
    dropped: u64,
}

/// A stage attempt that runs.
#[derive(Debug)]
struct Live {
    /// The how many-th it was to be submitted.
    number: u64,
    samples: Samples,
    /// How many events had been dropped when it was submitted.
    dropped_before: u64,
}

impl StatsReportListener {
    /// Reports to the log, at level info.
    pub fn new() -> Self {
        Self::with_sink(|report| tracing::info!("{report}"))
    }

    /// Reports to a closure, which runs on the queue's dispatch thread: it should be quick.
    pub fn with_sink(sink: impl FnMut(&StageReport) + Send + 'static) -> Self {
        Self {
            sink: Box::new(sink),
            samples: DEFAULT_SAMPLES,
            live: BTreeMap::new(),
            submitted: 0,
            dropped: 0,
        }
    }

    /// Sets how many tasks of a stage attempt are kept, 48 bytes each. Defaults to 4096.
    #[must_use]
    pub fn samples(mut self, tasks: NonZeroUsize) -> Self {
        self.samples = tasks;
        self
    }

    fn report(&mut self, stage: &StageInfo) -> StageReport {
        let attempt = (stage.stage_id, stage.stage_attempt_id);
        let mut report = StageReport::new(stage);
        report.dropped_events = self.dropped;
        if let Some(live) = self.live.remove(&attempt) {
            report.dropped_events = self.dropped.saturating_sub(live.dropped_before);
            report.measured_tasks = live.samples.measured();
            report.sampled_tasks = live.samples.kept();
            report.distributions = live.samples.distributions();
        }
        report
    }

    fn give_up_the_first(&mut self) {
        let first = self.live.iter().min_by_key(|(_, live)| live.number).map(|(attempt, _)| *attempt);
        first.and_then(|attempt| self.live.remove(&attempt));
    }
}

impl Default for StatsReportListener {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for StatsReportListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts: Vec<_> = self.live.keys().collect();
        f.debug_struct("StatsReportListener").field("live", &attempts).finish_non_exhaustive()
    }
}

impl SchedulerListener for StatsReportListener {
    fn on_application_start(&mut self, _: &ApplicationStart) {
        // Stages are numbered anew.
        self.live.clear();
    }

    fn on_stage_submitted(&mut self, event: &StageSubmitted) {
        let attempt = (event.stage_info.stage_id, event.stage_info.stage_attempt_id);
        if self.live.len() >= MAX_STAGES && !self.live.contains_key(&attempt) {
            self.give_up_the_first();
        }
        self.submitted = self.submitted.saturating_add(1);
        let samples = Samples::new(self.samples);
        let live = Live { number: self.submitted, samples, dropped_before: self.dropped };
        self.live.insert(attempt, live);
    }

    fn on_task_end(&mut self, event: &TaskEnd) {
        let attempt = (event.stage_id, event.stage_attempt_id);
        let live = self.live.get_mut(&attempt).filter(|_| !is_resubmitted(&event.task_end_reason));
        if let (Some(live), Some(metrics)) = (live, &event.task_metrics) {
            live.samples.add(&event.task_info, metrics);
        }
    }

    fn on_stage_completed(&mut self, event: &StageCompleted) {
        let report = self.report(&event.stage_info);
        let (stage, attempt) = (report.stage_id, report.stage_attempt_id);
        // The end of an earlier attempt was lost, or it would not be here.
        self.live.retain(|(id, earlier), _| *id != stage || *earlier > attempt);
        (self.sink)(&report);
    }

    fn on_gap(&mut self, gap: &Gap) {
        self.dropped = self.dropped.saturating_add(gap.events());
    }

    fn on_close(&mut self) {
        self.live.clear();
    }
}

fn is_resubmitted(reason: &TaskEndReason) -> bool {
    matches!(reason, TaskEndReason::Resubmitted(_))
}
