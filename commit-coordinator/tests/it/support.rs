//! What all tests need: short names for attempts and ends.

use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use commit_coordinator::{
    Advice, AttemptId, CommitPermit, CoordinatorSnapshot, DenialReason, OutputCommitCoordinator,
    OutputCommitCoordinatorBuilder, TaskAttempt, Verdict,
};

use listener_bus::events::TaskEndReason;

pub(crate) const SUCCESS: TaskEndReason = TaskEndReason::SUCCESS;

/// Longer than anything takes here; to wait as long is a failure.
pub(crate) const NEVER: Duration = Duration::from_secs(20);

pub(crate) fn never() -> Instant {
    Instant::now() + NEVER
}

pub(crate) fn built(builder: OutputCommitCoordinatorBuilder) -> OutputCommitCoordinator {
    builder.build().unwrap()
}

/// A coordinator with stage 1, of the partitions 0 to 2.
pub(crate) fn with_stage_1(builder: OutputCommitCoordinatorBuilder) -> OutputCommitCoordinator {
    let coordinator = built(builder);
    assert_eq!(coordinator.stage_start(1, 2), Ok(true));
    coordinator
}

pub(crate) fn stage_1() -> OutputCommitCoordinator {
    with_stage_1(OutputCommitCoordinator::builder())
}

/// An attempt at partition 2 of stage 1.1 that waits on a thread of its own, far longer than a test: to find its answer at
/// the deadline is not what it is for.
pub(crate) fn waiting(coordinator: &OutputCommitCoordinator, number: i64) -> Waiting {
    let (tell, told) = sync_channel(1);
    let coordinator = coordinator.clone();
    let deadline = Instant::now() + Duration::from_hours(1);
    let wait = move || tell.send(coordinator.await_decision(attempt(number), deadline)).unwrap();
    std::thread::Builder::new().spawn(wait).unwrap();
    Waiting(told)
}

pub(crate) struct Waiting(Receiver<Verdict>);

impl Waiting {
    pub(crate) fn verdict(self) -> Verdict {
        self.0.recv_timeout(NEVER).unwrap()
    }
}

/// Returns once it is so.
pub(crate) fn until(coordinator: &OutputCommitCoordinator, is_so: impl Fn(&CoordinatorSnapshot) -> bool) {
    let deadline = never();
    loop {
        let snapshot = coordinator.snapshot();
        if is_so(&snapshot) {
            return;
        }
        assert!(Instant::now() < deadline, "{snapshot:?}");
        std::thread::yield_now();
    }
}

/// Returns once so many attempts wait in stage 1.
pub(crate) fn until_waiting(coordinator: &OutputCommitCoordinator, attempts: usize) {
    until(coordinator, |snapshot| snapshot.stages.first().is_some_and(|stage| stage.waiting == attempts));
}

/// An attempt at partition 2 of stage 1.1.
pub(crate) fn attempt(number: i64) -> TaskAttempt {
    TaskAttempt::new(1, 1, 2, number)
}

pub(crate) fn id(stage_attempt: i32, number: i64) -> AttemptId {
    AttemptId { stage_attempt_id: stage_attempt.into(), attempt_number: number.into() }
}

pub(crate) fn granted(verdict: Verdict) -> CommitPermit {
    verdict.permit().unwrap_or_else(|denial| panic!("{denial}"))
}

pub(crate) fn denied(verdict: Verdict) -> DenialReason {
    match verdict {
        Verdict::Denied(denial) => denial.reason,
        Verdict::Granted(permit) => panic!("granted: {permit:?}"),
    }
}

/// Denied for good.
pub(crate) fn given_up(verdict: Verdict) -> DenialReason {
    let reason = denied(verdict);
    assert_eq!(reason.advice(), Advice::GiveUp, "{reason}");
    reason
}

pub(crate) fn killed() -> TaskEndReason {
    TaskEndReason::TaskKilled(Box::default())
}

pub(crate) fn failed() -> TaskEndReason {
    TaskEndReason::ExceptionFailure(Box::default())
}

pub(crate) fn executor_lost() -> TaskEndReason {
    TaskEndReason::ExecutorLostFailure(Box::default())
}

pub(crate) fn commit_denied() -> TaskEndReason {
    TaskEndReason::TaskCommitDenied(Box::default())
}

pub(crate) fn resubmitted() -> TaskEndReason {
    serde_json::from_str(r#"{"Reason":"Resubmitted"}"#).unwrap()
}

/// Every end but success, denial and resubmission.
pub(crate) fn failures() -> Vec<TaskEndReason> {
    let plain = |reason: &str| serde_json::from_str(&format!(r#"{{"Reason":"{reason}"}}"#)).unwrap();
    vec![
        failed(),
        killed(),
        TaskEndReason::FetchFailed(Box::default()),
        executor_lost(),
        plain("TaskResultLost"),
        plain("UnknownReason"),
        plain("OutOfCheese"),
    ]
}
