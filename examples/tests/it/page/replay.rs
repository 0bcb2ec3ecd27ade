//! A replay with a page is a server of finished logs.

use nix::sys::signal::Signal;
use serde_json::Value;

use super::program::Program;
use crate::support::{Files, command, log, text};

const LOG: &str = "d_failures";

/// A replay of a log, whose page stays.
fn finished(args: &[&str]) -> Program {
    let mut program = Program::start("replay", command().args(args).arg(log(LOG)));
    let stays = program.wait_for("page stays on http://");
    assert_eq!(stays, format!("{}/ until SIGTERM or SIGINT", program.address()));
    program
}

fn is_completed(applications: &Value) -> bool {
    applications[0]["attempts"][0]["completed"] == true
}

#[test]
fn a_page_is_there_while_the_log_is_still_read() {
    let endless = ["--rate", "0.0001"];
    let mut program = Program::start("replay", command().args(endless).arg(log(LOG)));
    assert_eq!(program.get("/").status, 200);
    let applications = program.api("applications");
    assert!(applications.is_array() && !is_completed(&applications), "{applications}");
    assert!(program.is_running());
}

#[test]
fn the_page_of_a_finished_log_stays_until_a_signal() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let program = finished(&["--json"]);
        let applications = program.api("applications");
        assert!(is_completed(&applications), "{applications}");
        assert_eq!(program.get("/").status, 200);
        let id = applications[0]["id"].as_str().expect("a text");
        let jobs = program.api(&format!("applications/{id}/jobs"));
        program.signal(signal);
        let ended = program.ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let summary: Value = serde_json::from_str(&ended.stdout.join("\n")).expect("the summary is JSON");
        assert_eq!(summary["jobs"]["total"], jobs.as_array().expect("a list").len());
    }
}

#[test]
fn the_last_counts_of_the_bus_are_shown_when_the_log_is_read() {
    let program =
        finished(&["--json", "--slow-listener", "2", "--capacity", "1", "--overflow", "drop-newest"]);
    let slow = |bus: &Value| {
        let queues = bus["queues"].as_array().expect("a list");
        queues.iter().find(|queue| queue["name"] == "executorManagement").cloned().unwrap_or_default()
    };
    // It looks at the bus once a second.
    let is_over = |queue: &Value| queue["posted"] == 81 && queue["size"] == 0;
    let queue = slow(&program.wait_until("bus", |told| is_over(&slow(&told["bus"])))["bus"]);
    program.signal(Signal::SIGTERM);
    let ended = program.ended();
    let summary: Value = serde_json::from_str(&ended.stdout.join("\n")).expect("the summary is JSON");
    let expected = slow(&summary);
    assert_eq!(
        (&queue["delivered"], &queue["droppedByReason"]),
        (&expected["delivered"], &expected["dropped"])
    );
}

#[test]
fn a_page_that_is_to_linger_ends_by_itself() {
    let mut program = Program::start("replay", command().args(["--json", "--linger", "0"]).arg(log(LOG)));
    let stays = program.wait_for("page stays on http://");
    assert_eq!(stays, format!("{}/ for 0 ms", program.address()));
    let ended = program.ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn an_error_is_told_before_the_page_stays_and_is_the_exit_code_after_it() {
    let files = Files::new();
    let cut = text(LOG);
    let path = files.write("log", &cut[..cut.len() - 10]);
    let mut program = Program::start("replay", command().arg("--json").arg(path));
    program.wait_for("error: ");
    program.wait_for("page stays on http://");
    assert_eq!(program.api("applications").as_array().map(Vec::len), Some(1));
    program.signal(Signal::SIGTERM);
    let ended = program.ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[test]
fn several_logs_are_several_applications() {
    let mut program =
        Program::start("replay", command().arg("--json").arg(log(LOG)).arg(log("executor-loss")));
    program.wait_for("page stays on http://");
    assert_eq!(program.api("applications").as_array().map(Vec::len), Some(2));
}
