use serde_json::Value;

use super::program::{args, event_log};
use crate::support::{Files, log, number, stored, text};

#[test]
fn events_and_bytes_are_those_of_the_log() {
    let run = event_log(args!["stats", "--json", "--top", "3", log("d_failures")]).well();
    let stats = run.json();
    let text = text("d_failures");
    assert_eq!((number(&stats["lines"]), number(&stats["bytes"])), (81, text.len() as u64));
    let events = stats["events"].as_array().expect("a list");
    assert_eq!(events.iter().map(|event| number(&event["bytes"])).sum::<u64>(), text.len() as u64);
    assert_eq!(events.iter().map(|event| number(&event["count"])).sum::<u64>(), 81);
    let longest: Vec<_> = stats["longest_lines"].as_array().expect("a list").iter().collect();
    let mut lengths: Vec<_> = text.lines().map(|line| line.len() as u64 + 1).collect();
    lengths.sort_unstable();
    assert_eq!(
        longest.iter().map(|line| number(&line["bytes"])).collect::<Vec<_>>(),
        lengths.into_iter().rev().take(3).collect::<Vec<_>>()
    );
}

#[test]
fn the_fields_of_all_lines_add_up() {
    let stats = event_log(args!["stats", "--json", log("d_failures")]).well().json();
    let fields = stats["fields"].as_array().expect("a list");
    let top_level = |field: &&Value| !field["field"].as_str().expect("a text").contains('.');
    let bytes: u64 = fields.iter().filter(top_level).map(|field| number(&field["bytes"])).sum();
    // Each line has one more brace than it has fields with a comma, and a line break.
    assert_eq!(bytes, number(&stats["bytes"]) - 2 * 81);
    let accumulables =
        fields.iter().find(|field| field["field"] == "Task Info.Accumulables").expect("a field");
    assert_eq!(accumulables["count"], 54);
}

#[test]
fn the_report_of_a_small_log_is_this() {
    let files = Files::new();
    let log = [
        r#"{"Event":"SparkListenerLogStart","Spark Version":"4.1.4"}"#,
        r#"{"Event":"SparkListenerTaskEnd","Stage ID":0,"Task Info":{"Task ID":1,"Finish Time":1795231420899}}"#,
        r#"{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd","executionId":0,"time":1795231497269}"#,
        "",
    ];
    let path = files.write("app-1", log.join("\n"));
    let run = event_log(args!["stats", "--top", "2", path]).well();
    let text: Vec<_> = run
        .text()
        .lines()
        .map(|line| line.trim_end().replace(&*files.path().to_string_lossy(), "DIR"))
        .collect();
    assert_eq!(text.join("\n"), include_str!("golden/stats.txt").trim_end());
}

#[test]
fn compression_and_time_are_told() {
    let run = event_log(args!["stats", stored("local-1795231852044.lz4")]).well();
    let size = run.text().lines().find(|line| line.starts_with("Size")).expect("a line");
    assert!(size.contains("of text in 76.04 KiB: 4.6 to 1"), "{size}");
    let run = event_log(args!["stats", log("executor-loss")]).well();
    let time = "Time         2026-11-21T03:23:40.899Z to 2026-11-21T03:24:57.269Z (1 min 16 s)";
    assert!(run.text().lines().any(|line| line == time), "{run:?}");
}
