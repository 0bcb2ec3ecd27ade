//! Scripts of what went wrong elsewhere, each in a bounded number of steps.

use commit_coordinator::{
    Advice, CommitPermit, Completion, DenialReason, OutputCommitCoordinator, Resolution, TaskAttempt,
    UnknownOutcome, Verdict,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::support::{
    SUCCESS, attempt, built, commit_denied, denied, executor_lost, failed, given_up, granted, id, never,
    stage_1, with_stage_1,
};

/// The commit is done, and its executor is lost before it could say so.
mod spark_39195 {
    use super::*;

    #[test]
    fn by_default_nobody_commits_a_second_time() {
        let coordinator = stage_1();
        let mut destination = Vec::new();
        destination.push(granted(coordinator.can_commit(attempt(0))));
        coordinator.task_completed(attempt(0), &executor_lost());
        for number in 1..5 {
            if let Verdict::Granted(permit) = coordinator.can_commit(attempt(number)) {
                destination.push(permit);
            }
        }
        assert_eq!(destination.len(), 1);
    }

    #[test]
    fn a_resolver_that_looks_at_the_destination_saves_the_stage() {
        let destination = Arc::new(Mutex::new(BTreeMap::new()));
        let looks_at = Arc::clone(&destination);
        let resolver = move |permit: &CommitPermit| {
            let found = looks_at.lock().unwrap().get(&permit.task().partition_id).copied();
            if found == Some(permit.token()) { Resolution::Committed } else { Resolution::NotCommitted }
        };
        let policy = UnknownOutcome::Resolve(Arc::new(resolver));
        let coordinator = built(OutputCommitCoordinator::builder().unknown_outcome(policy));
        coordinator.stage_start(1, 1).unwrap();
        let task = |partition, number| TaskAttempt::new(1, 0, partition, number);
        // Both are lost after the grant; one had committed by then.
        let (done, lost) = (task(0, 0), task(1, 0));
        let permit = granted(coordinator.can_commit(done));
        destination.lock().unwrap().insert(done.partition_id, permit.token());
        granted(coordinator.can_commit(lost));
        coordinator.task_completed(done, &executor_lost());
        coordinator.task_completed(lost, &executor_lost());
        let by = DenialReason::CommittedBy { holder: id(0, 0), token: permit.token() };
        assert_eq!(given_up(coordinator.await_decision(task(0, 1), never())), by);
        granted(coordinator.await_decision(task(1, 1), never()));
    }
}

/// Tasks that are denied are started again, and denied again, while the stage cannot end.
#[test]
fn spark_26634_a_denied_task_comes_to_an_end() {
    let coordinator = stage_1();
    // The holder has committed, but its stage attempt failed for another reason; the stage is tried again.
    let permit = granted(coordinator.can_commit(attempt(0)));
    coordinator.task_completed(attempt(0), &SUCCESS);
    assert_eq!(coordinator.stage_start(1, 2), Ok(false));
    let mut steps = 0;
    for number in 0..100 {
        let again = TaskAttempt::new(1, 2, 2, number);
        steps += 1;
        let Verdict::Denied(denial) = coordinator.can_commit(again) else { panic!("a second commit") };
        coordinator.task_completed(again, &commit_denied());
        // The partition is done: there is nothing to start again.
        if denial.advice() == Advice::GiveUp {
            let by = DenialReason::CommittedBy { holder: id(1, 0), token: permit.token() };
            assert_eq!(denial.reason, by);
            break;
        }
    }
    assert_eq!(steps, 1);
}

/// The answer to a request is lost; the attempt asks again, is denied because somebody holds the partition - itself -
/// fails, and its failure is not counted as the holder's.
#[test]
fn spark_18113_an_attempt_whose_answer_was_lost_commits() {
    let coordinator = stage_1();
    let lost_answer = granted(coordinator.can_commit(attempt(0)));
    assert_eq!(granted(coordinator.can_commit(attempt(0))), lost_answer);
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::Committed(lost_answer));
}

/// Its failure is reported while its request is still on the way.
#[test]
fn spark_19631_a_request_that_comes_after_the_failure_holds_nothing() {
    let coordinator = stage_1();
    coordinator.task_completed(attempt(0), &failed());
    assert_eq!(denied(coordinator.can_commit(attempt(0))), DenialReason::AttemptFailed);
    granted(coordinator.can_commit(attempt(1)));
}

/// A late copy of the request of an attempt that has ended comes when the partition is free.
#[test]
fn a_late_copy_of_a_request_takes_no_partition_that_nobody_would_give_back() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    denied(coordinator.can_commit(attempt(1)));
    coordinator.task_completed(attempt(1), &commit_denied());
    coordinator.task_completed(attempt(0), &failed());
    denied(coordinator.can_commit(attempt(1)));
    granted(coordinator.can_commit(attempt(2)));
}

/// The late copy comes before its attempt is reported as ended: the report gives the partition back.
#[test]
fn an_attempt_that_ends_after_a_denial_gives_back_what_a_late_copy_took() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    denied(coordinator.can_commit(attempt(1)));
    coordinator.task_completed(attempt(0), &failed());
    let ghost = granted(coordinator.can_commit(attempt(1)));
    assert_eq!(coordinator.task_completed(attempt(1), &commit_denied()), Completion::Freed(ghost));
    granted(coordinator.can_commit(attempt(2)));
}

/// Memory does not grow with what is repeated.
#[test]
fn reports_that_are_repeated_change_nothing() {
    let coordinator = with_stage_1(OutputCommitCoordinator::builder());
    coordinator.task_completed(attempt(5), &failed());
    for reason in [failed(), executor_lost(), commit_denied(), SUCCESS] {
        assert_eq!(coordinator.task_completed(attempt(5), &reason), Completion::Duplicate, "{reason:?}");
    }
}
