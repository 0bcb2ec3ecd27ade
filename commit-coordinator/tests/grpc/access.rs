//! Who is let in.

use std::net::SocketAddr;

use commit_coordinator::OutputCommitCoordinator;
use commit_coordinator::executors::HeartbeatReceiver;
use commit_coordinator::grpc::{
    CallError, CanCommitError, CommitDriverService, CommitServer, CommitWorkerService, ConnectError,
    GrpcCommitDriver, GrpcCommitWorker, ServeError, v1,
};
use commit_coordinator::metrics::UNAUTHENTICATED;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tonic::{Code, Request};

use crate::support::{STAGE, Served, SetUp, granted, task, within};

fn anywhere() -> SocketAddr {
    "0.0.0.0:0".parse().unwrap()
}

fn guarded() -> Served {
    Served::with(SetUp::default(), |builder| {
        builder.worker_token("worker-secret").driver_token("driver-secret")
    })
}

fn receiver() -> HeartbeatReceiver {
    HeartbeatReceiver::builder(&OutputCommitCoordinator::builder().build().unwrap()).build().unwrap()
}

fn is_refused(error: &ConnectError) -> bool {
    matches!(error, ConnectError::Call(CallError::Unauthenticated { .. }))
}

#[tokio::test]
async fn each_service_lets_its_own_token_in_and_no_other_and_counts_who_is_refused() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let served = metrics::with_local_recorder(&recorder, guarded);
    for wrong in [None, Some("driver-secret"), Some("worker-secre"), Some("worker-secret-")] {
        let builder = GrpcCommitWorker::builder(served.uri());
        let builder = wrong.map_or(builder.clone(), |token| builder.token(token));
        let error = within(builder.connect()).await.unwrap_err();
        assert!(is_refused(&error), "{wrong:?}: {error}");
    }
    for wrong in [None, Some("worker-secret"), Some("other-secret")] {
        let builder = GrpcCommitDriver::builder(served.uri());
        let builder = wrong.map_or(builder.clone(), |token| builder.token(token));
        let error = within(builder.connect()).await.unwrap_err();
        assert!(is_refused(&error), "{wrong:?}: {error}");
    }
    let worker = GrpcCommitWorker::builder(served.uri()).token("worker-secret");
    let worker = within(worker.connect()).await.unwrap();
    granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    let driver = GrpcCommitDriver::builder(served.uri()).token("driver-secret");
    let driver = within(driver.connect()).await.unwrap();
    assert_eq!(within(driver.stage_end_async(STAGE)).await, Ok(true));

    let mut refused: Vec<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name() == UNAUTHENTICATED)
        .map(|(key, _, _, value)| {
            (key.key().labels().map(|label| label.value().to_owned()).collect::<Vec<_>>(), value)
        })
        .collect();
    refused.sort_by(|one, other| one.0.cmp(&other.0));
    let counts: Vec<_> =
        refused.into_iter().map(|(labels, value)| (labels.last().cloned().unwrap(), value)).collect();
    assert_eq!(
        counts,
        [("driver".to_owned(), DebugValue::Counter(3)), ("worker".to_owned(), DebugValue::Counter(4))]
    );
}

#[tokio::test]
async fn a_workers_token_is_no_good_for_any_call_of_the_driver() {
    let served = guarded();
    let mut driver = served.bare_driver().await;
    macro_rules! refused {
        ($call:ident, $message:expr) => {
            let mut request = Request::new($message);
            request.metadata_mut().insert("authorization", "Bearer worker-secret".parse().unwrap());
            let status = within(driver.$call(request)).await.unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated, stringify!($call));
        };
    }
    refused!(stage_start, v1::StageStartRequest { stage_id: 99, ..Default::default() });
    refused!(stage_end, v1::StageEndRequest { stage_id: STAGE, ..Default::default() });
    refused!(task_completed, v1::TaskCompletedRequest::default());
    refused!(executor_lost, v1::ExecutorLostRequest { executor_id: "e".to_owned(), reason: String::new() });
    refused!(snapshot, v1::SnapshotRequest {});
    let stages = served.coordinator().snapshot().stages;
    assert_eq!(stages.iter().map(|stage| stage.stage_id.0).collect::<Vec<_>>(), [STAGE]);
}

