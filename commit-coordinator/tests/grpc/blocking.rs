//! Clients of programs of threads.

use std::thread;
use std::time::Duration;

use commit_coordinator::grpc::{CallError, CanCommitError, GrpcCommitDriver, GrpcCommitWorker};
use commit_coordinator::{Completion, DenialReason};
use listener_bus::events::TaskEndReason;

use crate::support::{STAGE, Served, denied, far, granted, task, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_ask_and_are_answered_without_a_runtime_of_theirs() {
    let served = Served::start();
    let uri = served.uri();
    let program = move || {
        let worker =
            GrpcCommitWorker::builder(&uri).executor("threads", "host", 2).connect_blocking().unwrap();
        let driver = GrpcCommitDriver::builder(&uri).connect_blocking().unwrap();
        let permit = granted(worker.can_commit(task(0, 0)).unwrap());
        let waiter = worker.clone();
        let waits = thread::Builder::new().spawn(move || waiter.await_decision(task(0, 1), far())).unwrap();
        assert_eq!(worker.can_commit_all(&[task(0, 0), task(1, 0)]).unwrap().len(), 2);
        assert_eq!(driver.stage_start(STAGE, 9), Ok(false));
        assert_eq!(driver.is_empty(), Ok(false));
        assert_eq!(
            driver.task_completed(task(0, 0), &TaskEndReason::SUCCESS),
            Ok(Completion::Committed(permit))
        );
        let reason = denied(waits.join().unwrap().unwrap());
        assert!(matches!(reason, DenialReason::CommittedBy { .. }), "{reason}");
        assert_eq!(driver.stage_end(STAGE), Ok(true));
        assert_eq!(driver.executor_lost("nobody", "no reason"), Ok(false));
        let other = worker.clone();
        worker.close();
        let error = other.can_commit(task(2, 0)).unwrap_err();
        assert!(matches!(error, CanCommitError::Call(CallError::Closed { .. })), "{error}");
    };
    let thread = tokio::task::spawn_blocking(program);
    within(thread).await.unwrap();
    served.until_executors(&[]).await;
}

#[test]
fn a_client_whose_runtime_is_held_up_is_not_called_closed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let served = runtime.block_on(async { Served::start() });
    let builder = GrpcCommitDriver::builder(served.uri()).give_up_after(Duration::from_secs(1));
    let driver = runtime.block_on(within(builder.connect())).unwrap();
    // Nothing drives the runtime now.
    let error = driver.stage_end(STAGE).unwrap_err();
    let CallError::Unreachable { last, .. } = &error else { panic!("{error}") };
    assert_eq!(&**last, "the runtime of the client is held up");
    drop(runtime);
    assert!(matches!(driver.stage_end(STAGE), Err(CallError::Closed { .. })));
}
