//! Holders that are lost: they may have committed, or not.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use commit_coordinator::{
    Advice, AfterDoubt, CommitPermit, Completion, DenialReason, Doubt, OutputCommitCoordinator, Resolution,
    StageAborted, StageStartError, TaskAttempt, UnknownOutcome, Verdict,
};

use crate::support::{
    NEVER, SUCCESS, attempt, denied, executor_lost, failed, failures, given_up, granted, id, killed, never,
    stage_1, until, until_waiting, waiting, with_stage_1,
};

/// A coordinator whose resolver waits for what the test tells it.
fn resolving() -> (OutputCommitCoordinator, SyncSender<Resolution>, std::sync::mpsc::Receiver<CommitPermit>) {
    let (tell, told) = sync_channel(10);
    let (ask, asked) = sync_channel(10);
    let told = std::sync::Mutex::new(told);
    let resolver = move |permit: &CommitPermit| {
        ask.send(*permit).unwrap();
        told.lock().unwrap().recv_timeout(NEVER).unwrap()
    };
    let policy = UnknownOutcome::Resolve(Arc::new(resolver));
    (with_stage_1(OutputCommitCoordinator::builder().unknown_outcome(policy)), tell, asked)
}

fn lose(coordinator: &OutputCommitCoordinator, number: i64) -> AfterDoubt {
    match coordinator.task_completed(attempt(number), &executor_lost()) {
        Completion::Unknown { next, .. } => next,
        other => panic!("{other:?}"),
    }
}

#[test]
fn by_default_a_lost_holder_aborts_the_stage_and_there_is_no_second_commit() {
    let (tell, told) = sync_channel(10);
    let builder = OutputCommitCoordinator::builder()
        .on_stage_aborted(move |aborted: &StageAborted| tell.send(*aborted).unwrap());
    let coordinator = with_stage_1(builder);
    let permit = granted(coordinator.can_commit(attempt(0)));
    let another = TaskAttempt::new(1, 1, 1, 0);
    granted(coordinator.can_commit(another));
    assert_eq!(lose(&coordinator, 0), AfterDoubt::StageAborted);
    let reason = DenialReason::StageAborted { partition_id: 2.into(), holder: id(1, 0) };
    let elsewhere = TaskAttempt::new(1, 1, 0, 0);
    for task in [attempt(0), attempt(1), elsewhere] {
        assert_eq!(given_up(coordinator.can_commit(task)), reason, "{task}");
        assert_eq!(given_up(coordinator.await_decision(task, never())), reason, "{task}");
    }
    assert_eq!(coordinator.stage_start(1, 2), Err(StageStartError::Aborted { stage_id: 1.into(), reason }));
    let aborted = told.try_recv().unwrap();
    assert_eq!((aborted.stage_id.0, aborted.partition_id.0), (1, 2));
    assert_eq!((aborted.holder, aborted.token), (id(1, 0), permit.token()));
    // Once.
    coordinator.task_completed(attempt(0), &executor_lost());
    coordinator.task_completed(another, &executor_lost());
    assert!(told.try_recv().is_err());
    let counts = coordinator.snapshot().counts;
    assert_eq!((counts.unknown, counts.stages_aborted), (2, 1));
}

#[test]
fn the_end_of_an_aborted_stage_makes_room_for_a_new_beginning() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    lose(&coordinator, 0);
    assert!(coordinator.snapshot().stages[0].is_aborted);
    assert!(coordinator.stage_end(1));
    assert_eq!(coordinator.stage_start(1, 2), Ok(true));
    granted(coordinator.can_commit(attempt(1)));
}

#[test]
fn who_is_told_of_an_aborted_stage_may_end_it() {
    let (hand_over, handed) = sync_channel::<OutputCommitCoordinator>(1);
    let handed = std::sync::Mutex::new(handed);
    let builder = OutputCommitCoordinator::builder().on_stage_aborted(move |aborted| {
        let coordinator = handed.lock().unwrap().try_recv().unwrap();
        assert!(coordinator.stage_end(aborted.stage_id));
    });
    let coordinator = with_stage_1(builder);
    hand_over.send(coordinator.clone()).unwrap();
    granted(coordinator.can_commit(attempt(0)));
    assert_eq!(lose(&coordinator, 0), AfterDoubt::StageAborted);
    assert_eq!(given_up(coordinator.can_commit(attempt(1))), DenialReason::StageEnded);
}

#[test]
fn an_attempt_that_held_nothing_may_be_lost() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    for reason in failures() {
        coordinator.task_completed(attempt(1), &reason);
    }
    granted(coordinator.can_commit(attempt(0)));
}

#[test]
fn a_resolver_that_finds_the_commit_keeps_everybody_else_out() {
    let (coordinator, tell, asked) = resolving();
    let permit = granted(coordinator.can_commit(attempt(0)));
    assert_eq!(lose(&coordinator, 0), AfterDoubt::Resolving);
    assert_eq!(asked.recv_timeout(NEVER), Ok(permit));
    let reason = denied(coordinator.can_commit(attempt(1)));
    assert_eq!(reason, DenialReason::OutcomeUnknown { holder: id(1, 0) });
    assert_eq!(reason.advice(), Advice::Wait);
    assert_eq!(coordinator.snapshot().stages[0].unknown, 1);
    tell.send(Resolution::Committed).unwrap();
    let by = DenialReason::CommittedBy { holder: id(1, 0), token: permit.token() };
    assert_eq!(given_up(coordinator.await_decision(attempt(1), never())), by);
    until(&coordinator, |snapshot| snapshot.counts.committed == 1);
}