#[tokio::test]
async fn every_call_of_a_worker_needs_its_token() {
    let served = guarded();
    let mut worker = served.bare_worker().await;
    let executor = Some(v1::Executor { executor_id: "e".to_owned(), process: 1 });
    let codes = [
        within(worker.can_commit(v1::CanCommitRequest::default())).await.unwrap_err().code(),
        within(worker.can_commit_all(v1::CanCommitAllRequest::default())).await.unwrap_err().code(),
        within(worker.register_executor(v1::RegisterExecutorRequest {
            executor: executor.clone(),
            ..Default::default()
        }))
        .await
        .unwrap_err()
        .code(),
        within(worker.heartbeat(v1::HeartbeatRequest { executor: executor.clone() }))
            .await
            .unwrap_err()
            .code(),
        within(worker.leave(v1::LeaveRequest { executor })).await.unwrap_err().code(),
    ];
    assert_eq!(codes, [Code::Unauthenticated; 5]);
    assert_eq!(served.executors.snapshot(), vec![]);
}

#[tokio::test]
async fn an_address_that_others_can_reach_needs_both_tokens() {
    let executors = receiver();
    let builder = || CommitServer::builder(&executors).address(anywhere());
    let refused = builder().bind().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "0.0.0.0:0 is not a loopback address: serving the commit worker service there needs a token"
    );
    let refused = builder().worker_token("w").bind().unwrap_err();
    assert!(
        matches!(refused, ServeError::TokenNeeded { service: "driver", address } if address == anywhere())
    );
    let refused = builder().driver_token("d").bind().unwrap_err();
    assert!(matches!(refused, ServeError::TokenNeeded { service: "worker", .. }));
    assert!(builder().worker_token("w").driver_token("d").bind().is_ok());
}

#[test]
fn a_server_is_on_the_loopback_address_unless_told_otherwise() {
    assert!(CommitServer::builder(&receiver()).bind().unwrap().local_addr().ip().is_loopback());
}

#[test]
fn workers_with_a_token_do_not_leave_the_drivers_door_open() {
    let executors = receiver();
    let refused = CommitServer::builder(&executors).worker_token("w").bind().unwrap_err();
    assert!(matches!(refused, ServeError::DriverTokenMissing), "{refused}");
    let refused =
        CommitServer::builder(&executors).worker_token("same").driver_token("same").bind().unwrap_err();
    assert!(matches!(refused, ServeError::SameToken), "{refused}");
}

#[test]
fn a_token_that_nobody_could_send_is_refused_at_once() {
    let executors = receiver();
    for token in ["", "two words"] {
        assert!(CommitWorkerService::builder(&executors).token(token).build().is_err());
        assert!(CommitDriverService::builder(&executors).token(token).build().is_err());
        assert!(CommitServer::builder(&executors).worker_token(token).driver_token("d").bind().is_err());
    }
    let zero =
        CommitWorkerService::builder(&executors).max_wait(std::time::Duration::ZERO).build().unwrap_err();
    assert_eq!(zero.to_string(), "max_wait of the commit service must be greater than 0");
}

#[tokio::test]
async fn a_service_can_stand_in_a_server_of_ones_own_and_one_that_does_not_is_told_at_once() {
    let executors = receiver();
    executors.coordinator().stage_start(STAGE, 9).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let service = CommitWorkerService::builder(&executors).build().unwrap();
    let server = tonic::transport::Server::builder().add_service(service);
    let serving = tokio::spawn(server.serve_with_incoming(incoming));
    let worker = within(GrpcCommitWorker::builder(&uri).connect()).await.unwrap();
    granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    let refused = within(GrpcCommitDriver::builder(&uri).connect()).await.unwrap_err();
    let is_told = matches!(refused, ConnectError::Call(CallError::Refused { code: Code::Unimplemented, .. }));
    assert!(is_told, "{refused}");
    serving.abort();
}

#[tokio::test]
async fn a_client_that_is_let_in_no_more_is_told_at_once() {
    let (open, shut) = (Served::start(), guarded());
    let proxy = crate::proxy::Proxy::to(open.address).await;
    let worker = within(GrpcCommitWorker::builder(proxy.uri()).connect()).await.unwrap();
    proxy.lead_to(shut.address);
    let error = within(worker.can_commit_async(task(0, 0))).await.unwrap_err();
    assert!(matches!(error, CanCommitError::Call(CallError::Unauthenticated { .. })), "{error}");
}
