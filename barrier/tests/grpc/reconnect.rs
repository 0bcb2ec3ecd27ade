//! A connection that breaks costs nothing: nothing is counted twice, no answer is lost, and nobody hangs.

use std::time::Duration;

use barrier::grpc::GrpcCoordinator;
use barrier::grpc::v1;
use barrier::grpc::v1::session_request::Request as Ask;
use barrier::grpc::v1::session_response::Response as Tell;
use barrier::{BarrierError, BarrierTask, Gone, Messages, StageAttempt};

use crate::bare::BareSession;
use crate::proxy::Proxy;
use crate::support::{NEVER, Served, arrival, gang, gang_on_the_wire, participant, task, within};

#[tokio::test]
async fn a_task_that_arrives_over_two_connections_is_counted_once() {
    let served = Served::with(|builder| builder.reconnect_within(NEVER).lost_after(NEVER));
    let (first, mut second) = (BareSession::open(&served).await, BareSession::open(&served).await);
    first.ask(Ask::Arrival(arrival(4, 0))).await;
    first.ask(Ask::Arrival(arrival(4, 3))).await;
    served.until_arrived(&[0, 3]).await;
    second.ask(Ask::Arrival(arrival(4, 0))).await;
    second.ask(Ask::Arrival(arrival(4, 1))).await;
    served.until_arrived(&[0, 1, 3]).await;

    // The end of the old connection takes out the task that is there alone, and not the one that has come back.
    drop(first);
    served.until_arrived(&[0, 1]).await;
    second.ask(Ask::Arrival(arrival(4, 2))).await;
    second.ask(Ask::Arrival(arrival(4, 3))).await;
    assert_eq!(second.released().await.epoch, 0);
}

#[tokio::test]
async fn an_old_connection_that_ends_late_does_not_lose_a_task_that_has_come_back() {
    let soon = Duration::from_millis(50);
    let served = Served::with(|builder| builder.reconnect_within(soon).lost_after(NEVER));
    let (old, mut new) = (BareSession::open(&served).await, BareSession::open(&served).await);
    let elsewhere = v1::StageAttempt { stage_id: 8, attempt_id: 0 };
    let gone = v1::Participant { stage_attempt: Some(elsewhere), ..participant(2, 0) };
    old.ask(Ask::Arrival(arrival(2, 0))).await;
    old.ask(Ask::Attend(gone)).await;
    new.ask(Ask::Arrival(arrival(2, 0))).await;
    served.until(|known| known.stage_attempt == StageAttempt::new(8, 0)).await;
    let witness = served.coordinator.context(BarrierTask::new(StageAttempt::new(8, 0), 2, 1, 1)).unwrap();
    drop(old);
    // The task that was on the old connection alone is lost, and so would the other be by now.
    assert_eq!(within(witness.ended_async()).await.reason(), "task_lost");
    new.ask(Ask::Arrival(arrival(2, 1))).await;
    assert_eq!(new.released().await.epoch, 0);
}

#[tokio::test]
async fn the_same_request_twice_on_one_connection_is_counted_once_and_taken_back_once() {
    let served = Served::start();
    let session = BareSession::open(&served).await;
    session.ask(Ask::Arrival(arrival(3, 0))).await;
    session.ask(Ask::Arrival(arrival(3, 0))).await;
    session.ask(Ask::Arrival(arrival(3, 1))).await;
    served.until_arrived(&[0, 1]).await;
    let (stage_attempt, partition_id) = (Some(gang_on_the_wire()), 0);
    session.ask(Ask::Withdraw(v1::Withdrawal { stage_attempt, partition_id, epoch: 0 })).await;
    served.until_arrived(&[1]).await;
}

#[tokio::test]
async fn an_answer_is_sent_once_for_all_tasks_of_a_session_and_again_to_one_that_asks_again() {
    let served = Served::start();
    let mut session = BareSession::open(&served).await;
    for partition in 0..3 {
        session.ask(Ask::Arrival(arrival(3, partition))).await;
    }
    assert_eq!(session.released().await.epoch, 0);
    session.ask(Ask::Beat(v1::Beat {})).await;
    assert_eq!(session.told().await, Tell::Beat(v1::Beat {}));
    session.ask(Ask::Arrival(arrival(3, 1))).await;
    assert_eq!(session.released().await.epoch, 0);
}

