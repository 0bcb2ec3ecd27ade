//! The metrics of a coordinator, and its counts as a snapshot has them.

use metrics::{Counter, Gauge, counter, gauge};

use crate::metrics::{
    DENIALS, GRANT_OUTCOMES, GRANTS, GRANTS_HELD, LEASES_EXPIRED, OUTCOMES_UNKNOWN, REPEATED_REQUESTS,
    STAGES, STAGES_ABORTED, SUPERSEDED_COMMITS, WAITING_ATTEMPTS, describe,
};
use crate::numbers::{Count, Numbers};
use crate::stage::Levels;
use crate::verdict::DenialReason;

/// What a coordinator has counted since it was built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests that were granted, those that were repeated not counted again.
    pub granted: u64,
    /// Requests of attempts that had been granted before, and got the same answer.
    pub repeated: u64,
    /// Requests that were denied, by reason; those that never were are left out.
    pub denied: Vec<(&'static str, u64)>,
    /// Grants that ended with a commit; among them those that had been in doubt.
    pub committed: u64,
    /// Grants that ended without a commit; among them those that had been in doubt.
    pub failed: u64,
    /// Grants whose holder was lost, or whose lease ended: they were in doubt.
    pub unknown: u64,
    /// Grants that were held or in doubt when their stage ended.
    pub stage_ended: u64,
    /// Leases that ended.
    pub leases_expired: u64,
    /// Stages aborted because the outcome of a grant could not be known.
    pub stages_aborted: u64,
    /// Attempts that have succeeded after their partition had been granted to another one.
    pub superseded: u64,
}

impl Counts {
    pub(crate) fn of(numbers: &Numbers) -> Self {
        Self {
            granted: numbers.get(Count::Granted),
            repeated: numbers.get(Count::Repeated),
            denied: numbers.denials().filter(|(_, count)| *count > 0).collect(),
            committed: numbers.get(Count::Committed),
            failed: numbers.get(Count::Failed),
            unknown: numbers.get(Count::Unknown),
            stage_ended: numbers.get(Count::StageEnded),
            leases_expired: numbers.get(Count::LeaseExpired),
            stages_aborted: numbers.get(Count::StageAborted),
            superseded: numbers.get(Count::Superseded),
        }
    }
}

/// The handles of the metrics.
pub(crate) struct Tally {
    counters: [(Count, Counter); 9],
    denials: Vec<Counter>,
    stages: Gauge,
    held: Gauge,
    unknown: Gauge,
    waiting: Gauge,
}

impl Tally {
    pub(crate) fn new(coordinator: &str) -> Self {
        describe();
        let labels = [("coordinator", coordinator.to_owned())];
        let plain = |metric: &'static str| counter!(metric, &labels);
        let outcome =
            |outcome| counter!(GRANT_OUTCOMES, "coordinator" => coordinator.to_owned(), "outcome" => outcome);
        let denial = |reason| counter!(DENIALS, "coordinator" => coordinator.to_owned(), "reason" => reason);
        let gauge = |metric: &'static str| gauge!(metric, &labels);
        let tally = Self {
            counters: [
                (Count::Granted, plain(GRANTS)),
                (Count::Repeated, plain(REPEATED_REQUESTS)),
                (Count::Committed, outcome("committed")),
                (Count::Failed, outcome("failed")),
                (Count::Unknown, outcome("unknown")),
                (Count::StageEnded, outcome("stage_ended")),
                (Count::LeaseExpired, plain(LEASES_EXPIRED)),
                (Count::StageAborted, plain(STAGES_ABORTED)),
                (Count::Superseded, plain(SUPERSEDED_COMMITS)),
            ],
            denials: DenialReason::ALL.into_iter().map(denial).collect(),
            stages: gauge(STAGES),
            held: gauge(GRANTS_HELD),
            unknown: gauge(OUTCOMES_UNKNOWN),
            waiting: gauge(WAITING_ATTEMPTS),
        };
        // Registered at once, so that a scrape shows zeros and not nothing.
        tally.publish(&Numbers::default(), 0, Levels::default());
        tally
    }

    /// Tells the metrics.
    pub(crate) fn publish(&self, numbers: &Numbers, stages: usize, levels: Levels) {
        for (count, counter) in &self.counters {
            counter.absolute(numbers.get(*count));
        }
        for (counter, (_, count)) in self.denials.iter().zip(numbers.denials()) {
            counter.absolute(count);
        }
        #[expect(clippy::cast_precision_loss, reason = "a gauge is an f64; stages are far smaller than 2^53")]
        let set = |gauge: &Gauge, level: usize| gauge.set(level as f64);
        set(&self.stages, stages);
        set(&self.held, levels.held);
        set(&self.unknown, levels.unknown);
        set(&self.waiting, levels.waiting);
    }
}
