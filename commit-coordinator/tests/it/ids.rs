//! Who is who, and how tokens rise.

use commit_coordinator::{Completion, FencingToken, OutputCommitCoordinator, TaskAttempt};

use crate::support::{SUCCESS, attempt, built, failed, granted, stage_1, with_stage_1};

#[test]
fn attempts_that_differ_in_any_of_the_four_numbers_are_different() {
    let coordinator = built(OutputCommitCoordinator::builder());
    for stage in [0, 1] {
        coordinator.stage_start(stage, 1).unwrap();
    }
    let all = [(0, 0), (0, 1), (1, 0), (1, 1)];
    for (stage, partition) in all {
        granted(coordinator.can_commit(TaskAttempt::new(stage, 0, partition, 0)));
        for (stage_attempt, number) in [(0, 1), (1, 0), (1, 1)] {
            let other = TaskAttempt::new(stage, stage_attempt, partition, number);
            assert!(!coordinator.can_commit(other).is_granted(), "{other}");
        }
    }
    // The greatest numbers are numbers as well.
    let coordinator = built(OutputCommitCoordinator::builder());
    coordinator.stage_start(i32::MAX, 0).unwrap();
    let extreme = TaskAttempt::new(i32::MAX, i32::MIN, 0, i64::MIN);
    let permit = granted(coordinator.can_commit(extreme));
    assert_eq!(permit.task(), extreme);
    assert!(!coordinator.can_commit(TaskAttempt::new(i32::MAX, i32::MIN, 0, i64::MAX)).is_granted());
}

#[test]
fn the_tokens_of_a_partition_rise_also_when_its_stage_ends_and_starts_again() {
    let coordinator = stage_1();
    let mut last = FencingToken::default();
    for round in 0..5 {
        for number in 0..5 {
            let permit = granted(coordinator.can_commit(attempt(number)));
            assert!(permit.token() > last, "{permit:?} after {last}");
            last = permit.token();
            coordinator.task_completed(attempt(number), &failed());
        }
        assert!(coordinator.stage_end(1));
        assert_eq!(coordinator.stage_start(1, 2), Ok(true), "round {round}");
    }
}

#[test]
fn the_first_token_is_one_or_what_was_asked_for() {
    let coordinator = stage_1();
    assert_eq!(granted(coordinator.can_commit(attempt(0))).token().get(), 1);
    let above = FencingToken::new(1_000);
    let coordinator = with_stage_1(OutputCommitCoordinator::builder().first_token(above));
    assert_eq!(granted(coordinator.can_commit(attempt(0))).token(), above);
}

#[test]
fn a_destination_that_is_atomic_by_itself_goes_without_the_coordinator() {
    let coordinator = stage_1();
    // Its attempts never ask, and succeed or fail as they like.
    for number in 0..3 {
        assert_eq!(coordinator.task_completed(attempt(number), &SUCCESS), Completion::NotHolder);
    }
    assert_eq!(coordinator.task_completed(attempt(3), &failed()), Completion::Recorded);
    assert_eq!(coordinator.snapshot().counts.granted, 0);
}