#[tokio::test]
async fn a_wait_goes_on_over_a_new_connection() {
    let served = Served::with(|builder| builder.reconnect_within(NEVER));
    let proxy = Proxy::to(served.address).await;
    let client = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut cut_off = client.context(task(2, 0)).unwrap();
    let waits = tokio::spawn(async move { (cut_off.barrier_async().await, cut_off) });
    served.until_arrived(&[0]).await;
    proxy.cut();
    let mut other = served.coordinator.context(task(2, 1)).unwrap();
    assert_eq!(within(other.barrier_async()).await, Ok(()));
    let (waited, mut cut_off) = within(waits).await.unwrap();
    assert_eq!(waited, Ok(()));
    let both = async { tokio::join!(cut_off.barrier_async(), other.barrier_async()) };
    assert_eq!(within(both).await, (Ok(()), Ok(())));
}

#[tokio::test]
async fn the_answer_of_a_round_that_finished_while_the_connection_was_broken_is_not_lost() {
    let served = Served::with(|builder| builder.reconnect_within(NEVER).lost_after(NEVER));
    let proxy = Proxy::to(served.address).await;
    let client = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut cut_off = client.context(task(2, 0)).unwrap();
    let waits = tokio::spawn(async move { cut_off.all_gather_async("mine").await });
    served.until_arrived(&[0]).await;
    proxy.hold_answers();
    let mut other = served.coordinator.context(task(2, 1)).unwrap();
    let expected: Messages = within(other.all_gather_async("yours")).await.unwrap();
    proxy.cut_and_open();
    assert_eq!(within(waits).await.unwrap(), Ok(expected));
}

#[tokio::test]
async fn a_coordinator_that_was_started_again_is_an_error_and_no_hang() {
    let (old, new) = (Served::start(), Served::start());
    let proxy = Proxy::to(old.address).await;
    let client = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut waits = client.context(task(2, 0)).unwrap();
    let wait = tokio::spawn(async move { waits.barrier_async().await });
    old.until_arrived(&[0]).await;
    proxy.lead_to(new.address);
    let stopped = BarrierError::CoordinatorGone { stage_attempt: gang(), why: Gone::Stopped };
    assert_eq!(within(wait).await.unwrap(), Err(stopped));

    // The client itself goes on, with the new one.
    let mut alone = client.context(task(1, 0)).unwrap();
    assert_eq!(within(alone.barrier_async()).await, Ok(()));
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_again_ends_the_waits() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    let patience = Duration::from_secs(2);
    let client = GrpcCoordinator::builder(proxy.uri()).give_up_after(patience).connect().await.unwrap();
    let mut waits = client.context(task(2, 0)).unwrap();
    let wait = tokio::spawn(async move { waits.barrier_async().await });
    served.until_arrived(&[0]).await;
    proxy.cut_for_good();
    let error = within(wait).await.unwrap().unwrap_err();
    let BarrierError::CoordinatorGone { why: Gone::Unreachable { .. }, .. } = error else {
        panic!("{error}")
    };
}

#[tokio::test]
async fn a_server_that_says_nothing_on_an_open_connection_is_taken_for_gone() {
    let served = Served::with(|builder| builder.lost_after(Duration::from_millis(300)));
    let proxy = Proxy::to(served.address).await;
    let patience = Duration::from_secs(2);
    let client = GrpcCoordinator::builder(proxy.uri()).give_up_after(patience).connect().await.unwrap();
    let mut waits = client.context(task(2, 0)).unwrap();
    proxy.swallow();
    let error = within(waits.barrier_async()).await.unwrap_err();
    let BarrierError::CoordinatorGone { why: Gone::Unreachable { .. }, .. } = error else {
        panic!("{error}")
    };
}

#[tokio::test]
async fn a_client_waits_for_a_server_that_is_not_there_yet() {
    let served = Served::start();
    let proxy = Proxy::to(served.address).await;
    proxy.cut_for_good();
    let connecting = tokio::spawn(GrpcCoordinator::builder(proxy.uri()).connect());
    proxy.lead_to(served.address);
    let client = within(connecting).await.unwrap().unwrap();
    assert_eq!(within(client.context(task(1, 0)).unwrap().barrier_async()).await, Ok(()));
}

#[tokio::test]
async fn waits_fail_when_the_runtime_that_works_for_them_ends() {
    let served = Served::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let uri = served.uri();
    let client = runtime.spawn(async move { GrpcCoordinator::builder(uri).connect().await });
    let client = within(client).await.unwrap().unwrap();
    let mut context = client.context(task(2, 0)).unwrap();
    let wait = tokio::spawn(async move { context.barrier_async().await });
    served.until_arrived(&[0]).await;
    runtime.shutdown_background();
    assert_eq!(within(wait).await.unwrap().unwrap_err().reason(), "coordinator_gone");
}
