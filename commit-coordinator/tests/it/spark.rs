//! What Spark's coordinator does (C1-C18), and where ours differs on purpose.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use commit_coordinator::{Completion, DenialReason, OutputCommitCoordinator, TaskAttempt, UnknownOutcome};

use crate::support::{
    SUCCESS, attempt, built, commit_denied, denied, failed, failures, given_up, granted, id, killed, never,
    resubmitted, stage_1, with_stage_1,
};

/// C1
#[test]
fn a_speculative_copy_and_its_original_commit_once() {
    for _ in 0..100 {
        let (coordinator, commits) = (stage_1(), AtomicUsize::new(0));
        let run = |number| {
            let is_granted = coordinator.can_commit(attempt(number)).is_granted();
            commits.fetch_add(usize::from(is_granted), Ordering::Relaxed);
            let reason = if is_granted { SUCCESS } else { commit_denied() };
            coordinator.task_completed(attempt(number), &reason);
        };
        thread::scope(|scope| {
            scope.spawn(|| run(0));
            scope.spawn(|| run(1));
        });
        assert_eq!(commits.into_inner(), 1);
        assert_eq!(coordinator.snapshot().counts.committed, 1);
    }
}

/// C2, C8
#[test]
fn an_attempt_whose_commit_raises_an_exception_is_followed_by_one_that_commits() {
    let coordinator = stage_1();
    for partition in 0..2 {
        let first = TaskAttempt::new(1, 0, partition, 0);
        let permit = granted(coordinator.can_commit(first));
        assert_eq!(coordinator.task_completed(first, &failed()), Completion::Freed(permit));
        let second = TaskAttempt::new(1, 0, partition, 1);
        let later = granted(coordinator.can_commit(second));
        assert!(later.token() > permit.token());
        assert_eq!(coordinator.task_completed(second, &SUCCESS), Completion::Committed(later));
    }
}

/// C3: there, a task that is denied is started again for ever.
#[test]
fn an_attempt_that_is_denied_for_good_is_told_to_give_up() {
    let coordinator = stage_1();
    let permit = granted(coordinator.can_commit(attempt(0)));
    coordinator.task_completed(attempt(0), &SUCCESS);
    let holder = id(1, 0);
    let by = DenialReason::CommittedBy { holder, token: permit.token() };
    assert_eq!(given_up(coordinator.can_commit(attempt(1))), by);
    assert_eq!(given_up(coordinator.await_decision(attempt(1), never())), by);
}

/// C4 (SPARK-6614)
#[test]
fn only_the_failure_of_the_holder_frees_a_partition() {
    let coordinator = stage_1();
    let first = granted(coordinator.can_commit(attempt(3)));
    assert_eq!(denied(coordinator.can_commit(attempt(100))), DenialReason::HeldBy { holder: id(1, 3) });
    assert_eq!(coordinator.task_completed(attempt(100), &killed()), Completion::Recorded);
    assert_eq!(denied(coordinator.can_commit(attempt(101))), DenialReason::HeldBy { holder: id(1, 3) });
    assert_eq!(coordinator.task_completed(attempt(3), &killed()), Completion::Freed(first));
    let second = granted(coordinator.can_commit(attempt(102)));
    assert!(second.token() > first.token());
    assert_eq!(denied(coordinator.can_commit(attempt(103))), DenialReason::HeldBy { holder: id(1, 102) });
    assert_eq!(given_up(coordinator.can_commit(attempt(100))), DenialReason::AttemptFailed);
}

/// C5 (SPARK-19631)
#[test]
fn an_attempt_that_failed_before_it_asked_is_denied_for_good() {
    let coordinator = stage_1();
    assert_eq!(coordinator.task_completed(attempt(0), &failed()), Completion::Recorded);
    assert_eq!(given_up(coordinator.can_commit(attempt(0))), DenialReason::AttemptFailed);
    granted(coordinator.can_commit(attempt(1)));
}

/// C6 (SPARK-24589)
#[test]
fn attempts_of_different_stage_attempts_are_different_and_share_the_partitions() {
    let coordinator = built(OutputCommitCoordinator::builder());
    for stage in 1..=3 {
        assert_eq!(coordinator.stage_start(stage, 1), Ok(true));
    }
    let task = |stage, stage_attempt| TaskAttempt::new(stage, stage_attempt, 1, 1);
    granted(coordinator.can_commit(task(1, 1)));
    assert_eq!(denied(coordinator.can_commit(task(1, 2))), DenialReason::HeldBy { holder: id(1, 1) });

    coordinator.task_completed(task(2, 1), &failed());
    assert_eq!(given_up(coordinator.can_commit(task(2, 1))), DenialReason::AttemptFailed);
    granted(coordinator.can_commit(task(2, 2)));

    granted(coordinator.can_commit(task(3, 1)));
    coordinator.task_completed(task(3, 2), &failed());
    denied(coordinator.can_commit(task(3, 3)));
    coordinator.task_completed(task(3, 1), &failed());
    granted(coordinator.can_commit(task(3, 4)));
}

/// C7
#[test]
fn nothing_is_left_of_stages_that_have_ended() {
    let coordinator = stage_1();
    assert!(!coordinator.is_empty());
    granted(coordinator.can_commit(attempt(0)));
    // A failed fetch starts the stage again, which ends once.
    assert_eq!(coordinator.stage_start(1, 2), Ok(false));
    assert!(coordinator.stage_end(1));
    assert!(coordinator.is_empty());
    assert!(coordinator.snapshot().stages.is_empty());
}

