//! What a status page is told of barriers and commits, by coordinators this crate knows nothing else of.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::events::{PartitionId, StageAttemptId, StageId};

/// How many partitions a [`WaitingRound`] names at most.
pub const MISSING_NAMED: usize = 1_000;
/// How many denials a [`CommitsSnapshot`] tells of at most.
pub const LATEST_DENIALS: usize = 100;

/// Whoever knows which rounds are being waited for: a coordinator of barriers.
///
/// ```
/// use listener_bus::coordination::{BarrierRounds, WaitingRound};
///
/// struct Rounds;
///
/// impl BarrierRounds for Rounds {
///     fn waiting_rounds(&self) -> Vec<WaitingRound> {
///         vec![WaitingRound { tasks: 4, arrived: 3, missing_count: 1, missing: vec![2.into()], ..Default::default() }]
///     }
/// }
/// let json = serde_json::to_value(Rounds.waiting_rounds())?;
/// assert_eq!(json[0]["kind"], "barrier");
/// assert_eq!(json[0]["missing"][0], 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait BarrierRounds: Send + Sync + 'static {
    /// Tells the rounds that somebody waits for at this moment, the longest wait first. It waits for nobody, and may be
    /// called by any thread at any time.
    fn waiting_rounds(&self) -> Vec<WaitingRound>;
}

/// Whoever knows who may commit what, and who was denied: a coordinator of commits.
pub trait CommitDecisions: Send + Sync + 'static {
    /// Tells what was decided up to this moment. It waits for nobody, and may be called by any thread at any time.
    fn commits(&self) -> CommitsSnapshot;
}

impl<T: BarrierRounds + ?Sized> BarrierRounds for Arc<T> {
    fn waiting_rounds(&self) -> Vec<WaitingRound> {
        (**self).waiting_rounds()
    }
}

impl<T: CommitDecisions + ?Sized> CommitDecisions for Arc<T> {
    fn commits(&self) -> CommitsSnapshot {
        (**self).commits()
    }
}

/// A round that some tasks of a stage attempt have arrived at, and others have not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaitingRound {
    /// The coordinator's name: the `coordinator` label in its metrics.
    pub coordinator: String,
    /// The stage.
    pub stage_id: StageId,
    /// Which attempt at the stage, from 0.
    pub stage_attempt_id: StageAttemptId,
    /// The number of the round within the stage attempt, from 0: the barrier epoch.
    pub epoch: u64,
    /// What its tasks have called.
    pub kind: RoundKind,
    /// How many tasks must arrive.
    pub tasks: usize,
    /// How many have arrived.
    pub arrived: usize,
    /// How many have not.
    pub missing_count: usize,
    /// The partitions whose tasks have not, in rising order: the first [`MISSING_NAMED`] of them.
    pub missing: Vec<PartitionId>,
    /// How long the first to arrive has waited, in milliseconds.
    pub waiting_millis: u64,
    /// How long is left until the round times out, in milliseconds; `None` if it never does.
    pub millis_left: Option<u64>,
}

/// What the tasks of a round have called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RoundKind {
    /// They wait for each other.
    #[default]
    Barrier,
    /// They wait for each other's messages.
    AllGather,
}

/// The decisions of a commit coordinator up to one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitsSnapshot {
    /// The coordinator's name: the `coordinator` label in its metrics.
    pub coordinator: String,
    /// Requests to commit: those granted, those repeated and those denied.
    pub asked: u64,
    /// Requests that were granted, those that were repeated not counted again.
    pub granted: u64,
    /// Requests of attempts that had been granted before, and got the same answer.
    pub repeated: u64,
    /// Requests that were denied.
    pub denied: u64,
    /// The same by reason, each as the coordinator's metrics call it; those that never were are left out.
    pub denied_by_reason: BTreeMap<String, u64>,
    /// Grants that ended with a commit.
    pub committed: u64,
    /// Grants that ended without one.
    pub failed: u64,
    /// Stages aborted because nobody could tell whether a partition was committed.
    pub stages_aborted: u64,
    /// Partitions that are granted to an attempt that has not ended, now.
    pub held: usize,
    /// Partitions of which nobody knows whether they are committed, now.
    pub in_doubt: usize,
    /// Attempts that wait for a decision, now.
    pub waiting: usize,
    /// The stages that have been started and have not ended, by id.
    pub stages: Vec<CommitStage>,
    /// The last denials, the newest first: [`LATEST_DENIALS`] at most. In a flood a coordinator may leave some out.
    pub latest_denials: Vec<CommitDenial>,
}

/// A stage whose partitions are being committed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitStage {
    /// The stage.
    pub stage_id: StageId,
    /// How many partitions it has.
    pub partitions: usize,
    /// Partitions that are granted to an attempt that has not ended.
    pub held: usize,
    /// Partitions of which nobody knows whether they are committed.
    pub in_doubt: usize,
    /// Attempts that wait for a decision.
    pub waiting: usize,
    /// Whether it was aborted, so that nobody is granted anything any more.
    pub is_aborted: bool,
}

/// A denial: to whom, when, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitDenial {
    /// When, in milliseconds since the epoch.
    pub time: u64,
    /// The stage.
    pub stage_id: StageId,
    /// Which attempt at the stage, from 0.
    pub stage_attempt_id: StageAttemptId,
    /// The partition whose output was not to be committed.
    pub partition_id: PartitionId,
    /// Which attempt at the partition has asked.
    pub attempt_number: i64,
    /// Why not, as the coordinator's metrics call it.
    pub reason: String,
    /// Why not, in words.
    pub message: String,
    /// Who holds the partition, has committed it or was lost with it, if that is why.
    pub holder: Option<CommitHolder>,
}

/// One of the attempts at a partition: the one that was granted it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitHolder {
    /// Which attempt at the stage, from 0.
    pub stage_attempt_id: StageAttemptId,
    /// Which attempt at the partition.
    pub attempt_number: i64,
}
