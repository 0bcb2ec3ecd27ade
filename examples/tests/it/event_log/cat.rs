use std::process::Stdio;

use serde_json::Value;

use super::program::{args, command, event_log};
use crate::support::{CUT, Files, log, stored, text};

/// The lines of a log that are about something.
fn lines(text: &str, is_wanted: impl Fn(&Value) -> bool) -> Vec<&str> {
    text.lines().filter(|line| is_wanted(&serde_json::from_str(line).expect(line))).collect()
}

/// What is written of a log of the tests' own.
fn cat(name: &str, options: &[&str]) -> String {
    let run = event_log(args!["cat", log(name)].into_iter().chain(options.iter().map(Into::into))).well();
    run.text().to_owned()
}

#[test]
fn every_event_is_written_byte_for_byte_whatever_the_codec_and_layout() {
    assert_eq!(cat("d_failures", &[]), text("d_failures"));
    let whole = event_log(args!["cat", stored("local-1795231852044.lz4")]).well();
    assert_eq!(whole.text().lines().count(), 93);
    let rolling = event_log(args!["cat", stored("eventlog_v2_local-1795232005608")]).well();
    assert_eq!(rolling.text().lines().count(), 50);
}

#[test]
fn white_space_and_odd_numbers_within_a_line_survive() {
    let files = Files::new();
    let odd = "{ \"Event\" : \"org.example.Odd\", \"n\": 1.50e3, \"n\": 12345678901234567890123 }\n";
    let path = files.write("app-1", odd);
    assert_eq!(event_log(args!["cat", path]).well().text(), odd);
}

#[test]
fn events_are_chosen_by_name() {
    let text = text("d_failures");
    let jobs = lines(&text, |event| {
        event["Event"] == "SparkListenerJobStart" || event["Event"] == "SparkListenerJobEnd"
    });
    for names in [["SparkListenerJobStart", "JobEnd"], ["jobstart", "JOBEND"]] {
        let chosen = cat("d_failures", &["--event", names[0], "--event", names[1]]);
        assert_eq!(chosen.lines().collect::<Vec<_>>(), jobs);
    }
}

#[test]
fn events_are_chosen_by_stage_and_attempt() {
    let text = text("v359-c_barrier_retry");
    let of = |event: &Value, stage: u64, attempt: Option<u64>| {
        let info = if event["Stage Info"].is_null() { event } else { &event["Stage Info"] };
        let is_attempt = attempt.is_none_or(|attempt| info["Stage Attempt ID"] == attempt);
        info["Stage ID"] == stage && is_attempt
    };
    let stage = lines(&text, |event| of(event, 2, None));
    let attempt = lines(&text, |event| of(event, 2, Some(1)));
    assert!(!attempt.is_empty() && attempt.len() < stage.len());
    assert_eq!(cat("v359-c_barrier_retry", &["--stage", "2"]).lines().collect::<Vec<_>>(), stage);
    assert_eq!(cat("v359-c_barrier_retry", &["--stage", "2.1"]).lines().collect::<Vec<_>>(), attempt);
}

#[test]
fn a_job_brings_its_stages_and_tasks() {
    let text = text("d_failures");
    let start = lines(&text, |event| event["Event"] == "SparkListenerJobStart" && event["Job ID"] == 1)[0];
    let start: Value = serde_json::from_str(start).expect("JSON");
    let stages = start["Stage IDs"].as_array().expect("a list");
    let wanted = lines(&text, |event| {
        let stage =
            if event["Stage Info"].is_null() { &event["Stage ID"] } else { &event["Stage Info"]["Stage ID"] };
        event["Job ID"] == 1 || stages.contains(stage)
    });
    assert_eq!(cat("d_failures", &["--job", "1"]).lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn what_names_its_task_alone_belongs_to_the_stage_of_the_task() {
    let files = Files::new();
    let task = r#""Task Info":{"Task ID":5,"Launch Time":1}"#;
    let lines = [
        format!(r#"{{"Event":"SparkListenerTaskStart","Stage ID":7,{task}}}"#),
        format!(r#"{{"Event":"SparkListenerTaskGettingResult",{task}}}"#),
        format!(r#"{{"Event":"SparkListenerTaskEnd","Stage ID":7,{task}}}"#),
        format!(r#"{{"Event":"SparkListenerTaskGettingResult",{task}}}"#),
    ];
    let path = files.write("app-1", lines.join("\n"));
    let run = event_log(args!["cat", "--stage", "7", path]).well();
    assert_eq!(run.text().lines().collect::<Vec<_>>(), lines[..3]);
}

#[test]
fn a_time_span_has_its_begin_and_not_its_end_in_either_form() {
    let files = Files::new();
    let event = |time: u64| format!("{{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":{time}}}\n");
    let untimed = "{\"Event\":\"SparkListenerUnpersistRDD\",\"RDD ID\":1}\n";
    let path =
        files.write("app-1", [untimed, &event(1000), untimed, &event(2000), untimed, &event(3000)].concat());
    let cat = |from: &str, to: &str| event_log(args!["cat", "--from", from, "--to", to, path]).well();
    let expected = [&event(2000), untimed].concat();
    assert_eq!(cat("2000", "3000").text(), expected);
    assert_eq!(cat("1970-01-01T00:00:02Z", "1970-01-01T00:00:03Z").text(), expected);
}

#[test]
fn an_event_that_says_its_time_and_stage_under_two_keys_is_found() {
    let files = Files::new();
    let mine = r#"{"Event":"org.example.Mine","Timestamp":2000,"time":2000,"Stage ID":3,"stageId":3}"#;
    let path = files.write("app-1", mine);
    for options in [["--stage", "3"], ["--from", "2000"]] {
        let run = event_log(args!["cat", options[0], options[1], path]).well();
        assert_eq!(run.text().lines().collect::<Vec<_>>(), [mine]);
    }
}

#[test]
fn a_limit_counts_over_all_logs() {
    let path = log("d_failures");
    let run = event_log(args!["cat", "--limit", "83", path, path]).well();
    let text = text("d_failures");
    let expected: Vec<_> = text.lines().chain(text.lines()).take(83).collect();
    assert_eq!(run.text().lines().collect::<Vec<_>>(), expected);
    assert_eq!(event_log(args!["cat", "--limit", "0", path]).well().text(), "");
}

#[test]
fn a_cut_log_gives_every_whole_event_and_is_told() {
    let run = event_log(args!["cat", stored(CUT)]);
    assert!(
        run.error()
            .contains("reading stopped in line 1471 at byte 2242936: the compressed stream is cut short")
    );
    assert_eq!(run.text().lines().count(), 1470);
}

#[test]
fn lines_that_are_not_events_are_left_out_and_told() {
    let files = Files::new();
    let text = text("d_failures");
    let broken = text.replacen('\n', "\n\nnonsense\n{}\n", 1);
    let path = files.write("app-1", &broken[..broken.len() - 20]);
    let run = event_log(args!["cat", path]);
    assert_eq!(run.code, Some(1));
    let errors = run.errors();
    assert_eq!(errors.len(), 2, "{run:?}");
    assert!(errors[0].contains("the last line is cut short: line 84 at byte "), "{run:?}");
    assert!(
        errors[1].contains("has 3 corrupt lines, skipped; the first is line 2 at byte 58: the line is empty"),
        "{run:?}"
    );
    assert_eq!(run.text().lines().count(), 80);
}

#[test]
fn a_closed_pipe_is_a_quiet_success() {
    let mut child = command()
        .args(args!["cat", log("d_failures")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
