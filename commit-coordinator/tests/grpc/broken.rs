//! A connection that breaks costs nothing but time: nothing is counted twice, and nobody hangs.

use std::time::Duration;

use commit_coordinator::grpc::{CallError, CanCommitError, ConnectError, GrpcCommitDriver, GrpcCommitWorker};
use listener_bus::events::TaskEndReason;

use crate::proxy::Proxy;
use crate::support::{NEVER, STAGE, Served, far, granted, task, within};

#[tokio::test]
async fn a_call_whose_answer_is_cut_off_is_made_again_and_counts_once() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    let worker = within(GrpcCommitWorker::builder(proxy.uri()).connect()).await.unwrap();
    proxy.hold_answers();
    let asks = tokio::spawn({
        let worker = worker.clone();
        async move { worker.can_commit_async(task(0, 0)).await }
    });
    served.until(|| served.coordinator().snapshot().counts.granted == 1).await;
    proxy.cut_and_open();
    let permit = granted(within(asks).await.unwrap().unwrap());
    assert_eq!(permit.token().get(), 1);
    let counts = served.coordinator().snapshot().counts;
    assert_eq!((counts.granted, counts.repeated), (1, 1));
}

#[tokio::test]
async fn the_end_of_an_attempt_that_is_told_twice_counts_once() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    let driver = within(GrpcCommitDriver::builder(proxy.uri()).connect()).await.unwrap();
    granted(served.coordinator().can_commit(task(0, 0)));
    proxy.hold_answers();
    let told = tokio::spawn({
        let driver = driver.clone();
        async move { driver.task_completed_async(task(0, 0), &TaskEndReason::SUCCESS).await }
    });
    served.until(|| served.coordinator().snapshot().counts.committed == 1).await;
    proxy.cut_and_open();
    assert!(within(told).await.unwrap().is_ok());
    assert_eq!(served.coordinator().snapshot().counts.committed, 1);
}

#[tokio::test]
async fn whoever_waits_goes_on_waiting_over_the_next_connection() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    granted(served.coordinator().can_commit(task(0, 0)));
    let builder = GrpcCommitWorker::builder(proxy.uri()).executor("waiter", "host", 1);
    let worker = within(builder.connect()).await.unwrap();
    let waits = tokio::spawn(async move { worker.await_decision_async(task(0, 1), far()).await });
    served.until_waiting(1).await;
    proxy.cut_for_good();
    served.until_waiting(0).await;
    proxy.lead_to(served.address);
    served.until_waiting(1).await;
    served.executors.task_completed(task(0, 0), &TaskEndReason::TaskKilled(Box::default()));
    assert_eq!(granted(within(waits).await.unwrap().unwrap()).token().get(), 2);
    assert_eq!(served.coordinator().snapshot().counts.granted, 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_yet_is_waited_for() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    proxy.cut_for_good();
    let connects = tokio::spawn(GrpcCommitWorker::builder(proxy.uri()).connect());
    tokio::task::yield_now().await;
    proxy.lead_to(served.address);
    let worker = within(connects).await.unwrap().unwrap();
    granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_given_up() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    let patient = Duration::from_millis(200);
    let builder = GrpcCommitWorker::builder(proxy.uri()).give_up_after(patient);
    let worker = within(builder.clone().connect()).await.unwrap();
    let driver = GrpcCommitDriver::builder(proxy.uri()).give_up_after(patient);
    let driver = within(driver.connect()).await.unwrap();
    proxy.cut_for_good();
    let is_gone = |error: &CallError| matches!(error, CallError::Unreachable { .. });
    let error = within(worker.can_commit_async(task(0, 0))).await.unwrap_err();
    assert!(matches!(&error, CanCommitError::Call(call) if is_gone(call)), "{error}");
    let error = within(worker.await_decision_async(task(0, 0), far())).await.unwrap_err();
    assert!(matches!(&error, CanCommitError::Call(call) if is_gone(call)), "{error}");
    let error = within(driver.stage_end_async(STAGE)).await.unwrap_err();
    assert!(is_gone(&error), "{error}");
    let error = within(builder.connect()).await.unwrap_err();
    assert!(matches!(&error, ConnectError::Call(call) if is_gone(call)), "{error}");
}

#[tokio::test]
async fn a_connection_that_is_silent_is_given_up_for_another_one() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    let worker = within(GrpcCommitWorker::builder(proxy.uri()).connect()).await.unwrap();
    proxy.silence();
    granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
}

#[tokio::test]
async fn a_wait_ends_soon_after_its_deadline_also_if_nobody_answers() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    let worker = within(GrpcCommitWorker::builder(proxy.uri()).give_up_after(NEVER).connect()).await.unwrap();
    proxy.swallow();
    let error = within(worker.await_decision_async(task(0, 0), std::time::Instant::now())).await.unwrap_err();
    assert!(matches!(error, CanCommitError::Call(CallError::Unreachable { .. })), "{error}");
}

#[tokio::test]
async fn an_address_that_is_none_is_told_at_once() {
    let refused = GrpcCommitWorker::builder("no address").connect().await.unwrap_err();
    assert!(matches!(refused, ConnectError::Endpoint { .. }), "{refused}");
    let refused =
        GrpcCommitDriver::builder("http://127.0.0.1:1").token("two words").connect().await.unwrap_err();
    assert!(matches!(refused, ConnectError::Token(_)), "{refused}");
}
