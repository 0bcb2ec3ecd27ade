//! Grants that end by themselves.

use std::time::Duration;

use commit_coordinator::{Completion, DenialReason, OutputCommitCoordinator, TaskAttempt, UnknownOutcome};

use crate::support::{
    SUCCESS, attempt, denied, given_up, granted, id, never, stage_1, until, waiting, with_stage_1,
};

/// Whoever waits is there before it ends, on most machines.
const SHORT: Duration = Duration::from_millis(50);

#[test]
fn a_holder_that_is_late_makes_room_for_another_with_a_greater_token() {
    let builder = OutputCommitCoordinator::builder().lease(SHORT).unknown_outcome(UnknownOutcome::Regrant);
    let coordinator = with_stage_1(builder);
    let late = granted(coordinator.can_commit(attempt(0)));
    let next = granted(waiting(&coordinator, 1).verdict());
    assert!(next.token() > late.token());
    // It reports before its own lease ends, or after: it is the last one who was granted the partition.
    assert_eq!(coordinator.task_completed(attempt(1), &SUCCESS), Completion::Committed(next));
    let superseded = Completion::Superseded { by: id(1, 1), token: next.token() };
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), superseded);
    until(&coordinator, |snapshot| snapshot.counts.leases_expired > 0);
}

#[test]
fn a_holder_that_is_late_may_be_granted_again_with_a_greater_token() {
    let builder = OutputCommitCoordinator::builder().lease(SHORT).unknown_outcome(UnknownOutcome::Regrant);
    let coordinator = with_stage_1(builder);
    let late = granted(coordinator.can_commit(attempt(0)));
    granted(coordinator.await_decision(attempt(1), never()));
    let again = granted(coordinator.await_decision(attempt(0), never()));
    assert!(again.token() > late.token());
}

#[test]
fn by_default_a_holder_that_is_late_aborts_its_stage() {
    let coordinator = with_stage_1(OutputCommitCoordinator::builder().lease(SHORT));
    granted(coordinator.can_commit(attempt(0)));
    let reason = given_up(waiting(&coordinator, 1).verdict());
    assert_eq!(reason, DenialReason::StageAborted { partition_id: 2.into(), holder: id(1, 0) });
}

#[test]
fn a_lease_as_long_as_time_goes_never_ends_and_without_one_neither() {
    let long = with_stage_1(OutputCommitCoordinator::builder().lease(Duration::MAX));
    for coordinator in [long, stage_1()] {
        granted(coordinator.can_commit(attempt(0)));
        let soon = std::time::Instant::now() + SHORT;
        assert_eq!(
            denied(coordinator.await_decision(attempt(1), soon)),
            DenialReason::HeldBy { holder: id(1, 0) }
        );
    }
}

#[test]
fn a_panic_of_who_is_told_of_an_aborted_stage_harms_no_other_stage() {
    let builder =
        OutputCommitCoordinator::builder().lease(SHORT).on_stage_aborted(|_| panic!("as the test wants it"));
    let coordinator = with_stage_1(builder);
    let others: Vec<_> = (2..5).map(|stage| TaskAttempt::new(stage, 0, 0, 0)).collect();
    granted(coordinator.can_commit(attempt(0)));
    for other in &others {
        assert_eq!(coordinator.stage_start(other.stage_id, 0), Ok(true));
        granted(coordinator.can_commit(*other));
    }
    until(&coordinator, |snapshot| snapshot.stages.iter().all(|stage| stage.is_aborted));
}
