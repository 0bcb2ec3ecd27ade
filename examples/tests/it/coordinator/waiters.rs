//! Clients whose tasks wait for a task that does not come.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use barrier::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;
use barrier::grpc::v1::{Arrival, Participant, SyncKind, SyncRequest, SyncResponse};
use barrier::grpc::{GrpcCoordinator, GrpcCoordinatorBuilder};
use barrier::{BarrierError, BarrierTask, StageAttempt};
use tokio::runtime::{Builder, Runtime};

use super::program::{PATIENCE, Program};

/// A client of threads.
pub(crate) fn client(program: &Program) -> GrpcCoordinatorBuilder {
    GrpcCoordinator::builder(program.uri()).give_up_after(PATIENCE)
}

pub(crate) fn task(partition: i32, num_tasks: usize) -> BarrierTask {
    BarrierTask::new(StageAttempt::new(7, 1), num_tasks, partition, i64::from(partition))
}

/// Calls `barrier` for this task; its outcome comes once it has one.
pub(crate) fn wait_in_session(
    client: &GrpcCoordinator,
    task: BarrierTask,
) -> Receiver<Result<(), BarrierError>> {
    let mut context = client.context(task).expect("the gang lives");
    let (outcome, outcomes) = sync_channel(1);
    let wait = move || outcome.send(context.barrier()).expect("the test waits for it");
    thread::Builder::new().name("waiter".to_owned()).spawn(wait).expect("there is room for a thread");
    outcomes
}

/// Calls `Sync` for this task, as a program in another language does; its answer comes once there is one.
pub(crate) fn wait_in_call(program: &Program, task: &BarrierTask) -> Receiver<SyncResponse> {
    let (uri, request) = (program.uri().to_owned(), sync(task, 0));
    let (answer, answers) = sync_channel(1);
    let wait = move || {
        let answered = runtime().block_on(async {
            let mut client = BarrierCoordinatorClient::connect(uri).await.expect("it serves");
            client.sync(request).await.expect("it answers").into_inner()
        });
        answer.send(answered).expect("the test waits for it");
    };
    thread::Builder::new().name("waiter".to_owned()).spawn(wait).expect("there is room for a thread");
    answers
}

/// The request of a task that calls `barrier` and is ready to wait for as long as it may.
pub(crate) fn sync(task: &BarrierTask, epoch: u64) -> SyncRequest {
    let arrival = Arrival {
        participant: Some(participant(task)),
        epoch,
        kind: SyncKind::Barrier.into(),
        ..Arrival::default()
    };
    SyncRequest { arrival: Some(arrival), wait_millis: u64::MAX }
}

pub(crate) fn participant(task: &BarrierTask) -> Participant {
    Participant {
        stage_attempt: Some(barrier::grpc::v1::StageAttempt {
            stage_id: task.stage_attempt.stage_id.0,
            attempt_id: task.stage_attempt.attempt_id.0,
        }),
        num_tasks: u64::try_from(task.num_tasks).expect("it is small"),
        partition_id: task.partition_id.0,
        task_attempt_id: task.task_attempt_id.0,
    }
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("there is room for a runtime")
}
