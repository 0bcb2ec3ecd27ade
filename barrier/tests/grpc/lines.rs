//! Lines that go silent, die young or are refused, and servers that are newer or set up strangely.

use std::time::Duration;

use barrier::grpc::GrpcCoordinator;
use barrier::grpc::v1;
use barrier::grpc::v1::session_request::Request as Ask;
use barrier::grpc::v1::session_response::Response as Tell;
use barrier::grpc::v1::sync_response::Outcome;
use barrier::{BarrierError, Gone, Silence};
use tonic::Status;

use crate::fake::{Fake, beat, welcome};
use crate::proxy::Proxy;
use crate::support::{NEVER, Served, arrival, gang, gang_on_the_wire, task, uri, within};

/// Signs of life are not what these tests are about.
const SELDOM: u64 = 60_000;

fn released(arrival: &v1::Arrival) -> Tell {
    let stage_attempt = Some(gang_on_the_wire());
    let (epoch, kind) = (arrival.epoch, arrival.kind);
    Tell::Released(v1::Released { stage_attempt, epoch, kind, ..v1::Released::default() })
}

#[tokio::test]
async fn a_client_leaves_a_silent_line_in_time_for_another_one() {
    // The server finds the line dead after 4 seconds, and waits for 1.5 more; the client is to be back after 3.
    let served = Served::with(|builder| {
        builder.lost_after(Duration::from_secs(6)).reconnect_within(Duration::from_millis(1_500))
    });
    let proxy = Proxy::to(served.address).await;
    let client = GrpcCoordinator::builder(proxy.uri()).connect().await.unwrap();
    let mut moves = client.context(task(2, 0)).unwrap();
    let mut other = served.coordinator.context(task(2, 1)).unwrap();
    let both = async { tokio::join!(moves.barrier_async(), other.barrier_async()) };
    assert_eq!(within(both).await, (Ok(()), Ok(())));
    proxy.silence();
    let both = async { tokio::join!(moves.barrier_async(), other.barrier_async()) };
    assert_eq!(within(both).await, (Ok(()), Ok(())));
}

#[tokio::test]
async fn a_server_whose_sessions_die_young_is_given_up() {
    let too_large = || Status::resource_exhausted("too large for what stands in between");
    let address = Fake::serve(move |_, ask| match ask {
        None => vec![Ok(welcome(SELDOM)), Err(too_large())],
        Some(_) => vec![],
    });
    let builder = GrpcCoordinator::builder(uri(address.await)).give_up_after(Duration::from_secs(2));
    let mut waits = within(builder.connect()).await.unwrap().context(task(2, 0)).unwrap();
    let error = within(waits.barrier_async()).await.unwrap_err();
    let BarrierError::CoordinatorGone { why: Gone::Unreachable { last, .. }, .. } = &error else {
        panic!("{error}")
    };
    assert!(last.contains("too large for what stands in between"), "{last}");
}

#[tokio::test]
async fn a_refusal_ends_nothing_when_the_server_has_let_the_client_in_before() {
    let address = Fake::serve(|session, ask| match (session, ask) {
        (1, None) => vec![Err(Status::permission_denied("not before I am up"))],
        (_, None) => vec![Ok(welcome(SELDOM))],
        (0, Some(Ask::Arrival(_))) => vec![Err(Status::unavailable("bye"))],
        (_, Some(Ask::Arrival(arrival))) => vec![Ok(released(arrival))],
        (_, ask) => beat(ask),
    });
    let client = within(GrpcCoordinator::builder(uri(address.await)).connect()).await.unwrap();
    let mut context = client.context(task(2, 0)).unwrap();
    assert_eq!(within(context.barrier_async()).await, Ok(()));
}

#[tokio::test]
async fn a_failure_of_a_newer_server_ends_the_gang_only_if_the_server_says_so() {
    let refused = |arrival: &v1::Arrival, is_fatal: bool| {
        let failure = v1::Failure { reason: "full_moon".to_owned(), is_fatal, ..v1::Failure::default() };
        Tell::Refused(v1::Refused {
            stage_attempt: Some(gang_on_the_wire()),
            partition_id: 0,
            epoch: Some(arrival.epoch),
            failure: Some(failure),
        })
    };
    let address = Fake::serve(move |_, ask| match ask {
        None => vec![Ok(welcome(SELDOM))],
        Some(Ask::Arrival(arrival)) if arrival.kind() == v1::SyncKind::Barrier => vec![Ok(released(arrival))],
        Some(Ask::Arrival(arrival)) => vec![Ok(refused(arrival, arrival.epoch > 0))],
        ask => beat(ask),
    });
    let client = within(GrpcCoordinator::builder(uri(address.await)).connect()).await.unwrap();
    let mut context = client.context(task(2, 0)).unwrap();
    let error = within(context.all_gather_async("x")).await.unwrap_err();
    assert!(error.to_string().contains("full_moon"), "{error}");
    assert_eq!(context.ended(), None);
    assert_eq!(within(context.barrier_async()).await, Ok(()));
    let fatal = within(context.all_gather_async("x")).await.unwrap_err();
    assert_eq!(context.ended(), Some(fatal));
}

#[tokio::test]
async fn a_server_can_be_as_patient_as_time_goes() {
    let for_ever = Duration::MAX;
    let served = Served::with(|builder| {
        builder.lost_after(for_ever).reconnect_within(for_ever).max_wait(for_ever).stop_within(for_ever)
    });
    let mut alone = served.client().await.context(task(2, 0)).unwrap();
    let mut bare = served.bare().await;
    let call = bare.sync(v1::SyncRequest { arrival: Some(arrival(2, 1)), wait_millis: u64::MAX });
    let (waited, answer) = within(async { tokio::join!(alone.barrier_async(), call) }).await;
    assert_eq!(waited, Ok(()));
    let answer = answer.unwrap().into_inner().outcome;
    assert_eq!(answer, Some(Outcome::Released(v1::Messages::default())));
    assert!(served.stop().await.is_ok());
}

#[tokio::test]
async fn a_host_that_vanishes_while_it_waits_in_a_call_is_missed() {
    let soon = Duration::from_millis(100);
    let served = Served::with(|builder| builder.reconnect_within(soon).lost_after(soon));
    let proxy = Proxy::to(served.address).await;
    let mut bare =
        v1::barrier_coordinator_client::BarrierCoordinatorClient::connect(proxy.uri()).await.unwrap();
    let computes = served.coordinator.context(task(2, 1)).unwrap();
    let wait_millis = u64::try_from(NEVER.as_millis()).unwrap();
    let request = v1::SyncRequest { arrival: Some(arrival(2, 0)), wait_millis };
    let call = tokio::spawn(async move { bare.sync(request).await });
    served.until_arrived(&[0]).await;
    proxy.swallow();
    let silence = Silence::Disconnected;
    let lost = BarrierError::TaskLost { stage_attempt: gang(), partition: 0.into(), silence, within: soon };
    assert_eq!(within(computes.ended_async()).await, lost);
    call.abort();
}
