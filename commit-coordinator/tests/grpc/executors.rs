//! Executors elsewhere: registered, missed, told to register again.

use std::time::Duration;

use commit_coordinator::executors::ExecutorRefused;
use commit_coordinator::grpc::v1::commit_worker_client::CommitWorkerClient;
use commit_coordinator::grpc::v1::heartbeat_response::Outcome;
use commit_coordinator::grpc::{CallError, CanCommitError, ConnectError, GrpcCommitWorker, v1};
use commit_coordinator::{DenialReason, OutputCommitCoordinator, UnknownOutcome};
use tonic::transport::Channel;

use crate::proxy::Proxy;
use crate::support::{STAGE, Served, SetUp, denied, granted, task, within};

fn executor(process: u64) -> v1::Executor {
    v1::Executor { executor_id: "bare".to_owned(), process }
}

#[tokio::test]
async fn a_sign_of_life_of_an_unknown_executor_is_answered_with_register_again() {
    let served = Served::start();
    let mut bare = served.bare_worker().await;
    let beat = |process| v1::HeartbeatRequest { executor: Some(executor(process)) };
    let again = Some(Outcome::RegisterAgain(v1::Nothing {}));
    assert_eq!(within(bare.heartbeat(beat(1))).await.unwrap().into_inner().outcome, again);
    let register =
        v1::RegisterExecutorRequest { executor: Some(executor(1)), host: "h".to_owned(), cores: 4 };
    let registered = within(bare.register_executor(register)).await.unwrap().into_inner();
    assert_eq!((registered.beat_every_millis, registered.lost_after_millis), (300_000, 3_600_000));
    let alive = Some(Outcome::Alive(v1::Alive { beat_every_millis: 300_000 }));
    assert_eq!(within(bare.heartbeat(beat(1))).await.unwrap().into_inner().outcome, alive);
    assert_eq!(within(bare.heartbeat(beat(2))).await.unwrap().into_inner().outcome, again);
}