/// The answer to attempt 1, which waits while the resolver is asked about attempt 0.
fn answer_after(found: Resolution) -> (OutputCommitCoordinator, Verdict) {
    let (coordinator, tell, _asked) = resolving();
    granted(coordinator.can_commit(attempt(0)));
    lose(&coordinator, 0);
    let waits = waiting(&coordinator, 1);
    until_waiting(&coordinator, 1);
    tell.send(found).unwrap();
    let verdict = waits.verdict();
    (coordinator, verdict)
}

#[test]
fn a_resolver_that_finds_no_commit_frees_the_partition() {
    let (coordinator, verdict) = answer_after(Resolution::NotCommitted);
    assert_eq!(granted(verdict).token().get(), 2);
    assert_eq!(given_up(coordinator.can_commit(attempt(0))), DenialReason::AttemptFailed);
    until(&coordinator, |snapshot| snapshot.counts.failed == 1);
}

#[test]
fn a_resolver_that_cannot_tell_aborts_the_stage() {
    let (_coordinator, verdict) = answer_after(Resolution::CannotTell);
    let aborted = DenialReason::StageAborted { partition_id: 2.into(), holder: id(1, 0) };
    assert_eq!(given_up(verdict), aborted);
}

#[test]
fn a_resolver_that_panics_cannot_tell_and_is_asked_again_about_others() {
    let panics = |_: &CommitPermit| -> Resolution { panic!("as the test wants it") };
    let policy = UnknownOutcome::Resolve(Arc::new(panics));
    let coordinator = with_stage_1(OutputCommitCoordinator::builder().unknown_outcome(policy));
    assert_eq!(coordinator.stage_start(2, 0), Ok(true));
    for stage in [1, 2] {
        let task = |number| TaskAttempt::new(stage, 0, 0, number);
        granted(coordinator.can_commit(task(0)));
        coordinator.task_completed(task(0), &executor_lost());
        let reason = given_up(coordinator.await_decision(task(1), never()));
        assert!(matches!(reason, DenialReason::StageAborted { .. }), "{reason}");
    }
}

#[test]
fn what_a_resolver_finds_too_late_changes_nothing() {
    let (coordinator, tell, asked) = resolving();
    let permit = granted(coordinator.can_commit(attempt(0)));
    lose(&coordinator, 0);
    asked.recv_timeout(NEVER).unwrap();
    // The attempt was not lost after all.
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::Committed(permit));
    tell.send(Resolution::NotCommitted).unwrap();
    // The next question comes after that answer was taken in.
    let elsewhere = TaskAttempt::new(1, 1, 0, 0);
    granted(coordinator.can_commit(elsewhere));
    coordinator.task_completed(elsewhere, &executor_lost());
    asked.recv_timeout(NEVER).unwrap();
    let by = DenialReason::CommittedBy { holder: id(1, 0), token: permit.token() };
    assert_eq!(given_up(coordinator.can_commit(attempt(1))), by);
    // Nor does it harm a stage that has ended.
    coordinator.stage_end(1);
    tell.send(Resolution::CannotTell).unwrap();
    assert_eq!(coordinator.stage_start(1, 2), Ok(true));
    granted(coordinator.can_commit(attempt(1)));
}

#[test]
fn a_resolver_that_never_answers_keeps_nobody_beyond_the_deadline() {
    let (coordinator, _tell, asked) = resolving();
    granted(coordinator.can_commit(attempt(0)));
    lose(&coordinator, 0);
    asked.recv_timeout(NEVER).unwrap();
    let now = std::time::Instant::now();
    let reason = denied(coordinator.await_decision(attempt(1), now));
    assert_eq!(reason, DenialReason::OutcomeUnknown { holder: id(1, 0) });
}

#[test]
fn a_partition_whose_second_commit_does_no_harm_is_granted_again() {
    let builder = OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant);
    let coordinator = with_stage_1(builder);
    let lost = granted(coordinator.can_commit(attempt(0)));
    assert_eq!(lose(&coordinator, 0), AfterDoubt::Regranted);
    let later = granted(coordinator.can_commit(attempt(1)));
    assert!(later.token() > lost.token());
    // The lost one comes back late, and somebody should know.
    let superseded = Completion::Superseded { by: id(1, 1), token: later.token() };
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), superseded);
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::Duplicate);
    assert_eq!(coordinator.snapshot().counts.superseded, 1);
    assert_eq!(coordinator.task_completed(attempt(1), &SUCCESS), Completion::Committed(later));
}

#[test]
fn a_lost_holder_that_reports_success_before_anybody_else_was_granted_has_committed() {
    let builder = OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant);
    let coordinator = with_stage_1(builder);
    let permit = granted(coordinator.can_commit(attempt(0)));
    lose(&coordinator, 0);
    assert_eq!(coordinator.task_completed(attempt(0), &SUCCESS), Completion::Committed(permit));
    let by = DenialReason::CommittedBy { holder: id(1, 0), token: permit.token() };
    assert_eq!(given_up(coordinator.can_commit(attempt(1))), by);
}

#[test]
fn which_ends_leave_a_doubt_is_for_the_engine_to_say() {
    for reason in [failed(), killed()] {
        let coordinator = with_stage_1(OutputCommitCoordinator::builder().doubt(Doubt::AnyFailure));
        granted(coordinator.can_commit(attempt(0)));
        let completion = coordinator.task_completed(attempt(0), &reason);
        assert!(
            matches!(completion, Completion::Unknown { next: AfterDoubt::StageAborted, .. }),
            "{completion:?}"
        );
    }
}
