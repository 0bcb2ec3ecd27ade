//! What the command line says is what the coordinator does.

use std::time::Duration;

use barrier::BarrierError;
use barrier::grpc::v1;
use barrier::grpc::v1::barrier_coordinator_client::BarrierCoordinatorClient;
use barrier::grpc::v1::session_response::Response;
use barrier::grpc::v1::sync_response::Outcome;
use tonic::codegen::tokio_stream;

use super::program::{PATIENCE, Program};
use super::waiters::{client, runtime, sync, task, wait_in_call, wait_in_session};

fn assert_welcome(args: &[&str], expected: impl Fn(&v1::Welcome) -> bool) {
    let program = Program::start(args);
    let first = runtime().block_on(async {
        let client = BarrierCoordinatorClient::connect(program.uri().to_owned()).await;
        let requests = tokio_stream::pending();
        let mut session =
            client.expect("it serves").session(requests).await.expect("it answers").into_inner();
        session.message().await.expect("it goes on")
    });
    let response = first.and_then(|first| first.response);
    let is_expected = matches!(&response, Some(Response::Welcome(welcome)) if expected(welcome));
    assert!(is_expected, "{args:?} gives {response:?}");
}

#[test]
fn a_session_is_told_the_times_and_the_largest_message() {
    assert_welcome(&[], |welcome| {
        (welcome.lost_after_millis, welcome.reconnect_within_millis) == (10_000, 3_000)
            && welcome.max_message_bytes == 4 << 20
    });
    assert_welcome(&["--lost-after", "1m 1s"], |welcome| welcome.lost_after_millis == 61_000);
    assert_welcome(&["--reconnect-within", "7s"], |welcome| welcome.reconnect_within_millis == 7_000);
    assert_welcome(&["--max-message-bytes", "5"], |welcome| welcome.max_message_bytes == 5);
}

#[test]
fn a_round_fails_after_the_timeout() {
    let program = Program::start(&["--timeout", "30ms"]);
    let threads = client(&program).connect_blocking().expect("it serves");
    let outcome = wait_in_session(&threads, task(0, 2)).recv_timeout(PATIENCE).expect("it is answered");
    match outcome {
        Err(BarrierError::TimedOut { timeout, .. }) => assert_eq!(timeout, Duration::from_millis(30)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_is_told_to_ask_again_after_the_longest_wait() {
    for timeout in ["never", "1h"] {
        let program = Program::start(&["--max-wait", "20ms", "--timeout", timeout]);
        let answer = wait_in_call(&program, &task(0, 2)).recv_timeout(PATIENCE).expect("it is answered");
        assert_eq!(answer.outcome, Some(Outcome::Pending(v1::Pending {})));
    }
}

#[test]
fn what_is_larger_than_allowed_is_refused() {
    let program = Program::start(&["--max-tasks", "2", "--max-round-bytes", "3", "--timeout", "20s"]);
    let threads = client(&program).connect_blocking().expect("it serves");
    match threads.context(task(0, 3)).expect("it is not asked yet").barrier() {
        Err(BarrierError::NumberOfTasksRefused { limit, .. }) => assert_eq!(limit, 2),
        other => panic!("{other:?}"),
    }
    match threads.context(task(0, 1)).expect("the gang lives").all_gather("four") {
        Err(BarrierError::RoundTooLarge { limit, .. }) => assert_eq!(limit, 3),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_gang_that_nobody_uses_is_forgotten() {
    let program = Program::start(&["--idle-ttl", "10ms"]);
    let answered = runtime().block_on(async {
        let client = BarrierCoordinatorClient::connect(program.uri().to_owned()).await;
        client.expect("it serves").sync(sync(&task(0, 1), 0)).await.expect("it answers").into_inner()
    });
    assert!(matches!(answered.outcome, Some(Outcome::Released(_))), "{answered:?}");
    program
        .wait_for_metric(r#"barrier_stage_attempts_ended_total{coordinator="barrier",reason="expired"} 1"#);
}
