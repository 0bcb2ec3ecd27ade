//! What a coordinator counts, for its snapshot and for the metrics.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, counter, gauge};

use crate::error::BarrierError;
use crate::metrics::{
    DUPLICATE_REQUESTS, LIVE_STAGE_ATTEMPTS, LONGEST_WAIT, REFUSED_REQUESTS, ROUNDS_COMPLETED, ROUNDS_FAILED,
    STAGE_ATTEMPTS_ENDED, WAITING_TASKS, describe,
};
use crate::task::SyncKind;

/// A total, and the counter that follows it.
struct Total {
    total: AtomicU64,
    counter: Counter,
}

impl Total {
    fn new(counter: Counter) -> Self {
        // Registered at once, so that a scrape shows a zero and not nothing.
        counter.increment(0);
        Self { total: AtomicU64::new(0), counter }
    }

    fn increment(&self) {
        self.total.fetch_add(1, Ordering::Relaxed);
        self.counter.increment(1);
    }

    fn get(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

/// A counter a reason.
struct ByReason(Vec<(&'static str, Total)>);

impl ByReason {
    fn new(metric: &'static str, coordinator: &str) -> Self {
        let total = |reason| {
            Total::new(counter!(metric, "coordinator" => coordinator.to_owned(), "reason" => reason))
        };
        Self(BarrierError::REASONS.into_iter().map(|reason| (reason, total(reason))).collect())
    }

    fn increment(&self, error: &BarrierError) {
        let reason = error.reason();
        if let Some((_, total)) = self.0.iter().find(|(name, _)| *name == reason) {
            total.increment();
        }
    }

    fn get(&self) -> Vec<(&'static str, u64)> {
        self.0.iter().map(|(reason, total)| (*reason, total.get())).filter(|(_, count)| *count > 0).collect()
    }
}

/// What a coordinator has counted since it was built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Rounds of `barrier` completed.
    pub barriers: u64,
    /// Rounds of `all_gather` completed.
    pub all_gathers: u64,
    /// Rounds that failed while tasks waited, by reason; those that never did are left out.
    pub failed: Vec<(&'static str, u64)>,
    /// Requests that were sent again, and counted once.
    pub duplicates: u64,
    /// Requests refused without harm to their gang, by reason; those that never were are left out.
    pub refused: Vec<(&'static str, u64)>,
}

pub(crate) struct Tally {
    live: Gauge,
    waiting: Gauge,
    longest_wait: Gauge,
    barriers: Total,
    all_gathers: Total,
    failed: ByReason,
    ended: ByReason,
    duplicates: Total,
    refused: ByReason,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.counts().fmt(f)
    }
}

impl Tally {
    pub(crate) fn new(coordinator: &str) -> Self {
        describe();
        let labels = [("coordinator", coordinator.to_owned())];
        let completed = |kind: SyncKind| {
            Total::new(
                counter!(ROUNDS_COMPLETED, "coordinator" => coordinator.to_owned(), "kind" => kind.as_str()),
            )
        };
        let (live, waiting) = (gauge!(LIVE_STAGE_ATTEMPTS, &labels), gauge!(WAITING_TASKS, &labels));
        live.increment(0.0);
        waiting.increment(0.0);
        let longest_wait = gauge!(LONGEST_WAIT, &labels);
        longest_wait.set(0.0);
        Self {
            live,
            waiting,
            longest_wait,
            barriers: completed(SyncKind::Barrier),
            all_gathers: completed(SyncKind::AllGather),
            failed: ByReason::new(ROUNDS_FAILED, coordinator),
            ended: ByReason::new(STAGE_ATTEMPTS_ENDED, coordinator),
            duplicates: Total::new(counter!(DUPLICATE_REQUESTS, &labels)),
            refused: ByReason::new(REFUSED_REQUESTS, coordinator),
        }
    }

    pub(crate) fn gang_began(&self) {
        self.live.increment(1);
    }

    pub(crate) fn gang_ended(&self, cause: &BarrierError, waiting: usize) {
        self.live.decrement(1);
        self.waits_no_more(waiting);
        self.ended.increment(cause);
    }

    pub(crate) fn waits(&self) {
        self.waiting.increment(1);
    }

    pub(crate) fn waits_no_more(&self, tasks: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is an f64; gangs are far smaller than 2^53")]
        self.waiting.decrement(tasks as f64);
    }

    pub(crate) fn longest_wait(&self, longest: Duration) {
        self.longest_wait.set(longest.as_secs_f64());
    }

    pub(crate) fn round_completed(&self, kind: SyncKind, waited: usize) {
        self.waits_no_more(waited);
        match kind {
            SyncKind::Barrier => self.barriers.increment(),
            SyncKind::AllGather => self.all_gathers.increment(),
        }
    }

    pub(crate) fn round_failed(&self, cause: &BarrierError) {
        self.failed.increment(cause);
    }

    pub(crate) fn duplicate(&self) {
        self.duplicates.increment();
    }

    pub(crate) fn refused(&self, error: &BarrierError) {
        self.refused.increment(error);
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            barriers: self.barriers.get(),
            all_gathers: self.all_gathers.get(),
            failed: self.failed.get(),
            duplicates: self.duplicates.get(),
            refused: self.refused.get(),
        }
    }
}
