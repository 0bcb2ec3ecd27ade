//! How long each stage attempt took: a listener as any user would write it, and a file to copy.
//!
//! It needs nothing but `listener-bus`. Add it with `bus.add_to_shared_queue(StageDurations::default())?`; the handle
//! that comes back gives it back after the run: `bus.remove_listener(&handle)?.wait(timeout)?.slowest(3)`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use listener_bus::SchedulerListener;
use listener_bus::events::{StageAttemptId, StageCompleted, StageId};

/// Keeps how long each stage attempt took.
#[derive(Debug, Default)]
pub(crate) struct StageDurations {
    // With the time of submission in the key: the ids start over in the next application, and one attempt can be
    // reported as completed twice.
    attempts: BTreeMap<(i64, StageId, StageAttemptId), StageDuration>,
}

/// How long one stage attempt took.
#[derive(Clone, Debug)]
pub(crate) struct StageDuration {
    pub(crate) stage: StageId,
    pub(crate) attempt: StageAttemptId,
    pub(crate) name: String,
    pub(crate) took: Duration,
}

impl SchedulerListener for StageDurations {
    fn on_stage_completed(&mut self, event: &StageCompleted) {
        let info = &event.stage_info;
        // An attempt that was given up before it ran has no times.
        let (Some(submitted), Some(completed)) = (info.submission_time, info.completion_time) else { return };
        // The driver's clock may have been set back in between.
        let took = Duration::from_millis(u64::try_from(completed - submitted).unwrap_or(0));
        let (stage, attempt) = (info.stage_id, info.stage_attempt_id);
        let duration = StageDuration { stage, attempt, name: info.stage_name.clone(), took };
        self.attempts.insert((submitted, stage, attempt), duration);
    }
}

impl StageDurations {
    /// The attempts that took longest, the longest first.
    pub(crate) fn slowest(&self, count: usize) -> Vec<StageDuration> {
        let mut attempts: Vec<_> = self.attempts.values().cloned().collect();
        attempts.sort_by_key(|attempt| Reverse(attempt.took));
        attempts.truncate(count);
        attempts
    }
}