/// On a machine that is busy, the executor may be lost before it asks.
async fn until_granted(bare: &mut CommitWorkerClient<Channel>, ask: v1::CanCommitRequest) {
    loop {
        let register = v1::RegisterExecutorRequest { executor: ask.executor.clone(), ..Default::default() };
        bare.register_executor(register).await.unwrap();
        match bare.can_commit(ask.clone()).await.unwrap().into_inner().outcome {
            Some(v1::can_commit_response::Outcome::Granted(_)) => return,
            Some(v1::can_commit_response::Outcome::ExecutorRefused(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_silent_executor_is_lost_and_the_policy_decides_about_what_it_held() {
    for policy in [UnknownOutcome::AbortStage, UnknownOutcome::Regrant] {
        let is_free = matches!(policy, UnknownOutcome::Regrant);
        let coordinator = OutputCommitCoordinator::builder().unknown_outcome(policy);
        let soon = |builder: commit_coordinator::executors::HeartbeatReceiverBuilder| {
            builder.lost_after(Duration::from_millis(50))
        };
        let served = Served::with(SetUp { coordinator, executors: soon }, |builder| builder);
        let mut bare = served.bare_worker().await;
        let ask = v1::CanCommitRequest {
            task: Some(v1::TaskAttempt { stage_id: STAGE, ..Default::default() }),
            executor: Some(executor(1)),
            wait_millis: 0,
        };
        within(until_granted(&mut bare, ask)).await;
        served.until_executors(&[]).await;
        let other = served.worker().await;
        served.until(|| served.coordinator().snapshot().counts.unknown > 0).await;
        let verdict = within(other.can_commit_async(task(0, 1))).await.unwrap();
        if is_free {
            assert!(granted(verdict).token().get() > 1);
        } else {
            assert!(matches!(denied(verdict), DenialReason::StageAborted { .. }));
        }
    }
}

#[tokio::test]
async fn an_executor_that_lives_is_not_lost() {
    let set_up =
        SetUp { executors: |builder| builder.lost_after(Duration::from_secs(6)), ..SetUp::default() };
    let served = Served::with(set_up, |builder| builder);
    let lively = served.executor("lively").await;
    let mut bare = served.bare_worker().await;
    let register = v1::RegisterExecutorRequest { executor: Some(executor(1)), ..Default::default() };
    within(bare.register_executor(register)).await.unwrap();
    served.until_executors(&["bare", "lively"]).await;
    granted(within(lively.can_commit_async(task(0, 0))).await.unwrap());
    served.until_executors(&["lively"]).await;
    assert_eq!(served.coordinator().snapshot().counts.unknown, 0);
}

#[tokio::test]
async fn an_executor_that_was_removed_is_refused_and_registers_again_for_what_is_to_come() {
    let coordinator = OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant);
    let served = Served::with(SetUp { coordinator, ..SetUp::default() }, |builder| builder);
    let (worker, driver) = (served.executor("e").await, served.driver().await);
    let first = granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    assert_eq!(within(driver.executor_lost_async("e", "its rack burns")).await, Ok(true));
    let error = within(worker.can_commit_async(task(0, 0))).await.unwrap_err();
    let CanCommitError::Executor(ExecutorRefused::Removed { reason, .. }) = &error else { panic!("{error}") };
    assert_eq!(&**reason, "its rack burns");
    served.until_executors(&["e"]).await;
    // The attempt is lost, and another one goes on.
    let reason = denied(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    assert_eq!(reason, DenialReason::AttemptFailed);
    let next = granted(within(worker.can_commit_async(task(0, 1))).await.unwrap());
    assert!(next.token() > first.token());
    assert_eq!(within(driver.executor_lost_async("nobody", "")).await, Ok(false));
}

#[tokio::test]
async fn an_executor_registers_again_with_a_server_that_was_started_again() {
    let before = Served::start();
    let after = Served::start();
    let proxy = Proxy::to(before.address).await;
    let builder = GrpcCommitWorker::builder(proxy.uri()).executor("e", "host", 3);
    let worker = within(builder.connect()).await.unwrap();
    before.until_executors(&["e"]).await;
    proxy.lead_to(after.address);
    granted(within(worker.can_commit_async(task(0, 0))).await.unwrap());
    let executors = after.executors.snapshot();
    assert_eq!(
        (executors[0].executor_id.as_str(), &*executors[0].host, executors[0].cores),
        ("e", "host", 3)
    );
    assert_eq!(executors[0].attempts, 1);
    let many = within(worker.can_commit_all_async(&[task(1, 0), task(2, 0)])).await.unwrap();
    assert_eq!(many.len(), 2);
}

#[tokio::test]
async fn an_executor_that_only_beats_registers_again_with_a_server_that_was_started_again() {
    let set_up =
        || SetUp { executors: |builder| builder.lost_after(Duration::from_secs(15)), ..SetUp::default() };
    let before = Served::with(set_up(), |builder| builder);
    let after = Served::with(set_up(), |builder| builder);
    let proxy = Proxy::to(before.address).await;
    let builder = GrpcCommitWorker::builder(proxy.uri()).executor("e", "host", 3);
    let _worker = within(builder.connect()).await.unwrap();
    proxy.lead_to(after.address);
    after.until_executors(&["e"]).await;
}

#[tokio::test]
async fn another_process_of_the_same_name_is_refused_while_the_first_lives() {
    let served = Served::start();
    let first = served.executor("e").await;
    let permit = granted(within(first.can_commit_async(task(0, 0))).await.unwrap());
    let patient = Duration::from_millis(300);
    let second = GrpcCommitWorker::builder(served.uri()).executor("e", "host", 2).give_up_after(patient);
    let error = within(second.connect()).await.unwrap_err();
    let ConnectError::Call(CallError::NameTaken { message, .. }) = &error else { panic!("{error}") };
    assert!(message.starts_with("another process has the name of executor e and was heard of "), "{message}");
    assert!(
        message.ends_with("use another name, or register again once it has been silent for 900s"),
        "{message}"
    );
    assert_eq!(served.coordinator().snapshot().counts.unknown, 0);
    assert_eq!(granted(within(first.can_commit_async(task(0, 0))).await.unwrap()), permit);
}

#[tokio::test]
async fn a_process_that_was_started_again_is_let_in_once_the_first_is_silent() {
    let set_up = SetUp {
        coordinator: OutputCommitCoordinator::builder().unknown_outcome(UnknownOutcome::Regrant),
        executors: |builder| builder.lost_after(Duration::from_secs(12)),
    };
    let served = Served::with(set_up, |builder| builder);
    let first = served.executor("e").await;
    granted(within(first.can_commit_async(task(0, 0))).await.unwrap());
    // Its signs of life end with it.
    drop(first);
    let second = served.executor("e").await;
    served.until(|| served.coordinator().snapshot().counts.unknown == 1).await;
    granted(within(second.can_commit_async(task(0, 1))).await.unwrap());
}
