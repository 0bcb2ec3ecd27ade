//! Who is let in.

use std::net::SocketAddr;

use barrier::BarrierCoordinator;
use barrier::grpc::{BarrierServer, BarrierService, ConnectError, GrpcCoordinator, ServeError};
use barrier::metrics::UNAUTHENTICATED;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tonic::{Code, Request};

use crate::support::{Served, gang_on_the_wire, task, within};
use barrier::grpc::v1;

fn anywhere() -> SocketAddr {
    "0.0.0.0:0".parse().unwrap()
}

#[tokio::test]
async fn the_right_token_lets_in_and_a_wrong_or_missing_one_is_refused_and_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let served =
        metrics::with_local_recorder(&recorder, || Served::with(|builder| builder.token("open-sesame")));

    let connect = |token: Option<&str>| {
        let builder = GrpcCoordinator::builder(served.uri());
        let builder = match token {
            Some(token) => builder.token(token),
            None => builder,
        };
        within(builder.connect())
    };
    for wrong in [None, Some("open-sesam"), Some("open-sesamf"), Some("open-sesame-")] {
        let error = connect(wrong).await.unwrap_err();
        assert!(matches!(error, ConnectError::Unauthenticated { .. }), "{wrong:?}: {error}");
    }
    let client = connect(Some("open-sesame")).await.unwrap();
    assert_eq!(within(client.context(task(1, 0)).unwrap().barrier_async()).await, Ok(()));

    let refused =
        snapshotter.snapshot().into_vec().into_iter().find(|(key, ..)| key.key().name() == UNAUTHENTICATED);
    let (_, _, _, count) = refused.unwrap();
    assert_eq!(count, DebugValue::Counter(4));
}

#[tokio::test]
async fn every_call_needs_the_token() {
    let served = Served::with(|builder| builder.token("open-sesame"));
    let mut client = served.bare().await;
    let complete = || v1::CompleteStageRequest { stage_attempt: Some(gang_on_the_wire()) };
    let refused = within(client.complete_stage(complete())).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let mut request = Request::new(complete());
    request.metadata_mut().insert("authorization", "bearer open-sesame".parse().unwrap());
    assert!(within(client.complete_stage(request)).await.is_ok());
}

#[test]
fn an_address_that_others_can_reach_needs_a_token() {
    let coordinator = BarrierCoordinator::builder().build().unwrap();
    let refused = BarrierServer::builder(coordinator.clone()).address(anywhere()).bind().unwrap_err();
    assert!(matches!(refused, ServeError::TokenNeeded { address } if address == anywhere()));
    assert_eq!(
        refused.to_string(),
        "0.0.0.0:0 is not a loopback address: serving the barrier coordinator there needs a token"
    );
    assert!(BarrierServer::builder(coordinator).address(anywhere()).token("s").bind().is_ok());
}

#[test]
fn a_server_is_on_the_loopback_address_unless_told_otherwise() {
    let coordinator = BarrierCoordinator::builder().build().unwrap();
    assert!(BarrierServer::builder(coordinator).bind().unwrap().local_addr().ip().is_loopback());
}

#[test]
fn a_token_that_nobody_could_send_is_refused_at_once() {
    let coordinator = BarrierCoordinator::builder().build().unwrap();
    for (token, words) in
        [("", "the token is empty"), ("two words", "the token has other characters than visible ASCII ones")]
    {
        let refused = BarrierService::builder(coordinator.clone()).token(token).build().unwrap_err();
        assert_eq!(std::error::Error::source(&refused).unwrap().to_string(), words);
    }
}

#[tokio::test]
async fn the_service_can_stand_in_a_server_of_ones_own() {
    let coordinator = BarrierCoordinator::builder().build().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let server = tonic::transport::Server::builder().add_service(BarrierService::new(coordinator));
    let serving = tokio::spawn(server.serve_with_incoming(incoming));
    let client = within(GrpcCoordinator::builder(format!("http://{address}")).connect()).await.unwrap();
    assert_eq!(within(client.context(task(1, 0)).unwrap().barrier_async()).await, Ok(()));
    serving.abort();
}
