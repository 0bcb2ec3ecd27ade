//! Programs of threads.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use barrier::BarrierError;
use barrier::grpc::v1;
use barrier::grpc::{BarrierServerBuilder, GrpcCoordinator};
use crossbeam::channel::bounded;

use crate::support::{NEVER, Served, arrival, gang, task, within};

/// A server with a runtime of its own, on threads of its own.
fn served(
    set_up: impl FnOnce(BarrierServerBuilder) -> BarrierServerBuilder,
) -> (tokio::runtime::Runtime, Served) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let served = runtime.block_on(async { Served::with(set_up) });
    (runtime, served)
}

#[test]
fn tasks_that_are_threads_meet_over_connections_of_their_own() {
    let (_runtime, served) = served(|builder| builder);
    let uri: Arc<str> = served.uri().into();
    let (done, ended) = bounded(3);
    for partition in 0..3 {
        let (uri, done) = (Arc::clone(&uri), done.clone());
        let work = move || {
            let client = GrpcCoordinator::builder(&*uri).connect_blocking().unwrap();
            let mut context = client.join_blocking(task(3, partition), format!("host-{partition}")).unwrap();
            context.barrier().unwrap();
            let texts = context.all_gather_text(format!("{partition}")).unwrap();
            done.send((texts, context.task_infos().len())).unwrap();
        };
        thread::Builder::new().spawn(work).unwrap();
    }
    for _ in 0..3 {
        let (texts, addresses) = ended.recv_timeout(NEVER).unwrap();
        assert_eq!((texts.concat().as_str(), addresses), ("012", 3));
    }
}

#[test]
fn a_task_whose_context_was_dropped_has_left_and_is_not_missed() {
    let (runtime, served) = served(|builder| builder.reconnect_within(Duration::from_millis(100)));
    let client = || GrpcCoordinator::builder(served.uri()).connect_blocking().unwrap();
    let leaves = client().context(task(2, 0)).unwrap();
    let mut watches = served.coordinator.context(task(2, 1)).unwrap();
    let (done, ended) = bounded(1);
    let work = move || {
        let mut leaves = leaves;
        leaves.barrier().unwrap();
        // The last of its client to go: returns once the server knows that it has left.
        drop(leaves);
        done.send(()).unwrap();
    };
    thread::Builder::new().spawn(work).unwrap();
    watches.barrier().unwrap();
    ended.recv_timeout(NEVER).unwrap();

    // Another one is missed, much later; had the first one been, it would be the one that is named.
    let mut bare = runtime.block_on(served.bare());
    let mut request = Box::pin(bare.sync(v1::SyncRequest {
        arrival: Some(v1::Arrival { epoch: 1, ..arrival(2, 1) }),
        wait_millis: 20_000,
    }));
    runtime.block_on(async {
        tokio::select! {
            answer = &mut request => panic!("nobody else comes: {answer:?}"),
            () = served.until_arrived(&[1]) => {}
        }
    });
    drop(request);
    let BarrierError::TaskLost { partition, .. } = runtime.block_on(within(watches.ended_async())) else {
        panic!()
    };
    assert_eq!(partition.0, 1);
}

#[test]
fn a_thread_that_waits_is_told_when_the_stage_is_completed() {
    let (_runtime, served) = served(|builder| builder);
    let client = GrpcCoordinator::builder(served.uri()).connect_blocking().unwrap();
    let mut context = client.context(task(2, 0)).unwrap();
    let (done, ended) = bounded(1);
    let work = move || done.send(context.barrier()).unwrap();
    thread::Builder::new().spawn(work).unwrap();
    let clear = || served.coordinator.clear(gang());
    while served.coordinator.snapshot().gangs.iter().all(|gang| gang.arrived.as_slice().is_empty()) {
        thread::yield_now();
    }
    assert!(clear());
    let told = ended.recv_timeout(NEVER).unwrap();
    assert_eq!(told, Err(BarrierError::StageCompleted { stage_attempt: gang() }));
}
