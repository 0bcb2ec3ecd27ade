//! A client that is gone fails the gangs of its tasks.

use std::time::Duration;

use barrier::grpc::GrpcCoordinator;
use barrier::grpc::v1::session_request::Request as Ask;
use barrier::{BarrierError, BarrierTaskContext, Silence};

use crate::bare::BareSession;
use crate::proxy::Proxy;
use crate::support::{NEVER, Served, gang, participant, task, within};

const SOON: Duration = Duration::from_millis(100);

fn lost(partition: i32, silence: Silence, within: Duration) -> BarrierError {
    BarrierError::TaskLost { stage_attempt: gang(), partition: partition.into(), silence, within }
}

/// Both tasks of a gang meet once, so that the server knows them.
async fn meet(one: &mut BarrierTaskContext, other: &mut BarrierTaskContext) {
    let both = async { tokio::join!(one.barrier_async(), other.barrier_async()) };
    assert_eq!(within(both).await, (Ok(()), Ok(())));
}

#[tokio::test]
async fn a_task_whose_connection_breaks_and_that_does_not_come_back_fails_its_gang() {
    let served = Served::with(|builder| builder.reconnect_within(SOON).lost_after(NEVER));
    let proxy = Proxy::to(served.address).await;
    let killed = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut gone = killed.context(task(2, 1)).unwrap();
    let mut waits = served.client().await.context(task(2, 0)).unwrap();
    meet(&mut gone, &mut waits).await;
    proxy.cut_for_good();
    assert_eq!(
        within(waits.barrier_async()).await.unwrap_err().first_cause(),
        &lost(1, Silence::Disconnected, SOON)
    );
}

#[tokio::test]
async fn a_task_that_waits_is_missed_as_well_when_its_connection_breaks() {
    let served = Served::with(|builder| builder.reconnect_within(SOON).lost_after(NEVER));
    let proxy = Proxy::to(served.address).await;
    let killed = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut gone = killed.context(task(2, 1)).unwrap();
    let computes = served.client().await.context(task(2, 0)).unwrap();
    let waits = tokio::spawn(async move { gone.barrier_async().await });
    served.until_arrived(&[1]).await;
    proxy.cut_for_good();
    assert_eq!(within(computes.ended_async()).await, lost(1, Silence::Disconnected, SOON));
    waits.abort();
}

#[tokio::test]
async fn a_task_that_is_silent_on_an_open_connection_fails_its_gang() {
    let served = Served::with(|builder| builder.lost_after(SOON).reconnect_within(NEVER));
    let computes = served.coordinator.context(task(2, 0)).unwrap();
    let silent = BareSession::open(&served).await;
    silent.ask(Ask::Attend(participant(2, 1))).await;
    assert_eq!(within(computes.ended_async()).await, lost(1, Silence::NoHeartbeat, SOON));
}

#[tokio::test]
async fn a_task_whose_host_is_frozen_fails_its_gang() {
    // Long enough for both to meet, whatever else this machine does.
    let silence = Duration::from_secs(3);
    let served = Served::with(|builder| builder.lost_after(silence).reconnect_within(SOON));
    let proxy = Proxy::to(served.address).await;
    let frozen = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut silent = frozen.context(task(2, 1)).unwrap();
    // In the server's own process, so that only the other one can be missed.
    let mut waits = served.coordinator.context(task(2, 0)).unwrap();
    meet(&mut silent, &mut waits).await;
    proxy.swallow();
    let error = within(waits.barrier_async()).await.unwrap_err();
    let BarrierError::TaskLost { partition, .. } = error else { panic!("{error}") };
    assert_eq!(partition.0, 1);
}

#[tokio::test]
async fn a_task_that_has_left_is_not_missed_when_its_connection_breaks() {
    let served = Served::with(|builder| builder.reconnect_within(SOON).lost_after(NEVER));
    let proxy = Proxy::to(served.address).await;
    let both = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut leaves = both.context(task(2, 0)).unwrap();
    let mut stays = both.context(task(2, 1)).unwrap();
    meet(&mut leaves, &mut stays).await;
    drop(leaves);
    // What is said on a connection is heard in order: after this, the server knows that the other has left.
    let mut waits = Box::pin(stays.barrier_async());
    tokio::select! {
        waited = &mut waits => panic!("nobody else comes: {waited:?}"),
        () = served.until_arrived(&[1]) => {}
    }
    proxy.cut_for_good();
    let watches = served.coordinator.context(task(2, 0)).unwrap();
    assert_eq!(within(watches.ended_async()).await, lost(1, Silence::Disconnected, SOON));
}
