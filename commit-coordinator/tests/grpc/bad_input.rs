//! What makes no sense is refused with the name of the field, and changes nothing.

use commit_coordinator::grpc::v1;
use tonic::{Code, Status};

use crate::support::{STAGE, Served, within};

fn assert_blames<T: std::fmt::Debug>(answer: Result<T, Status>, words: &str) {
    let status = answer.expect_err(words);
    assert_eq!((status.code(), status.message()), (Code::InvalidArgument, words));
}

fn executor(id: &str) -> v1::Executor {
    v1::Executor { executor_id: id.to_owned(), process: 0 }
}

#[tokio::test]
async fn requests_of_workers_that_make_no_sense_name_the_field() {
    let served = Served::start();
    let mut worker = served.bare_worker().await;
    let task = Some(v1::TaskAttempt { stage_id: STAGE, ..Default::default() });
    let long = "x".repeat(257);
    let none = v1::CanCommitRequest::default();
    assert_blames(within(worker.can_commit(none)).await, "task is missing");
    for (id, words) in [
        ("", "executor.executor_id is missing"),
        (long.as_str(), "executor.executor_id is longer than 256 bytes"),
    ] {
        let ask = v1::CanCommitRequest { task, executor: Some(executor(id)), wait_millis: 0 };
        assert_blames(within(worker.can_commit(ask)).await, words);
        let all = v1::CanCommitAllRequest { tasks: vec![], executor: Some(executor(id)) };
        assert_blames(within(worker.can_commit_all(all)).await, words);
        let register =
            v1::RegisterExecutorRequest { executor: Some(executor(id)), host: "h".to_owned(), cores: 1 };
        assert_blames(within(worker.register_executor(register)).await, words);
        assert_blames(
            within(worker.heartbeat(v1::HeartbeatRequest { executor: Some(executor(id)) })).await,
            words,
        );
        assert_blames(within(worker.leave(v1::LeaveRequest { executor: Some(executor(id)) })).await, words);
    }
    let missing = "executor is missing";
    assert_blames(within(worker.register_executor(v1::RegisterExecutorRequest::default())).await, missing);
    assert_blames(within(worker.heartbeat(v1::HeartbeatRequest::default())).await, missing);
    assert_blames(within(worker.leave(v1::LeaveRequest::default())).await, missing);
    let host = "h".repeat(4097);
    let register = v1::RegisterExecutorRequest { executor: Some(executor("e")), host, cores: 1 };
    assert_blames(within(worker.register_executor(register)).await, "host is longer than 4096 bytes");
    let tasks = vec![v1::TaskAttempt::default(); 10_001];
    let many = v1::CanCommitAllRequest { tasks, executor: None };
    assert_blames(within(worker.can_commit_all(many)).await, "tasks are more than 10000");
    let counts = served.coordinator().snapshot().counts;
    assert_eq!((counts.granted, counts.denied), (0, vec![]));
    assert_eq!(served.executors.snapshot(), vec![]);
}

#[tokio::test]
async fn requests_of_drivers_that_make_no_sense_name_the_field() {
    let served = Served::start();
    let mut driver = served.bare_driver().await;
    let task = Some(v1::TaskAttempt { stage_id: STAGE, ..Default::default() });
    let success = v1::TaskEndKind::Success.into();
    let ended =
        |task, kind, details: &str| v1::TaskCompletedRequest { task, kind, details: details.to_owned() };
    assert_blames(within(driver.task_completed(ended(None, success, ""))).await, "task is missing");
    for kind in [0, 10, -1, i32::MAX] {
        let words = "kind is missing or not known";
        assert_blames(within(driver.task_completed(ended(task, kind, ""))).await, words);
    }
    let long = "x".repeat(4097);
    let words = "details is longer than 4096 bytes";
    assert_blames(within(driver.task_completed(ended(task, success, &long))).await, words);
    let lost = |id: &str, reason: &str| v1::ExecutorLostRequest {
        executor_id: id.to_owned(),
        reason: reason.to_owned(),
    };
    assert_blames(within(driver.executor_lost(lost("", ""))).await, "executor_id is missing");
    let words = "reason is longer than 4096 bytes";
    assert_blames(within(driver.executor_lost(lost("e", &long))).await, words);
}
