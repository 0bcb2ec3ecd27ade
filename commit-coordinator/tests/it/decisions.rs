//! What a status page is told of the decisions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use commit_coordinator::{OutputCommitCoordinator, TaskAttempt, UnknownOutcome};
use listener_bus::coordination::{
    CommitDecisions, CommitDenial, CommitHolder, CommitStage, CommitsSnapshot, LATEST_DENIALS,
};

use crate::support::{
    SUCCESS, attempt, denied, executor_lost, failed, granted, never, stage_1, until_waiting, waiting,
    with_stage_1,
};

fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

#[test]
fn a_denial_says_who_when_and_why() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    let before = now();
    denied(coordinator.can_commit(attempt(1)));
    denied(coordinator.can_commit(TaskAttempt::new(9, 8, 7, 6)));
    let after = now();
    let commits = coordinator.commits();
    let [unknown, held] = &commits.latest_denials[..] else { panic!("{commits:?}") };
    let expected = CommitDenial {
        time: held.time,
        stage_id: 1.into(),
        stage_attempt_id: 1.into(),
        partition_id: 2.into(),
        attempt_number: 1,
        reason: "held_by".to_owned(),
        message: "attempt 0 of stage attempt 1 holds the partition".to_owned(),
        holder: Some(CommitHolder { stage_attempt_id: 1.into(), attempt_number: 0 }),
    };
    assert_eq!(*held, expected);
    let told =
        (unknown.stage_id.0, unknown.stage_attempt_id.0, unknown.partition_id.0, unknown.attempt_number);
    assert_eq!(told, (9, 8, 7, 6));
    assert_eq!((&*unknown.reason, unknown.holder), ("unknown_stage", None));
    assert!([held.time, unknown.time].iter().all(|time| (before..=after).contains(time)), "{commits:?}");
}

#[test]
fn the_last_denials_are_bounded_and_the_newest_comes_first() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    let all = i64::try_from(LATEST_DENIALS).unwrap() + 50;
    for number in 1..=all {
        denied(coordinator.can_commit(attempt(number)));
    }
    let commits = coordinator.commits();
    let told: Vec<_> = commits.latest_denials.iter().map(|denial| denial.attempt_number).collect();
    let expected: Vec<_> = (51..=all).rev().collect();
    assert_eq!(told, expected);
    assert_eq!(commits.denied, u64::try_from(all).unwrap());
}

#[test]
fn denials_are_remembered_again_after_a_flood() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    let newest = || coordinator.commits().latest_denials[0].attempt_number;
    let mut number = 0;
    let mut deny = || {
        number += 1;
        denied(coordinator.can_commit(attempt(number)));
        number
    };
    let deadline = never();
    // Until one is left out, and then until one is not.
    while newest_is(&mut deny, newest) {
        assert!(Instant::now() < deadline, "a flood is remembered in part");
        for _ in 0..10_000 {
            deny();
        }
    }
    while !newest_is(&mut deny, newest) {
        assert!(Instant::now() < deadline, "denials are remembered again");
    }
    assert_eq!(coordinator.commits().denied, u64::try_from(number).unwrap());
}

fn newest_is(deny: &mut impl FnMut() -> i64, newest: impl Fn() -> i64) -> bool {
    let number = deny();
    newest() == number
}

#[test]
fn an_attempt_that_waits_is_no_denial_until_it_is_denied_for_good() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    let waits = waiting(&coordinator, 1);
    until_waiting(&coordinator, 1);
    let commits = coordinator.commits();
    assert_eq!((commits.waiting, commits.denied, commits.latest_denials), (1, 0, vec![]));
    coordinator.task_completed(attempt(0), &SUCCESS);
    denied(waits.verdict());
    let commits = coordinator.commits();
    let [denial] = &commits.latest_denials[..] else { panic!("{commits:?}") };
    assert_eq!((commits.waiting, &*denial.reason), (0, "committed_by"));
}

#[test]
fn the_counts_are_those_of_the_snapshot() {
    let coordinator = with_stage_1(
        OutputCommitCoordinator::builder().name("c").unknown_outcome(UnknownOutcome::AbortStage),
    );
    let at = |partition| TaskAttempt::new(1, 0, partition, 0);
    granted(coordinator.can_commit(at(0)));
    granted(coordinator.can_commit(at(0)));
    coordinator.task_completed(at(0), &SUCCESS);
    granted(coordinator.can_commit(at(1)));
    denied(coordinator.can_commit(TaskAttempt::new(1, 0, 0, 1)));
    granted(coordinator.can_commit(attempt(0)));
    coordinator.task_completed(attempt(0), &failed());
    denied(coordinator.can_commit(attempt(0)));
    granted(coordinator.can_commit(attempt(1)));
    coordinator.task_completed(attempt(1), &executor_lost());
    denied(coordinator.can_commit(attempt(2)));
    let page: Arc<dyn CommitDecisions> = Arc::new(coordinator.clone());
    let stage =
        CommitStage { stage_id: 1.into(), partitions: 3, held: 1, in_doubt: 1, waiting: 0, is_aborted: true };
    let commits = CommitsSnapshot { latest_denials: vec![], ..page.commits() };
    let expected = CommitsSnapshot {
        coordinator: "c".to_owned(),
        asked: 8,
        granted: 4,
        repeated: 1,
        denied: 3,
        denied_by_reason: ["attempt_failed", "committed_by", "stage_aborted"]
            .map(|reason| (reason.to_owned(), 1))
            .into(),
        committed: 1,
        failed: 1,
        stages_aborted: 1,
        held: 1,
        in_doubt: 1,
        waiting: 0,
        stages: vec![stage],
        latest_denials: vec![],
    };
    assert_eq!(commits, expected);
    let counts = coordinator.snapshot().counts;
    let denied: BTreeMap<_, _> =
        counts.denied.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect();
    let (granted, repeated, committed) = (counts.granted, counts.repeated, counts.committed);
    assert_eq!((commits.granted, commits.repeated, commits.committed), (granted, repeated, committed));
    assert_eq!(commits.denied_by_reason, denied);
}

#[test]
fn an_ended_stage_is_told_no_more_and_its_denials_stay() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    coordinator.stage_end(1);
    denied(coordinator.can_commit(attempt(1)));
    let commits = coordinator.commits();
    assert_eq!((commits.stages, commits.held, commits.granted), (vec![], 0, 1));
    assert_eq!(commits.latest_denials[0].reason, "stage_ended");
}
