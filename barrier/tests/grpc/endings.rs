//! Gangs that are ended from elsewhere, also before anybody has come.

use barrier::grpc::{GrpcCoordinator, v1};
use barrier::{BarrierError, Gone};

use crate::support::{Served, gang, gang_on_the_wire, task, within};

#[tokio::test]
async fn a_task_that_gives_up_before_it_has_met_anybody_ends_the_gang_for_those_who_come_later() {
    let served = Served::start();
    let client = served.client().await;
    let context = client.context(task(2, 0)).unwrap();
    context.abort("bad input");
    drop(context);
    within(client.close()).await;
    let mut later = served.client().await.context(task(2, 1)).unwrap();
    let error = within(later.barrier_async()).await.unwrap_err();
    assert_eq!(
        error.first_cause().to_string(),
        format!("{} was aborted by the task of partition 0: bad input", gang())
    );
}

#[tokio::test]
async fn a_gang_can_be_ended_by_a_call_before_its_tasks_come() {
    let served = Served::start();
    let mut bare = served.bare().await;
    let stage_attempt = Some(gang_on_the_wire());
    let abort = v1::AbortRequest { stage_attempt, partition_id: None, reason: "too late".to_owned() };
    assert!(!within(bare.abort(abort)).await.unwrap().into_inner().was_live);
    let mut later = served.client().await.context(task(2, 1)).unwrap();
    let error = within(later.barrier_async()).await.unwrap_err();
    assert_eq!(error.first_cause().reason(), "aborted");

    let next = v1::StageAttempt { attempt_id: 2, ..gang_on_the_wire() };
    let complete = v1::CompleteStageRequest { stage_attempt: Some(next) };
    assert!(!within(bare.complete_stage(complete)).await.unwrap().into_inner().was_live);
    let mut next = task(2, 1);
    next.stage_attempt.attempt_id = 2.into();
    let mut later = served.client().await.context(next).unwrap();
    let error = within(later.barrier_async()).await.unwrap_err();
    assert_eq!(error.first_cause().reason(), "stage_completed");
}

#[tokio::test]
async fn a_driver_elsewhere_aborts_and_clears() {
    let served = Served::with(|builder| builder.token("t"));
    let client = within(GrpcCoordinator::builder(served.uri()).token("t").connect()).await.unwrap();
    let computes = served.coordinator.context(task(2, 0)).unwrap();
    assert_eq!(within(client.abort(gang(), "no more money")).await, Ok(true));
    let end = within(computes.ended_async()).await;
    assert_eq!(end.to_string(), format!("{} was aborted by the driver: no more money", gang()));
    assert_eq!(within(client.abort(gang(), "again")).await, Ok(false));

    let mut next = task(2, 0);
    next.stage_attempt.attempt_id = 2.into();
    let computes = served.coordinator.context(next.clone()).unwrap();
    assert_eq!(within(client.clear(next.stage_attempt)).await, Ok(true));
    assert_eq!(within(computes.ended_async()).await.reason(), "stage_completed");

    let closed = client.clone();
    within(client.close()).await;
    let gone = BarrierError::CoordinatorGone { stage_attempt: gang(), why: Gone::Stopped };
    assert_eq!(within(closed.clear(gang())).await, Err(gone));
}

#[test]
fn a_driver_of_threads_aborts_and_clears() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let served = runtime.block_on(async { Served::start() });
    let client = GrpcCoordinator::builder(served.uri()).connect_blocking().unwrap();
    let computes = served.coordinator.context(task(2, 0)).unwrap();
    assert_eq!(client.abort_blocking(gang(), "over"), Ok(true));
    assert_eq!(computes.ended().unwrap().reason(), "aborted");
    assert_eq!(client.clear_blocking(gang()), Ok(false));
}

#[tokio::test]
async fn a_driver_is_told_when_the_server_cannot_be_reached() {
    let served = Served::start();
    let patience = std::time::Duration::from_secs(2);
    let client = GrpcCoordinator::builder(served.uri()).give_up_after(patience).connect().await.unwrap();
    assert!(served.stop().await.is_ok());
    let error = within(client.clear(gang())).await.unwrap_err();
    let BarrierError::CoordinatorGone { why: Gone::Unreachable { .. }, .. } = error else {
        panic!("{error}")
    };
}
