//! A signal ends the program; whoever waits is told.

use std::future::pending;
use std::pin::pin;

use barrier::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;
use barrier::grpc::v1::sync_response::Outcome;
use barrier::grpc::v1::{HeartbeatRequest, SyncRequest, SyncResponse};
use barrier::{BarrierError, Gone};
use nix::sys::signal::Signal;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::tokio_stream;
use tonic::transport::Channel;

use super::program::{PATIENCE, Program};
use super::waiters::{client, participant, runtime, task, wait_in_call, wait_in_session};

#[test]
fn a_signal_answers_all_who_wait_and_the_program_ends_well() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let program = Program::start(&[]);
        let threads = client(&program).connect_blocking().expect("it serves");
        let in_session = wait_in_session(&threads, task(0, 3));
        let in_call = wait_in_call(&program, &task(1, 3));
        program.wait_for_metric(r#"barrier_waiting_tasks{coordinator="barrier"} 2"#);
        program.signal(signal);
        let error = in_session.recv_timeout(PATIENCE).expect("it is answered").expect_err("nobody has come");
        assert!(matches!(error, BarrierError::CoordinatorGone { why: Gone::Stopped, .. }), "{error:?}");
        match in_call.recv_timeout(PATIENCE).expect("it is answered").outcome {
            Some(Outcome::Failure(failure)) => assert_eq!(failure.reason, "coordinator_gone"),
            other => panic!("{other:?}"),
        }
        let ended = program.ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let told = format!("stopping on {signal}: all who wait are told gangs=1 waiting=2");
        assert!(ended.log.iter().any(|line| line.contains(&told)), "{ended:?}");
    }
}

#[test]
fn a_program_that_nobody_uses_ends_well() {
    let program = Program::start(&["--metrics", "off"]);
    program.signal(Signal::SIGTERM);
    let ended = program.ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.log.len(), 2, "{ended:?}");
}

#[test]
fn a_second_signal_ends_the_program_whatever_its_connections_do() {
    let mut program = Program::start(&["--stop-within", "1h"]);
    let uri = program.uri().to_owned();
    let ended = with_endless_call(&uri, || {
        program.signal(Signal::SIGTERM);
        program.wait_for_log("stopping on SIGTERM");
        program.signal(Signal::SIGINT);
        program.ended()
    });
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let told = "coordinator: error: ended by a second signal, SIGINT, before all connections had ended";
    // What still runs may log behind it.
    assert!(ended.log.iter().any(|line| line == told), "{ended:?}");
}

#[test]
fn connections_that_do_not_end_in_time_are_left_behind() {
    let program = Program::start(&["--stop-within", "1ms"]);
    let uri = program.uri().to_owned();
    let ended = with_endless_call(&uri, || {
        program.signal(Signal::SIGTERM);
        program.ended()
    });
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.log.iter().any(|line| line.contains("did not end in time and are left behind")),
        "{ended:?}"
    );
}

/// Does this while a connection has a call that goes on for ever.
fn with_endless_call<T>(uri: &str, work: impl FnOnce() -> T) -> T {
    runtime().block_on(async {
        let channel = Channel::from_shared(uri.to_owned()).expect("it is an address");
        let channel = channel.connect().await.expect("it serves");
        let mut endless = pin!(endless_call(channel.clone()));
        let request = HeartbeatRequest { participant: Some(participant(&task(0, 1))) };
        let mut client = BarrierCoordinatorClient::new(channel);
        // It is answered after the server has taken the call before it, which is of the same connection.
        tokio::select! {
            biased;
            () = &mut endless => unreachable!("it has no end"),
            answer = client.heartbeat(request) => drop(answer.expect("it answers")),
        }
        work()
    })
}

/// A call of `Sync` whose request never comes.
async fn endless_call(channel: Channel) {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.expect("it is connected");
    let path = PathAndQuery::from_static("/barrier.v1.BarrierCoordinator/Sync");
    let codec = tonic_prost::ProstCodec::<SyncRequest, SyncResponse>::default();
    let requests = tokio_stream::pending::<SyncRequest>();
    drop(client.client_streaming(tonic::Request::new(requests), path, codec).await);
    pending::<()>().await;
}
