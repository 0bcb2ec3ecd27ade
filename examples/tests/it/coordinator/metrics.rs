//! What Prometheus sees.

use nix::sys::signal::Signal;

use super::program::Program;
use super::waiters::{client, task, wait_in_session};

#[test]
fn a_scrape_shows_the_rounds_and_what_ended_the_gang() {
    let program = Program::start(&[]);
    let threads = client(&program).connect_blocking().expect("it serves");
    let mut context = threads.context(task(0, 1)).expect("the gang lives");
    for _ in 0..3 {
        context.barrier().expect("it is alone");
    }
    assert_eq!(context.all_gather_text("hello").expect("it is alone"), ["hello"]);
    program.wait_for_metric(r#"barrier_rounds_completed_total{coordinator="barrier",kind="BARRIER"} 3"#);
    program.wait_for_metric(r#"barrier_rounds_completed_total{coordinator="barrier",kind="ALL_GATHER"} 1"#);
    program.wait_for_metric(r#"barrier_live_stage_attempts{coordinator="barrier"} 1"#);
    program
        .wait_for_metric(r#"barrier_stage_attempts_ended_total{coordinator="barrier",reason="aborted"} 0"#);
    context.abort("enough");
    program.wait_for_metric(r#"barrier_live_stage_attempts{coordinator="barrier"} 0"#);
    program
        .wait_for_metric(r#"barrier_stage_attempts_ended_total{coordinator="barrier",reason="aborted"} 1"#);
}

#[test]
fn the_log_says_what_ended_a_gang() {
    let mut program = Program::start(&[]);
    let threads = client(&program).connect_blocking().expect("it serves");
    let context = threads.context(task(1, 2)).expect("the gang lives");
    let waits = wait_in_session(&threads, task(0, 2));
    program.wait_for_metric(r#"barrier_waiting_tasks{coordinator="barrier"} 1"#);
    context.abort("enough");
    let line = program.wait_for_log("a gang has ended");
    assert!(line.contains("was aborted by the task of partition 1: enough"), "{line}");
    drop(waits);
}

#[test]
fn metrics_may_be_off() {
    let program = Program::start(&["--metrics", "off"]);
    assert_eq!(
        program.announced(),
        format!("coordinator: serving on http://{}, no metrics", program.address())
    );
    program.signal(Signal::SIGTERM);
    assert_eq!(program.ended().code, Some(0));
}
