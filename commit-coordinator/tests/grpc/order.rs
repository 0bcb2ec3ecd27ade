//! A call about a stage that arrives late, when a later one has been applied, changes nothing.

use std::sync::{Arc, Mutex};

use commit_coordinator::grpc::v1;
use commit_coordinator::grpc::v1::commit_driver_server::{CommitDriver, CommitDriverServer};
use commit_coordinator::grpc::{CallError, GrpcCommitDriver};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};

use crate::support::{STAGE, Served, granted, task, uri, within};

fn start(sequence: u64) -> v1::StageStartRequest {
    v1::StageStartRequest { stage_id: STAGE, max_partition_id: 9, driver: 77, sequence }
}

fn end(sequence: u64) -> v1::StageEndRequest {
    v1::StageEndRequest { stage_id: STAGE, driver: 77, sequence }
}

fn assert_late<T: std::fmt::Debug>(answer: Result<T, Status>) {
    let status = answer.unwrap_err();
    let words = format!("superseded by a later call about stage {STAGE}");
    assert_eq!((status.code(), status.message()), (Code::FailedPrecondition, words.as_str()));
}

#[tokio::test]
async fn an_end_that_arrives_after_the_next_start_does_not_wipe_the_stage() {
    let served = Served::start();
    let mut driver = served.bare_driver().await;
    assert!(within(driver.stage_end(end(1))).await.unwrap().into_inner().was_there);
    within(driver.stage_start(start(2))).await.unwrap();
    let permit = granted(served.coordinator().can_commit(task(0, 0)));
    assert_late(within(driver.stage_end(end(1))).await);
    assert_eq!(granted(served.coordinator().can_commit(task(0, 0))), permit);
    assert_eq!(served.coordinator().snapshot().counts.granted, 1);
    assert!(within(driver.stage_end(end(3))).await.unwrap().into_inner().was_there);
}

#[tokio::test]
async fn a_start_that_arrives_after_the_end_makes_no_stage() {
    let served = Served::start();
    let mut driver = served.bare_driver().await;
    within(driver.stage_start(start(1))).await.unwrap();
    within(driver.stage_end(end(2))).await.unwrap();
    assert_late(within(driver.stage_start(start(1))).await);
    assert!(served.coordinator().is_empty());
    // The same once more is no harm.
    assert!(!within(driver.stage_end(end(2))).await.unwrap().into_inner().was_there);
}

#[tokio::test]
async fn calls_without_an_order_are_applied_whenever_they_arrive() {
    let served = Served::start();
    let mut driver = served.bare_driver().await;
    within(driver.stage_start(start(5))).await.unwrap();
    let unordered = v1::StageEndRequest { stage_id: STAGE, ..Default::default() };
    assert!(within(driver.stage_end(unordered)).await.unwrap().into_inner().was_there);
}

/// A server that is not there for the first call about a stage, and notes the places of all.
#[derive(Clone, Default)]
struct Noting {
    places: Arc<Mutex<Vec<(u64, u64)>>>,
}

impl Noting {
    fn note(&self, driver: u64, sequence: u64) -> Result<(), Status> {
        let mut places = self.places.lock().unwrap();
        places.push((driver, sequence));
        match places.len() {
            1 => Err(Status::unavailable("on purpose")),
            2 | 3 => Ok(()),
            _ => Err(Status::failed_precondition("on purpose")),
        }
    }
}

#[tonic::async_trait]
impl CommitDriver for Noting {
    async fn stage_start(
        &self,
        request: Request<v1::StageStartRequest>,
    ) -> Result<Response<v1::StageStartResponse>, Status> {
        self.note(request.get_ref().driver, request.get_ref().sequence)?;
        let outcome = Some(v1::stage_start_response::Outcome::Started(v1::Nothing {}));
        Ok(Response::new(v1::StageStartResponse { outcome }))
    }

    async fn stage_end(
        &self,
        request: Request<v1::StageEndRequest>,
    ) -> Result<Response<v1::StageEndResponse>, Status> {
        self.note(request.get_ref().driver, request.get_ref().sequence)?;
        Ok(Response::new(v1::StageEndResponse { was_there: true }))
    }

    async fn task_completed(
        &self,
        _: Request<v1::TaskCompletedRequest>,
    ) -> Result<Response<v1::TaskCompletedResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn executor_lost(
        &self,
        _: Request<v1::ExecutorLostRequest>,
    ) -> Result<Response<v1::ExecutorLostResponse>, Status> {
        Err(Status::unimplemented(""))
    }

    async fn snapshot(
        &self,
        _: Request<v1::SnapshotRequest>,
    ) -> Result<Response<v1::SnapshotResponse>, Status> {
        Ok(Response::new(v1::SnapshotResponse::default()))
    }
}

#[tokio::test]
async fn a_client_numbers_its_calls_and_a_call_that_is_made_again_keeps_its_number() {
    let noting = Noting::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = CommitDriverServer::new(noting.clone());
    tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
    let driver = within(GrpcCommitDriver::builder(uri(address)).connect()).await.unwrap();
    assert_eq!(within(driver.stage_start_async(1, 0)).await, Ok(true));
    assert_eq!(within(driver.clone().stage_end_async(1)).await, Ok(true));
    let late = within(driver.stage_end_async(1)).await.unwrap_err();
    assert!(matches!(late, CallError::Superseded { .. }), "{late}");
    let places = noting.places.lock().unwrap().clone();
    let drivers: Vec<_> = places.iter().map(|(driver, _)| *driver).collect();
    assert!(drivers[0] != 0 && drivers.iter().all(|driver| *driver == drivers[0]), "{drivers:?}");
    assert_eq!(places.iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>(), [1, 1, 2, 3]);
}