/// C9, C15, C17
#[test]
fn what_is_not_there_gets_a_typed_answer() {
    let coordinator = stage_1();
    let unknown = TaskAttempt::new(9, 0, 0, 0);
    assert_eq!(given_up(coordinator.can_commit(unknown)), DenialReason::UnknownStage);
    assert_eq!(coordinator.task_completed(unknown, &failed()), Completion::UnknownStage);
    assert!(!coordinator.stage_end(9));
    for partition in [3, i32::MAX, -1, i32::MIN] {
        let beyond = TaskAttempt::new(1, 0, partition, 0);
        let max_partition_id = 2.into();
        assert_eq!(
            given_up(coordinator.can_commit(beyond)),
            DenialReason::PartitionOutOfRange { max_partition_id }
        );
        let completion = coordinator.task_completed(beyond, &SUCCESS);
        assert_eq!(completion, Completion::PartitionOutOfRange { max_partition_id });
    }
}

/// C10 is a livelock there (SPARK-18113): who asks again is denied.
#[test]
fn who_asks_again_gets_the_same_answer() {
    let coordinator = stage_1();
    let permit = granted(coordinator.can_commit(attempt(0)));
    let denial = coordinator.can_commit(attempt(1));
    for _ in 0..3 {
        assert_eq!(granted(coordinator.can_commit(attempt(0))), permit);
        assert_eq!(coordinator.can_commit(attempt(1)), denial);
    }
    coordinator.task_completed(attempt(0), &SUCCESS);
    assert_eq!(granted(coordinator.can_commit(attempt(0))), permit);
}

/// C11. There the attempt itself may be granted later: but it has ended, so nobody would use the grant, and nobody
/// would ever give it back.
#[test]
fn a_denied_attempt_has_not_failed_and_is_over() {
    let coordinator = stage_1();
    let permit = granted(coordinator.can_commit(attempt(0)));
    denied(coordinator.can_commit(attempt(1)));
    assert_eq!(coordinator.task_completed(attempt(1), &commit_denied()), Completion::Recorded);
    assert_eq!(denied(coordinator.can_commit(attempt(2))), DenialReason::HeldBy { holder: id(1, 0) });
    assert_eq!(coordinator.task_completed(attempt(0), &failed()), Completion::Freed(permit));
    assert_eq!(given_up(coordinator.can_commit(attempt(1))), DenialReason::AttemptEnded);
    granted(coordinator.can_commit(attempt(2)));
    assert_eq!(coordinator.snapshot().counts.failed, 1);
}

/// C12
#[test]
fn success_keeps_the_partition() {
    let coordinator = stage_1();
    let permit = granted(coordinator.can_commit(attempt(0)));
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::Committed(permit));
    let holder = id(1, 0);
    let by = DenialReason::CommittedBy { holder, token: permit.token() };
    assert_eq!(given_up(coordinator.can_commit(attempt(1))), by);
    // Not so there: whatever is said of the attempt later would free the partition.
    for reason in failures() {
        assert_eq!(coordinator.task_completed(attempt(0), &reason), Completion::Duplicate, "{reason:?}");
        assert_eq!(denied(coordinator.can_commit(attempt(1))), by);
    }
}

/// C13, for destinations where a second commit does no harm: there, that is taken for granted.
#[test]
fn every_other_end_is_remembered_and_frees_what_the_attempt_held() {
    let mut reasons = failures();
    reasons.push(resubmitted());
    for reason in reasons {
        let builder = OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant);
        let coordinator = with_stage_1(builder);
        granted(coordinator.can_commit(attempt(0)));
        coordinator.task_completed(attempt(1), &reason);
        assert_eq!(given_up(coordinator.can_commit(attempt(1))), DenialReason::AttemptFailed, "{reason:?}");
        denied(coordinator.can_commit(attempt(2)));
        coordinator.task_completed(attempt(0), &reason);
        granted(coordinator.can_commit(attempt(2)));
        assert_eq!(given_up(coordinator.can_commit(attempt(0))), DenialReason::AttemptFailed, "{reason:?}");
    }
}

/// C13: what a resubmitted attempt had committed is gone.
#[test]
fn a_committed_partition_is_free_again_when_its_output_is_lost() {
    let coordinator = stage_1();
    let permit = granted(coordinator.can_commit(attempt(0)));
    coordinator.task_completed(attempt(0), &SUCCESS);
    assert_eq!(coordinator.task_completed(attempt(0), &resubmitted()), Completion::Freed(permit));
    // A late copy of the success brings nothing back.
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::Duplicate);
    assert!(granted(coordinator.can_commit(attempt(1))).token() > permit.token());
}

/// C18
#[test]
fn after_the_stop_everything_is_denied() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    for _ in 0..2 {
        coordinator.stop();
        assert!(coordinator.is_empty());
        assert_eq!(given_up(coordinator.can_commit(attempt(0))), DenialReason::Stopped);
        assert_eq!(given_up(coordinator.can_commit(TaskAttempt::new(9, 0, 0, 0))), DenialReason::Stopped);
        assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::Stopped);
        assert!(coordinator.stage_start(2, 1).is_err());
        assert!(!coordinator.stage_end(1));
    }
}
