//! How stages begin and end.

use commit_coordinator::{
    BuildError, Completion, DenialReason, FencingToken, OutputCommitCoordinator, StageStartError, TaskAttempt,
};
use listener_bus::events::{PartitionId, StageId};

use crate::support::{SUCCESS, attempt, built, denied, failed, given_up, granted, id, stage_1};

#[test]
fn a_stage_that_is_started_again_keeps_its_state_over_its_attempts() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    coordinator.task_completed(attempt(7), &failed());
    assert_eq!(coordinator.stage_start(1, 2), Ok(false));
    assert_eq!(denied(coordinator.can_commit(attempt(1))), DenialReason::HeldBy { holder: id(1, 0) });
    assert_eq!(given_up(coordinator.can_commit(attempt(7))), DenialReason::AttemptFailed);
}

#[test]
fn another_number_of_partitions_is_an_error_that_wipes_nothing() {
    let coordinator = stage_1();
    let permit = granted(coordinator.can_commit(attempt(0)));
    let error = coordinator.stage_start(1, 3).unwrap_err();
    let (stage_id, max_partition_id, asked) = (StageId(1), PartitionId(2), PartitionId(3));
    assert_eq!(error, StageStartError::PartitionsDiffer { stage_id, max_partition_id, asked });
    assert_eq!(error.to_string(), "stage 1 has partitions up to 2 and cannot be started with 3");
    assert_eq!(granted(coordinator.can_commit(attempt(0))), permit);
    denied(coordinator.can_commit(attempt(1)));
}

#[test]
fn a_stage_cannot_have_more_partitions_than_the_coordinator_takes() {
    let coordinator = built(OutputCommitCoordinator::builder().max_partitions(10));
    for asked in [-1, i32::MIN, 10, i32::MAX] {
        let (stage_id, asked, limit) = (StageId(5), PartitionId(asked), PartitionId(9));
        let error = coordinator.stage_start(stage_id, asked).unwrap_err();
        assert_eq!(error, StageStartError::PartitionOutOfRange { stage_id, asked, limit });
    }
    assert!(coordinator.is_empty());
    assert_eq!(coordinator.stage_start(5, 9), Ok(true));
    granted(coordinator.can_commit(TaskAttempt::new(5, 0, 9, 0)));
}

#[test]
fn the_end_of_a_stage_wins_over_late_requests() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    assert!(coordinator.stage_end(1));
    assert!(!coordinator.stage_end(1));
    assert_eq!(given_up(coordinator.can_commit(attempt(0))), DenialReason::StageEnded);
    assert_eq!(given_up(coordinator.can_commit(attempt(1))), DenialReason::StageEnded);
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::StageEnded);
    let counts = coordinator.snapshot().counts;
    assert_eq!((counts.granted, counts.stage_ended, counts.committed), (1, 1, 0));
}

#[test]
fn stages_that_ended_long_ago_are_forgotten() {
    let coordinator = built(OutputCommitCoordinator::builder());
    for stage in 0..=10_000 {
        coordinator.stage_start(stage, 0).unwrap();
        coordinator.stage_end(stage);
    }
    let asked = |stage| denied(coordinator.can_commit(TaskAttempt::new(stage, 0, 0, 0)));
    assert_eq!(asked(0), DenialReason::UnknownStage);
    assert_eq!(asked(1), DenialReason::StageEnded);
    assert_eq!(asked(10_000), DenialReason::StageEnded);
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let zero = |builder: commit_coordinator::OutputCommitCoordinatorBuilder| match builder.name("c").build() {
        Err(BuildError::Zero { coordinator, setting }) if coordinator == "c" => setting,
        other => panic!("{other:?}"),
    };
    let builder = OutputCommitCoordinator::builder;
    assert_eq!(zero(builder().lease(std::time::Duration::ZERO)), "lease");
    assert_eq!(zero(builder().first_token(FencingToken::new(0))), "first_token");
    assert_eq!(zero(builder().max_partitions(0)), "max_partitions");
    let late = builder().first_token(FencingToken::new(u64::MAX)).build();
    assert!(matches!(late, Err(BuildError::FirstToken { token, .. }) if token.get() == u64::MAX));
    let named = builder().name("a\0b").build();
    assert!(matches!(named, Err(BuildError::Name { coordinator }) if coordinator == "a\0b"));
}

#[test]
fn a_coordinator_takes_as_many_partitions_as_there_are_numbers() {
    let coordinator = built(OutputCommitCoordinator::builder().max_partitions(u32::MAX));
    assert_eq!(coordinator.stage_start(0, i32::MAX), Ok(true));
}
