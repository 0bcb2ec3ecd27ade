use listener_bus::event_log::{EVENT_STUB, EVENTS_LOST};
use serde_json::Value;

use super::program::{Run, args, event_log};
use crate::support::{CUT, Files, log, number, stored, text};

fn check(path: &std::path::Path) -> Run {
    event_log(args!["check", "--json", path])
}

/// The kinds that were found in the only log, with how often.
fn found(run: &Run) -> Vec<(String, u64)> {
    let summary = run.json();
    let findings = summary["logs"][0]["findings"].as_array().expect("a list");
    let kind = |finding: &Value| finding["kind"].as_str().expect("a text").to_owned();
    findings.iter().map(|finding| (kind(finding), number(&finding["count"]))).collect()
}

fn kinds(found: &[(&str, u64)]) -> Vec<(String, u64)> {
    found.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

#[test]
fn a_complete_log_is_fine_and_orders_that_are_normal_are_not_told() {
    // Tasks that end after their stages, are resubmitted, attempts that overlap and end twice.
    for name in ["executor-loss", "v359-c_barrier_retry", "d_failures", "v248-a_wordcount"] {
        let run = check(&log(name)).well();
        assert_eq!(found(&run), kinds(&[("not_for_spark", 1)]), "{name}");
    }
    for name in ["local-1795231852044.lz4", "eventlog_v2_local-1795232005608"] {
        assert_eq!(found(&check(&stored(name)).well()), [], "{name}");
    }
}

#[test]
fn what_a_killed_application_leaves_behind_is_a_note() {
    let run = check(&stored("eventlog_v2_local-1795233082861")).well();
    assert_eq!(found(&run), kinds(&[("not_ended", 1), ("left_running", 1)]));
    let log = &run.json()["logs"][0];
    assert_eq!((&log["layout"], &log["progress"]), (&"rolling".into(), &"in progress".into()));
}

#[test]
fn a_cut_stream_is_damage_and_its_place_is_told() {
    let run = check(&stored(CUT));
    assert_eq!(run.code, Some(1));
    let finding = &run.json()["logs"][0]["findings"][0];
    assert_eq!((&finding["severity"], &finding["kind"]), (&"damaged".into(), &"cut_stream".into()));
    assert_eq!((&finding["line"], &finding["byte"]), (&1471.into(), &2_242_936.into()));
    assert_eq!(run.errors(), [""; 0], "the findings tell it");
}

#[test]
fn corrupt_and_cut_lines_are_damage_with_their_places() {
    let files = Files::new();
    let text = text("d_failures");
    let broken = text.replacen('\n', "\nnonsense\n", 1);
    let run = check(&files.write("app-1", &broken[..broken.len() - 20]));
    assert_eq!(run.code, Some(1));
    let summary = run.json();
    let findings = summary["logs"][0]["findings"].as_array().expect("a list");
    let places: Vec<_> =
        findings.iter().map(|finding| (&finding["kind"], &finding["line"], &finding["byte"])).collect();
    let cut = broken.lines().map(|line| line.len() + 1).take(81).sum::<usize>();
    assert_eq!(places[0], (&"corrupt_line".into(), &2.into(), &58.into()));
    assert_eq!(places[1], (&"cut_line".into(), &82.into(), &cut.into()));
    assert_eq!(summary["damaged"], 1);
}

#[test]
fn a_missing_file_of_a_rolling_log_is_damage() {
    let files = Files::new();
    let folder = files.path().join("eventlog_v2_app-1");
    std::fs::create_dir(&folder).expect("there is room");
    let text = text("d_failures");
    std::fs::write(folder.join("appstatus_app-1"), "").expect("there is room");
    for number in [1, 3] {
        std::fs::write(folder.join(format!("events_{number}_app-1")), &text).expect("there is room");
    }
    let run = check(&folder);
    assert_eq!(run.code, Some(1));
    assert!(found(&run).contains(&("missing_file".to_owned(), 1)), "{run:?}");
    assert!(found(&run).contains(&("log_start_again".to_owned(), 1)), "{run:?}");
}

#[test]
fn events_that_do_not_fit_together_are_odd() {
    let files = Files::new();
    let text = text("d_failures");
    let without = |name: &str, which: usize| {
        let mut seen = 0;
        let keep = |line: &&str| {
            let is_one = line.starts_with(&format!("{{\"Event\":\"{name}\""));
            seen += usize::from(is_one);
            !(is_one && seen == which)
        };
        text.lines().filter(keep).collect::<Vec<_>>().join("\n")
    };
    let cases = [
        (without("SparkListenerLogStart", 1), "log_start_not_first"),
        (without("SparkListenerApplicationStart", 1), "application_start"),
        (without("SparkListenerTaskEnd", 3), "start_without_end"),
        (without("SparkListenerTaskStart", 3), "end_without_start"),
        (without("SparkListenerJobEnd", 1), "start_without_end"),
        (without("SparkListenerJobStart", 1), "end_without_start"),
        (without("SparkListenerApplicationEnd", 1), "not_ended"),
        (format!("{text}{}", text.lines().next().expect("a line")), "log_start_again"),
        (format!("{text}{{\"Event\":\"org.example.Mine\"}}"), "unknown_event"),
    ];
    for (content, kind) in cases {
        let run = check(&files.write("app-1", content)).well();
        assert_eq!(found(&run), kinds(&[(kind, 1)]), "{run:?}");
    }
}

#[test]
fn events_that_a_writer_lost_are_damage_with_their_number_and_place() {
    let files = Files::new();
    let text = text("d_failures");
    let begin = text.find('\n').expect("a line ends") + 1;
    for (cause, why) in [("queue", "the queue was full"), ("disk", "they could not be written")] {
        let mark = format!(r#"{{"Event":"{EVENTS_LOST}","Timestamp":1,"Events":345,"Cause":"{cause}"}}"#);
        let run = check(&files.write("app-1", text.replacen('\n', &format!("\n{mark}\n"), 1)));
        assert_eq!((run.code, found(&run)), (Some(1), kinds(&[("events_lost", 345)])));
        let finding = &run.json()["logs"][0]["findings"][0];
        assert_eq!((&finding["severity"], number(&finding["line"])), (&"damaged".into(), 2));
        assert_eq!(number(&finding["byte"]), begin as u64);
        assert_eq!(finding["message"], format!("events are missing here, 345 in all: {why}"));
    }
}

#[test]
fn an_event_of_which_only_the_ids_were_written_is_odd() {
    let files = Files::new();
    let text = text("d_failures");
    let stub = format!(
        r#"{{"Event":"{EVENT_STUB}","Original Event":"SparkListenerTaskEnd","Cause":"its line has 9 bytes"}}"#
    );
    let run = check(&files.write("app-1", text.replacen('\n', &format!("\n{stub}\n"), 1))).well();
    assert_eq!(found(&run), kinds(&[("event_stub", 1)]));
    let finding = &run.json()["logs"][0]["findings"][0];
    assert_eq!((&finding["severity"], number(&finding["line"])), (&"odd".into(), 2));
    assert_eq!(finding["message"], "there are only the ids of SparkListenerTaskEnd: its line has 9 bytes");
}

#[test]
fn an_empty_log_is_damaged_unless_it_is_in_progress() {
    let files = Files::new();
    let run = check(&files.write("app-1", ""));
    assert_eq!((run.code, found(&run)), (Some(1), kinds(&[("empty", 1)])));
    assert_eq!(found(&check(&files.write("app-2.inprogress", "")).well()), kinds(&[("nothing_yet", 1)]));
}

#[test]
fn a_codec_that_the_name_does_not_tell_is_noted() {
    let files = Files::new();
    let content = std::fs::read(stored("local-1795231852044.lz4")).expect("it is there");
    let run = check(&files.write("app-1.zstd", content)).well();
    assert_eq!(found(&run), kinds(&[("not_for_spark", 1)]));
}

#[test]
fn the_report_for_people_is_this() {
    let files = Files::new();
    let text = text("d_failures");
    files.write("app-1", &text);
    files.write("app-2.inprogress", &text[..text.len() - 20]);
    let run = event_log(args!["check", files.path()]);
    assert_eq!(run.code, Some(1));
    let told = run.text().replace(&*files.path().to_string_lossy(), "DIR");
    assert_eq!(told, include_str!("golden/check.txt"));
}
