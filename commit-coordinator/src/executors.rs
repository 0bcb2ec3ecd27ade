//! Which executors there are, which of them still live, and what becomes of the grants of one that does not.

mod asking;
mod builder;
mod process;
mod removal;
mod roster;
mod watch;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::Sender;
use listener_bus::events::{ExecutorId, StageId, TaskEndReason};
use listener_bus::{Poster, SchedulerEvent};

use crate::completion::Completion;
use crate::coordinator::OutputCommitCoordinator;
use crate::sync::{Mutex, MutexGuard, lock};
use crate::task::TaskAttempt;
use crate::verdict::Verdict;
use removal::{Numbers, Removal};
use roster::{Registering, Roster};

pub use builder::{HeartbeatReceiverBuilder, HeartbeatReceiverError};
pub use process::{
    ExecutorProcess, ExecutorRefused, ExecutorSnapshot, HeartbeatResponse, NameTaken, Registered,
};

/// Notices executors that are lost, as Spark's `HeartbeatReceiver`: one that has not been heard of for too long is removed,
/// and the coordinator is told that the attempts which hold grants there are lost. What becomes of their partitions is up to
/// the coordinator's [`UnknownOutcome`](crate::UnknownOutcome).
///
/// A cheap handle. Requests to commit go through it, as do the ends of attempts and stages: it knows then who holds what,
/// and remembers it until the attempt or the stage ends. A thread watches the time; it sleeps while there is no executor,
/// and ends with the last handle.
///
/// ```
/// use commit_coordinator::executors::{HeartbeatReceiver, HeartbeatResponse};
/// use commit_coordinator::{OutputCommitCoordinator, TaskAttempt, UnknownOutcome};
///
/// let coordinator = OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant).build()?;
/// let executors = HeartbeatReceiver::builder(&coordinator).build()?;
/// coordinator.stage_start(3, 0)?;
/// executors.register("executor-1", "host-a", 4)?;
/// assert!(executors.can_commit("executor-1", TaskAttempt::new(3, 0, 0, 0))?.is_granted());
///
/// executors.executor_lost("executor-1", "its machine is gone");
/// assert!(coordinator.can_commit(TaskAttempt::new(3, 0, 0, 1)).is_granted());
/// assert_eq!(executors.heartbeat("executor-1"), HeartbeatResponse::RegisterAgain);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HeartbeatReceiver {
    shared: Arc<Shared>,
}

/// What the handles and the watch share.
struct Shared {
    coordinator: OutputCommitCoordinator,
    lost_after: Duration,
    bus: Option<Poster<SchedulerEvent>>,
    roster: Mutex<Roster>,
    numbers: Numbers,
    /// Wakes the watch, which ends when this is gone.
    watch: Sender<()>,
}

impl fmt::Debug for HeartbeatReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeartbeatReceiver")
            .field("coordinator", &self.shared.coordinator)
            .field("lost_after", &self.shared.lost_after)
            .finish_non_exhaustive()
    }
}

impl HeartbeatReceiver {
    /// Sets a receiver up, for the executors whose tasks ask this coordinator.
    pub fn builder(coordinator: &OutputCommitCoordinator) -> HeartbeatReceiverBuilder {
        HeartbeatReceiverBuilder::new(coordinator.clone())
    }

    /// The coordinator that decides.
    pub fn coordinator(&self) -> &OutputCommitCoordinator {
        &self.shared.coordinator
    }

    /// How often an executor is to give a sign of life: several fit into the time after which it is taken for lost.
    pub fn beat_every(&self) -> Duration {
        self.shared.beat_every()
    }

    /// An executor is there. To say so again changes nothing. Another process of the same name takes the place of the one
    /// before, which is lost, once nothing has been heard of that for three [`beat_every`](Self::beat_every).
    ///
    /// # Errors
    /// [`NameTaken`] until then: whoever lives does not lose its grants to a namesake.
    pub fn register(
        &self,
        executor: impl Into<ExecutorProcess>,
        host: impl Into<Arc<str>>,
        cores: u32,
    ) -> Result<Registered, NameTaken> {
        let (process, host) = (executor.into(), host.into());
        let registering = self.shared.lock().register(&process, &host, cores, Instant::now());
        match registering {
            Registering::Taken(taken) => return Err(taken),
            Registering::Before => {}
            Registering::New => self.shared.added(&process, &host, cores),
            Registering::InPlaceOf(lost) => {
                self.shared.removed(lost, Removal::Replaced);
                self.shared.added(&process, &host, cores);
            }
        }
        Ok(Registered { beat_every: self.beat_every(), lost_after: self.shared.lost_after })
    }

