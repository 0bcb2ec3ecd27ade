//! Waiting for the holder's outcome instead of being started again and again.

use std::thread;
use std::time::Instant;

use commit_coordinator::{DenialReason, OutputCommitCoordinator, TaskAttempt, Verdict};

use crate::support::{
    SUCCESS, Waiting, attempt, commit_denied, denied, executor_lost, failed, granted, id, killed, never,
    stage_1, until_waiting, waiting,
};

/// Lets attempts 1 to 3 wait for attempt 0 while `change` is made; answers their verdicts.
fn verdicts(coordinator: &OutputCommitCoordinator, change: impl FnOnce()) -> [Verdict; 3] {
    granted(coordinator.can_commit(attempt(0)));
    let waits = [1, 2, 3].map(|number| waiting(coordinator, number));
    until_waiting(coordinator, 3);
    change();
    waits.map(Waiting::verdict)
}

fn reasons(verdicts: [Verdict; 3]) -> [DenialReason; 3] {
    verdicts.map(denied)
}

#[test]
fn who_waits_is_denied_for_good_when_the_holder_commits() {
    let coordinator = stage_1();
    let told = verdicts(&coordinator, || {
        coordinator.task_completed(attempt(0), &SUCCESS);
    });
    for reason in reasons(told) {
        assert!(matches!(reason, DenialReason::CommittedBy { holder, .. } if holder == id(1, 0)), "{reason}");
    }
    // Who waits is answered once, and counted once.
    assert_eq!(coordinator.snapshot().counts.denied, [("committed_by", 3)]);
}

#[test]
fn one_of_those_who_wait_is_granted_when_the_holder_fails() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    thread::scope(|scope| {
        let (tell, told) = std::sync::mpsc::sync_channel(3);
        for number in 1..=3 {
            let (coordinator, tell) = (&coordinator, tell.clone());
            scope.spawn(move || {
                tell.send((number, coordinator.await_decision(attempt(number), never()))).unwrap();
            });
        }
        until_waiting(&coordinator, 3);
        coordinator.task_completed(attempt(0), &failed());
        let (first, verdict) = told.recv().unwrap();
        let permit = granted(verdict);
        assert_eq!(permit.task(), attempt(first));
        // The others wait for that one now.
        until_waiting(&coordinator, 2);
        assert!(told.try_recv().is_err());
        coordinator.task_completed(attempt(first), &SUCCESS);
        for (_, verdict) in told.iter().take(2) {
            let by = DenialReason::CommittedBy { holder: id(1, first), token: permit.token() };
            assert_eq!(denied(verdict), by);
        }
    });
}

#[test]
fn who_waits_is_answered_when_the_stage_ends_or_the_coordinator_stops_or_the_stage_is_aborted() {
    let coordinator = stage_1();
    let told = verdicts(&coordinator, || assert!(coordinator.stage_end(1)));
    assert_eq!(reasons(told), [const { DenialReason::StageEnded }; 3]);

    let coordinator = stage_1();
    let told = verdicts(&coordinator, || coordinator.stop());
    assert_eq!(reasons(told), [const { DenialReason::Stopped }; 3]);

    let coordinator = stage_1();
    let told = verdicts(&coordinator, || {
        coordinator.task_completed(attempt(0), &executor_lost());
    });
    let aborted = DenialReason::StageAborted { partition_id: 2.into(), holder: id(1, 0) };
    assert_eq!(reasons(told), [aborted.clone(), aborted.clone(), aborted]);
}

#[test]
fn who_waits_in_a_stage_that_ends_gets_nothing_of_the_next_one_of_its_number() {
    for _ in 0..50 {
        let coordinator = stage_1();
        let told = verdicts(&coordinator, || {
            assert!(coordinator.stage_end(1));
            assert_eq!(coordinator.stage_start(1, 2), Ok(true));
        });
        assert_eq!(reasons(told), [const { DenialReason::StageEnded }; 3]);
        assert_eq!(coordinator.snapshot().stages[0].held, 0);
    }
}

#[test]
fn who_waits_for_another_partition_is_told_when_the_stage_is_aborted() {
    let coordinator = stage_1();
    let elsewhere = TaskAttempt::new(1, 1, 0, 0);
    granted(coordinator.can_commit(elsewhere));
    let told = verdicts(&coordinator, || {
        coordinator.task_completed(elsewhere, &executor_lost());
    });
    let aborted = DenialReason::StageAborted { partition_id: 0.into(), holder: id(1, 0) };
    assert_eq!(reasons(told), [aborted.clone(), aborted.clone(), aborted]);
}

#[test]
fn who_waits_is_told_when_it_is_reported_as_ended_itself() {
    let coordinator = stage_1();
    let told = verdicts(&coordinator, || {
        coordinator.task_completed(attempt(1), &failed());
        coordinator.task_completed(attempt(2), &commit_denied());
        coordinator.task_completed(attempt(3), &killed());
    });
    let expected = [DenialReason::AttemptFailed, DenialReason::AttemptEnded, DenialReason::AttemptFailed];
    assert_eq!(reasons(told), expected);
}

#[test]
fn at_the_deadline_the_answer_is_to_wait() {
    let coordinator = stage_1();
    granted(coordinator.can_commit(attempt(0)));
    let past = Instant::now();
    assert_eq!(
        denied(coordinator.await_decision(attempt(1), past)),
        DenialReason::HeldBy { holder: id(1, 0) }
    );
    // Who waited no longer holds nothing.
    coordinator.task_completed(attempt(0), &failed());
    granted(coordinator.can_commit(attempt(2)));
}

#[test]
fn who_need_not_wait_does_not() {
    let coordinator = stage_1();
    let past = Instant::now();
    granted(coordinator.await_decision(attempt(0), past));
    assert_eq!(
        denied(coordinator.await_decision(TaskAttempt::new(7, 0, 0, 0), never())),
        DenialReason::UnknownStage
    );
}

#[cfg(feature = "tokio")]
mod in_tokio {
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn tasks_wait_as_threads_do() {
        let coordinator = stage_1();
        granted(coordinator.can_commit(attempt(0)));
        let (waits, ()) = tokio::join!(coordinator.await_decision_async(attempt(1), never()), async {
            coordinator.task_completed(attempt(0), &failed());
        });
        granted(waits);
    }

    #[tokio::test]
    async fn at_the_deadline_a_task_is_told_to_wait() {
        let coordinator = stage_1();
        granted(coordinator.can_commit(attempt(0)));
        let deadline = Instant::now() + std::time::Duration::from_millis(1);
        let verdict = coordinator.await_decision_async(attempt(1), deadline).await;
        assert_eq!(denied(verdict), DenialReason::HeldBy { holder: id(1, 0) });
    }

    #[tokio::test]
    async fn a_wait_that_is_dropped_is_granted_nothing() {
        let coordinator = stage_1();
        granted(coordinator.can_commit(attempt(0)));
        let mut waits = Box::pin(coordinator.await_decision_async(attempt(1), never()));
        assert!(std::future::poll_fn(|context| Poll::Ready(waits.as_mut().poll(context).is_pending())).await);
        drop(waits);
        coordinator.task_completed(attempt(0), &failed());
        granted(coordinator.can_commit(attempt(2)));
    }
}
