//! Whoever waits is answered when the holder has ended, or at the deadline; whoever does not wait is granted nothing.

use std::time::{Duration, Instant};

use commit_coordinator::grpc::v1;
use commit_coordinator::grpc::v1::can_commit_response::Outcome;
use commit_coordinator::{Advice, DenialReason};
use listener_bus::events::TaskEndReason;

use crate::support::{Served, SetUp, denied, far, granted, task, within};

fn killed() -> TaskEndReason {
    TaskEndReason::TaskKilled(Box::default())
}

#[tokio::test]
async fn whoever_waits_is_granted_the_partition_when_its_holder_fails() {
    let served = Served::start();
    let (holder, waiter) = (served.executor("holder").await, served.executor("waiter").await);
    granted(within(holder.can_commit_async(task(0, 0))).await.unwrap());
    let waits = tokio::spawn(async move { waiter.await_decision_async(task(0, 1), far()).await });
    served.until_waiting(1).await;
    let driver = served.driver().await;
    within(driver.task_completed_async(task(0, 0), &killed())).await.unwrap();
    let permit = granted(within(waits).await.unwrap().unwrap());
    assert_eq!((permit.task(), permit.token().get()), (task(0, 1), 2));
}

#[tokio::test]
async fn whoever_waits_longer_than_the_server_allows_asks_again_and_again() {
    let served = Served::with(SetUp::default(), |builder| builder.max_wait(Duration::from_millis(1)));
    let waiter = served.worker().await;
    granted(served.coordinator().can_commit(task(0, 0)));
    let waits = tokio::spawn(async move { waiter.await_decision_async(task(0, 1), far()).await });
    let coordinator = served.coordinator();
    // Each answer at the end of the server's time is a denial that is counted.
    served.until(|| coordinator.snapshot().counts.denied.iter().any(|(_, count)| *count > 3)).await;
    served.executors.task_completed(task(0, 0), &TaskEndReason::SUCCESS);
    let reason = denied(within(waits).await.unwrap().unwrap());
    assert!(matches!(reason, DenialReason::CommittedBy { .. }), "{reason}");
}

#[tokio::test]
async fn a_call_that_waits_is_answered_after_the_servers_time_whatever_it_asks_for() {
    let served = Served::with(SetUp::default(), |builder| builder.max_wait(Duration::from_millis(1)));
    granted(served.coordinator().can_commit(task(0, 0)));
    let mut worker = served.bare_worker().await;
    let ask = v1::CanCommitRequest { task: Some(wire(0, 1)), executor: None, wait_millis: u64::MAX };
    let answer = within(worker.can_commit(ask)).await.unwrap().into_inner();
    let Some(Outcome::Denied(denial)) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(denial.advice(), v1::Advice::Wait);
    assert_eq!(denial.message, "attempt 0 of stage attempt 0 holds the partition");
}

fn wire(partition_id: i32, attempt_number: i64) -> v1::TaskAttempt {
    v1::TaskAttempt { stage_id: crate::support::STAGE, stage_attempt_id: 0, partition_id, attempt_number }
}

#[tokio::test]
async fn at_the_deadline_the_answer_is_to_wait() {
    let served = Served::start();
    let worker = served.worker().await;
    granted(served.coordinator().can_commit(task(0, 0)));
    for deadline in [Instant::now(), Instant::now() + Duration::from_millis(30)] {
        let reason = denied(within(worker.await_decision_async(task(0, 1), deadline)).await.unwrap());
        assert_eq!(reason.advice(), Advice::Wait, "{reason}");
    }
}

#[tokio::test]
async fn a_wait_that_is_dropped_is_granted_nothing() {
    let served = Served::start();
    let waiter = served.executor("waiter").await;
    granted(served.coordinator().can_commit(task(0, 0)));
    let waits = tokio::spawn(async move { waiter.await_decision_async(task(0, 1), far()).await });
    served.until_waiting(1).await;
    waits.abort();
    assert!(within(waits).await.unwrap_err().is_cancelled());
    served.until_waiting(0).await;
    served.executors.task_completed(task(0, 0), &killed());
    assert_eq!(granted(served.coordinator().can_commit(task(0, 2))).token().get(), 2);
    assert_eq!(served.coordinator().snapshot().counts.granted, 2);
}

#[tokio::test]
async fn the_end_of_a_stage_is_the_end_of_all_waits() {
    let served = Served::start();
    let (worker, driver) = (served.executor("waiter").await, served.driver().await);
    granted(served.coordinator().can_commit(task(0, 0)));
    let waits = tokio::spawn(async move { worker.await_decision_async(task(0, 1), far()).await });
    served.until_waiting(1).await;
    assert_eq!(within(driver.stage_end_async(crate::support::STAGE)).await, Ok(true));
    assert_eq!(denied(within(waits).await.unwrap().unwrap()), DenialReason::StageEnded);
    served.until_attempts(0).await;
}