    /// An executor gives a sign of life. One that is not known, or was removed, is told to register again.
    pub fn heartbeat(&self, executor: impl Into<ExecutorProcess>) -> HeartbeatResponse {
        let process = executor.into();
        if self.shared.lock().beat(&process, Instant::now()) {
            HeartbeatResponse::Alive { beat_every: self.beat_every() }
        } else {
            HeartbeatResponse::RegisterAgain
        }
    }

    /// An executor is lost, as somebody else has found out. Answers whether it was there.
    pub fn executor_lost(&self, executor: impl Into<ExecutorId>, reason: impl Into<Arc<str>>) -> bool {
        let lost = self.shared.lock().remove(&executor.into(), reason.into());
        lost.is_some_and(|lost| {
            self.shared.removed(lost, Removal::Lost);
            true
        })
    }

    /// An executor leaves in good order: each of its attempts has ended, and whoever drives the stages knows how, or will.
    /// What they hold is theirs until it is told. Answers whether it was there.
    pub fn executor_left(&self, executor: impl Into<ExecutorProcess>) -> bool {
        let left = self.shared.lock().leave(&executor.into());
        left.is_some_and(|left| {
            self.shared.removed(left, Removal::Left);
            true
        })
    }

    /// As [`OutputCommitCoordinator::can_commit`], for an attempt that runs on this executor.
    ///
    /// # Errors
    /// [`ExecutorRefused`], also if the executor is lost while the coordinator decides: no grant is left with it then.
    pub fn can_commit(
        &self,
        executor: impl Into<ExecutorProcess>,
        task: TaskAttempt,
    ) -> Result<Verdict, ExecutorRefused> {
        let asking = self.shared.ask(&executor.into(), task)?;
        asking.settle(self.coordinator().can_commit(task))
    }

    /// As [`OutputCommitCoordinator::await_decision`], for an attempt that runs on this executor.
    ///
    /// # Errors
    /// As [`can_commit`](Self::can_commit).
    ///
    /// # Blocking
    /// Until there is a decision, or the deadline.
    pub fn await_decision(
        &self,
        executor: impl Into<ExecutorProcess>,
        task: TaskAttempt,
        deadline: Instant,
    ) -> Result<Verdict, ExecutorRefused> {
        let asking = self.shared.ask(&executor.into(), task)?;
        asking.settle(self.coordinator().await_decision(task, deadline))
    }

    /// As [`await_decision`](Self::await_decision), for async code. Needs a tokio runtime with time.
    ///
    /// # Errors
    /// As [`can_commit`](Self::can_commit).
    ///
    /// # Cancel safety
    /// Safe: an attempt that does not wait any more is not granted anything.
    #[cfg(feature = "tokio")]
    pub async fn await_decision_async(
        &self,
        executor: impl Into<ExecutorProcess>,
        task: TaskAttempt,
        deadline: Instant,
    ) -> Result<Verdict, ExecutorRefused> {
        let asking = self.shared.ask(&executor.into(), task)?;
        asking.settle(self.coordinator().await_decision_async(task, deadline).await)
    }

    /// As [`OutputCommitCoordinator::task_completed`]; the attempt's executor holds nothing for it any more.
    pub fn task_completed(&self, task: TaskAttempt, reason: &TaskEndReason) -> Completion {
        let completion = self.coordinator().task_completed(task, reason);
        self.shared.lock().completed(task);
        completion
    }

    /// As [`OutputCommitCoordinator::stage_end`]; no executor holds anything of the stage any more.
    pub fn stage_end(&self, stage: impl Into<StageId>) -> bool {
        let stage = stage.into();
        let was_there = self.coordinator().stage_end(stage);
        self.shared.lock().stage_ended(stage);
        was_there
    }

    /// The executors there are, by id.
    pub fn snapshot(&self) -> Vec<ExecutorSnapshot> {
        self.shared.lock().snapshot()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Roster> {
        lock(&self.roster)
    }

    fn beat_every(&self) -> Duration {
        beat_every(self.lost_after)
    }
}

fn beat_every(lost_after: Duration) -> Duration {
    // Spark's executors beat every 10 of 120 seconds.
    (lost_after / 12).max(Duration::from_millis(1))
}
