//! A server that stops answers all who wait, and a client that closes ends its calls.

use std::time::Duration;

use commit_coordinator::DenialReason;
use commit_coordinator::grpc::{CallError, CanCommitError};
use tokio::task::JoinSet;

use crate::support::{Served, SetUp, denied, far, granted, task, within};

#[tokio::test]
async fn a_server_that_stops_denies_all_who_wait_and_ends() {
    // Nobody is left behind for being late: all connections must end.
    let served = Served::with(SetUp::default(), |builder| builder.stop_within(Duration::from_hours(1)));
    granted(served.coordinator().can_commit(task(0, 0)));
    let mut waits = JoinSet::new();
    for attempt in 1..=4 {
        let worker = served.executor(&format!("executor-{attempt}")).await;
        waits.spawn(async move { worker.await_decision_async(task(0, attempt), far()).await });
    }
    let idle = served.driver().await;
    served.until_waiting(4).await;
    assert!(served.stop().await.is_ok());
    for answer in within(waits.join_all()).await {
        assert_eq!(denied(answer.unwrap()), DenialReason::Stopped);
    }
    idle.close();
}

#[tokio::test]
async fn a_client_that_closes_ends_its_calls_and_takes_no_more() {
    let served = Served::start();
    granted(served.coordinator().can_commit(task(0, 0)));
    let (worker, driver) = (served.executor("e").await, served.driver().await);
    let (waiter, later) = (worker.clone(), worker.clone());
    let waits = tokio::spawn(async move { waiter.await_decision_async(task(0, 1), far()).await });
    served.until_waiting(1).await;
    within(worker.close_async()).await;
    let is_closed = |error: &CanCommitError| matches!(error, CanCommitError::Call(CallError::Closed { .. }));
    let error = within(waits).await.unwrap().unwrap_err();
    let is_told = is_closed(&error) || matches!(error, CanCommitError::Executor(_));
    assert!(is_told, "{error}");
    assert!(is_closed(&within(later.can_commit_async(task(1, 0))).await.unwrap_err()));
    let other = driver.clone();
    driver.close();
    let error = within(other.stage_end_async(1)).await.unwrap_err();
    assert!(matches!(error, CallError::Closed { .. }), "{error}");
}

#[tokio::test]
async fn an_executor_that_closes_has_left_and_what_it_holds_is_not_in_doubt() {
    let served = Served::start();
    let worker = served.executor("e").await;
    served.until_executors(&["e"]).await;
    granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    within(worker.close_async()).await;
    served.until_executors(&[]).await;
    let stage = &served.coordinator().snapshot().stages[0];
    assert_eq!((stage.held, stage.unknown, stage.is_aborted), (1, 0, false));
}
