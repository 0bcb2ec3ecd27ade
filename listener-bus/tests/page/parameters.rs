//! Parameters that are not what is accepted.

use crate::spark_api::history;
use crate::support::{get, told};

#[test]
fn a_bad_parameter_is_named_with_its_value_and_what_is_accepted() {
    let server = told(history(None));
    for (path, parameter, value) in [
        ("applications?status=dead", "status", "dead"),
        ("applications?limit=-1", "limit", "-1"),
        ("applications?limit=", "limit", ""),
        ("applications/app-1/jobs?status=running&status=done", "status", "done"),
        ("applications/app-1/jobs/first", "job", "first"),
        ("applications/app-1/jobs/99999999999", "job", "99999999999"),
        ("applications/app-1/stages?status=over", "status", "over"),
        ("applications/app-1/stages?details=yes", "details", "yes"),
        ("applications/app-1/stages?withSummaries=1", "withSummaries", "1"),
        ("applications/app-1/stages?taskStatus=ok", "taskStatus", "ok"),
        ("applications/app-1/stages/x", "stage", "x"),
        ("applications/app-1/stages/0/%C3%A9", "stage_attempt", "\u{e9}"),
        ("applications/app-1/stages/0/0?quantiles=2", "quantiles", "2"),
        ("applications/app-1/stages/0/0/taskSummary?quantiles=0.5,NaN", "quantiles", "0.5,NaN"),
        ("applications/app-1/stages/0/0/taskSummary?quantiles=", "quantiles", ""),
        ("applications/app-1/stages/0/0/taskList?length=10001", "length", "10001"),
        ("applications/app-1/stages/0/0/taskList?offset=-1", "offset", "-1"),
        ("applications/app-1/stages/0/0/taskList?sortBy=name", "sortBy", "name"),
        ("applications/app-1/stages/0/0/taskList?status=%3Cb%3E", "status", "<b>"),
        ("events?events=a,,b", "events", "a,,b"),
    ] {
        let answer = get(&server, &format!("/api/v1/{path}"));
        let error = &answer.json()["error"];
        assert_eq!(answer.status, 400, "{path}");
        assert_eq!(
            (error["parameter"].as_str(), error["value"].as_str()),
            (Some(parameter), Some(value)),
            "{path}"
        );
        let accepted = error["accepted"].as_str().expect("it says so");
        assert!(answer.message().contains(accepted) && answer.message().contains(parameter), "{path}");
    }
}

#[test]
fn the_limit_of_a_page_is_named() {
    let answer = get(&told(history(None)), "/api/v1/applications/app-1/stages/0/0/taskList?length=100000000");
    assert!(answer.message().contains("from 0 to 10000"), "{}", answer.body);
}

#[test]
fn a_long_value_is_repeated_in_part() {
    let path = format!("/api/v1/applications?status={}", "\u{e9}".repeat(1000).replace('\u{e9}', "%C3%A9"));
    let answer = get(&told(history(None)), &path);
    assert_eq!(answer.status, 400);
    assert!(answer.body.len() < 2_000, "{}", answer.body);
}

#[test]
fn what_is_no_text_is_refused() {
    let server = told(history(None));
    assert_eq!(get(&server, "/api/v1/applications/%FF/jobs").status, 400);
    assert!(matches!(get(&server, "/api/v1/applications?status=%FF").status, 400));
}

#[test]
fn parameters_that_nobody_asks_for_are_of_no_concern() {
    let answer = get(&told(history(None)), "/api/v1/applications?minDate=2026-01-01&colour=red");
    assert_eq!(answer.status, 200);
}
