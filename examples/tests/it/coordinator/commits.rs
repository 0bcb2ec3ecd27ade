//! Commits: attempts ask the program, and whoever has the right token drives their stages.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use commit_coordinator::grpc::{CallError, ConnectError, GrpcCommitDriver, GrpcCommitWorker};
use commit_coordinator::{DenialReason, TaskAttempt, Verdict};
use listener_bus::events::TaskEndReason;
use nix::sys::signal::Signal;
use tonic::Code;

use super::program::{PATIENCE, Program, command};
use super::waiters;
use crate::support::Files;

const WORKERS: &str = "of-workers";
const DRIVERS: &str = "of-drivers";

fn worker(program: &Program) -> GrpcCommitWorker {
    GrpcCommitWorker::builder(program.uri()).give_up_after(PATIENCE).connect_blocking().expect("it serves")
}

fn driver(program: &Program) -> GrpcCommitDriver {
    GrpcCommitDriver::builder(program.uri()).give_up_after(PATIENCE).connect_blocking().expect("it serves")
}

fn task(partition: i32, attempt: i64) -> TaskAttempt {
    TaskAttempt::new(5, 0, partition, attempt)
}

fn denied(verdict: Verdict) -> DenialReason {
    verdict.permit().expect_err("it is denied").reason
}

#[test]
fn both_coordinators_are_at_one_address_and_in_one_scrape() {
    let program = Program::start(&[]);
    let (worker, driver) = (worker(&program), driver(&program));
    let gang = waiters::client(&program).connect_blocking().expect("it serves");
    gang.context(waiters::task(0, 1)).expect("the gang lives").barrier().expect("it is alone");
    assert_eq!(driver.stage_start(5, 9), Ok(true));
    assert!(worker.can_commit(task(0, 0)).expect("it answers").is_granted());
    assert!(!worker.can_commit(task(0, 1)).expect("it answers").is_granted());
    driver.task_completed(task(0, 0), &TaskEndReason::SUCCESS).expect("it answers");
    program.wait_for_metric(r#"barrier_rounds_completed_total{coordinator="barrier",kind="BARRIER"} 1"#);
    program.wait_for_metric(r#"commit_coordinator_grants_total{coordinator="commit-coordinator"} 1"#);
    program.wait_for_metric(
        r#"commit_coordinator_denials_total{coordinator="commit-coordinator",reason="held_by"} 1"#,
    );
    program.wait_for_metric(
        r#"commit_coordinator_grant_outcomes_total{coordinator="commit-coordinator",outcome="committed"} 1"#,
    );
    assert_eq!(driver.stage_end(5), Ok(true));
    assert_eq!(denied(worker.can_commit(task(1, 0)).expect("it answers")), DenialReason::StageEnded);
}

#[test]
fn a_signal_denies_all_who_wait_to_commit() {
    let program = Program::start(&[]);
    let (worker, driver) = (worker(&program), driver(&program));
    driver.stage_start(5, 9).expect("it answers");
    assert!(worker.can_commit(task(0, 0)).expect("it answers").is_granted());
    let (tell, told) = sync_channel(1);
    let deadline = Instant::now() + Duration::from_hours(1);
    let wait = move || tell.send(worker.await_decision(task(0, 1), deadline)).expect("the test waits for it");
    thread::Builder::new().name("waiter".to_owned()).spawn(wait).expect("there is room for a thread");
    program.wait_for_metric(r#"commit_coordinator_waiting_attempts{coordinator="commit-coordinator"} 1"#);
    program.signal(Signal::SIGTERM);
    let answer = told.recv_timeout(PATIENCE).expect("it is answered").expect("it is an answer");
    assert_eq!(denied(answer), DenialReason::Stopped);
    assert_eq!(program.ended().code, Some(0));
}

#[test]
fn a_workers_token_ends_no_stage() {
    let files = Files::new();
    let file = files.write("token", format!("{DRIVERS}\n"));
    let mut command = command();
    command.env("BARRIER_TOKEN", WORKERS).args(["--driver-token-file", file.to_str().expect("it is text")]);
    let program = Program::spawn(&mut command);
    let driver = |token: &str| GrpcCommitDriver::builder(program.uri()).token(token).connect_blocking();
    let refused = driver(WORKERS).expect_err("it is not the token");
    assert!(matches!(refused, ConnectError::Call(CallError::Unauthenticated { .. })), "{refused}");
    assert_eq!(driver(DRIVERS).expect("it is the token").stage_start(5, 9), Ok(true));
    let worker = |token: &str| GrpcCommitWorker::builder(program.uri()).token(token).connect_blocking();
    assert!(worker(DRIVERS).is_err());
    let worker = worker(WORKERS).expect("it is the token");
    assert!(worker.can_commit(task(0, 0)).expect("it answers").is_granted());
}

#[test]
fn without_a_token_of_their_own_nobody_drives_stages_where_workers_need_one() {
    let mut program = Program::spawn(command().env("BARRIER_TOKEN", WORKERS));
    program.wait_for_log("there is no token for drivers of commits: nobody can start or end a stage");
    for builder in
        [GrpcCommitDriver::builder(program.uri()), GrpcCommitDriver::builder(program.uri()).token(WORKERS)]
    {
        let refused = builder.connect_blocking().expect_err("it is not served");
        let is_told =
            matches!(refused, ConnectError::Call(CallError::Refused { code: Code::Unimplemented, .. }));
        assert!(is_told, "{refused}");
    }
}

#[test]
fn a_lost_executor_aborts_its_stage_or_its_partitions_are_granted_again() {
    for (policy, is_granted) in [("abort-stage", false), ("regrant", true)] {
        let program = Program::start(&["--unknown-outcome", policy]);
        let driver = driver(&program);
        driver.stage_start(5, 9).expect("it answers");
        let lost = GrpcCommitWorker::builder(program.uri()).executor("lost", "host", 1);
        let lost = lost.connect_blocking().expect("it serves");
        assert!(lost.can_commit(task(0, 0)).expect("it answers").is_granted());
        assert_eq!(driver.executor_lost("lost", "its rack burns"), Ok(true));
        let next = worker(&program).can_commit(task(0, 1)).expect("it answers");
        assert_eq!(next.is_granted(), is_granted, "{next:?}");
    }
}

#[test]
fn an_executor_that_is_silent_is_lost_after_the_time_it_was_given() {
    let mut program = Program::start(&["--executor-timeout", "50ms"]);
    let builder = GrpcCommitWorker::builder(program.uri()).executor("silent", "host", 1);
    drop(builder.connect_blocking().expect("it serves"));
    let line = program.wait_for_log("an executor is lost");
    assert!(line.contains("executor=silent") && line.contains("no sign of life for"), "{line}");
    program.wait_for_metric(r#"commit_coordinator_executors{coordinator="commit-coordinator"} 0"#);
}

#[test]
fn a_grant_ends_with_its_lease() {
    let program = Program::start(&["--lease", "10ms", "--unknown-outcome", "regrant"]);
    let (worker, driver) = (worker(&program), driver(&program));
    driver.stage_start(5, 9).expect("it answers");
    assert!(worker.can_commit(task(0, 0)).expect("it answers").is_granted());
    let deadline = Instant::now() + PATIENCE;
    let next = worker.await_decision(task(0, 1), deadline).expect("it answers").permit().expect("it is free");
    assert_eq!(next.token().get(), 2);
}
