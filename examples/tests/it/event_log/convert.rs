use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::program::{Run, args, event_log, event_log_on_a_small_disk};
use crate::support::{CUT, Files, log, number, stored, text};

const CODECS: [(&str, &str); 5] =
    [("none", ""), ("zstd", ".zstd"), ("lz4", ".lz4"), ("snappy", ".snappy"), ("lzf", ".lzf")];

/// The application of the log.
const APP: &str = "local-1795229469166";

fn convert(from: &Path, to: &Path, options: &[&str]) -> Run {
    event_log(args!["convert", "--json", "--to", to, from].into_iter().chain(options.iter().map(Into::into)))
}

fn cat(path: &Path) -> String {
    event_log(args!["cat", path]).well().text().to_owned()
}

fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The only log that was written.
fn written(run: &Run) -> (PathBuf, Value) {
    let summary = run.json();
    assert_eq!(summary["logs"].as_array().map(Vec::len), Some(1), "{run:?}");
    let log = summary["logs"][0].clone();
    (PathBuf::from(log["to"].as_str().expect("a path")), log)
}

#[test]
fn every_codec_and_layout_keeps_every_line_byte_for_byte() {
    let (files, text) = (Files::new(), text("d_failures"));
    for (codec, extension) in CODECS {
        for layout in ["single", "rolling"] {
            let to = files.path().join(format!("{codec}-{layout}"));
            let run = convert(&log("d_failures"), &to, &["--codec", codec, "--layout", layout]).well();
            let (path, told) = written(&run);
            let (expected, file) = if layout == "single" {
                (to.join(format!("{APP}{extension}")), to.join(format!("{APP}{extension}")))
            } else {
                let folder = to.join(format!("eventlog_v2_{APP}"));
                (folder.clone(), folder.join(format!("events_1_{APP}{extension}")))
            };
            assert_eq!((&path, file.exists()), (&expected, true));
            assert_eq!((number(&told["events"]), number(&told["bytes"])), (81, text.len() as u64));
            assert_eq!(number(&told["stored_bytes"]), fs::metadata(file).expect("it is there").len());
            assert_eq!(cat(&path), text);
        }
    }
}

#[test]
fn through_a_bus_every_event_says_the_same_in_every_codec_and_layout() {
    let files = Files::new();
    let sources =
        [log("d_failures"), stored("local-1795229489076.gz"), stored("eventlog_v2_local-1795233082861")];
    for from in sources {
        let original = events(&cat(&from));
        for (codec, _) in CODECS {
            for layout in ["single", "rolling"] {
                let options = ["--through-bus", "--overwrite", "--codec", codec, "--layout", layout];
                let (path, told) = written(&convert(&from, files.path(), &options).well());
                assert_eq!(number(&told["events"]), original.len() as u64);
                assert!(events(&cat(&path)) == original, "{} in {codec}, {layout}", from.display());
            }
        }
    }
}

#[test]
fn a_rolling_log_rolls_at_the_size_that_is_asked_for() {
    let (files, text) = (Files::new(), text("d_failures"));
    let mut long = text.clone();
    while long.len() < 5 << 20 {
        long.push_str(&text);
    }
    let from = files.write("app-1", &long);
    let to = files.path().join("to");
    let (path, told) =
        written(&convert(&from, &to, &["--layout", "rolling", "--max-file-size", "2m"]).well());
    assert_eq!(told["files"], 3);
    assert_eq!(cat(&path), long);
}

#[test]
fn compaction_drops_the_tasks_of_finished_jobs_and_nothing_else() {
    let files = Files::new();
    let run = convert(&log("d_failures"), files.path(), &["--compact"]).well();
    let (path, told) = written(&run);
    let original = text("d_failures");
    let is_task = |line: &&str| line.starts_with("{\"Event\":\"SparkListenerTask");
    let expected: Vec<_> = original.lines().filter(|line| !is_task(line)).collect();
    assert_eq!(cat(&path).lines().collect::<Vec<_>>(), expected);
    let dropped: Vec<_> = original.lines().filter(is_task).collect();
    assert!(!dropped.is_empty());
    assert_eq!(number(&told["dropped_events"]), dropped.len() as u64);
    assert_eq!(number(&told["dropped_bytes"]), dropped.iter().map(|line| line.len() as u64 + 1).sum::<u64>());
}

#[test]
fn compaction_keeps_the_tasks_of_jobs_that_run_and_of_stages_they_share() {
    let files = Files::new();
    let start = |job: u64, stages: &str| {
        format!(r#"{{"Event":"SparkListenerJobStart","Job ID":{job},"Stage IDs":[{stages}]}}"#)
    };
    let end = |job: u64| format!(r#"{{"Event":"SparkListenerJobEnd","Job ID":{job}}}"#);
    let task = |event: &str, stage: u64| {
        format!(
            r#"{{"Event":"SparkListenerTask{event}","Stage ID":{stage},"Task Info":{{"Task ID":{stage}}}}}"#
        )
    };
    let getting = r#"{"Event":"SparkListenerTaskGettingResult","Task Info":{"Task ID":0}}"#.to_owned();
    let late = task("End", 0);
    let lines = [
        start(0, "0,1"),
        task("Start", 0),
        getting.clone(),
        task("Start", 1),
        end(0),
        late.clone(),
        start(1, "1,2"),
        task("Start", 2),
        task("Start", 9),
    ];
    let from = files.write("app-1", lines.join("\n"));
    let (path, told) = written(&convert(&from, &files.path().join("to"), &["--compact"]).well());
    let dropped = [task("Start", 0), getting, late];
    let expected: Vec<_> = lines.iter().filter(|line| !dropped.contains(line)).collect();
    assert_eq!(cat(&path).lines().collect::<Vec<_>>(), expected);
    assert_eq!(told["dropped_events"], 3);
}

#[test]
fn a_log_that_names_no_application_keeps_its_own_name() {
    let files = Files::new();
    let from = files.write(
        "My App.gz",
        crate::support::gzip(b"{\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\"4\"}\n"),
    );
    let (path, _) = written(&convert(&from, &files.path().join("to"), &["--codec", "none"]).well());
    assert_eq!(path.file_name(), Some("my-app".as_ref()));
}

#[test]
fn the_whole_part_of_a_cut_log_is_written_and_the_cut_is_told() {
    let files = Files::new();
    for option in [&[][..], &["--through-bus"][..]] {
        let to = files.path().join(format!("to{}", option.len()));
        let run = convert(&stored(CUT), &to, option);
        assert!(run.error().contains("the compressed stream is cut short"), "{run:?}");
        let (path, told) = written(&run);
        assert_eq!((number(&told["events"]), number(&told["errors"])), (1470, 1));
        assert_eq!(cat(&path).lines().count(), 1470);
    }
}

#[test]
fn a_folder_of_logs_is_written_one_by_one() {
    let files = Files::new();
    let run = convert(&stored(""), files.path(), &["--codec", "lz4"]);
    let summary = run.json();
    let logs = summary["logs"].as_array().expect("a list");
    let events: u64 = logs.iter().map(|log| number(&log["events"])).sum();
    assert_eq!(events, 27 + 50 + 49 + 379 + 4 * 93 + 27 + 1470);
    assert_eq!(fs::read_dir(files.path()).expect("it is there").count(), logs.len());
}

#[test]
fn what_was_written_is_told_to_people() {
    let files = Files::new();
    let run =
        event_log(args!["convert", "--compact", "--codec", "none", "--to", files.path(), log("d_failures")])
            .well();
    let lines: Vec<_> = run.text().lines().collect();
    assert_eq!(lines.len(), 3, "{run:?}");
    assert!(lines[0].ends_with(&format!("d_failures.gz -> {}", files.path().join(APP).display())), "{run:?}");
    assert!(lines[1].starts_with("  27 events in 1 file; stored in "), "{run:?}");
    assert!(lines[2].starts_with("  left out: 54 task events, "), "{run:?}");
}

#[test]
fn a_log_that_is_there_is_replaced_only_if_that_is_asked_for() {
    let files = Files::new();
    convert(&log("d_failures"), files.path(), &["--codec", "none"]).well();
    let path = files.path().join(APP);
    let run = convert(&log("d_failures"), files.path(), &["--codec", "none"]);
    let why = format!("there is a log {} already; --overwrite replaces it", path.display());
    assert_eq!(run.error(), format!("cannot convert {}: {why}", log("d_failures").display()));
    fs::write(&path, "old").expect("there is room");
    convert(&log("d_failures"), files.path(), &["--codec", "none", "--overwrite"]).well();
    assert_eq!(cat(&path), text("d_failures"));
}

#[test]
fn two_logs_of_one_application_are_not_written_over_each_other() {
    let files = Files::new();
    let run = event_log(args![
        "convert",
        "--overwrite",
        "--to",
        files.path(),
        log("d_failures"),
        log("d_failures")
    ]);
    assert!(run.error().contains("is of the same application"), "{run:?}");
}

#[test]
fn a_log_is_never_written_over_itself() {
    let files = Files::new();
    for name in [APP.to_owned(), format!("{APP}.inprogress")] {
        let path = files.write(&name, text("d_failures"));
        let run = convert(&path, files.path(), &["--codec", "none", "--overwrite"]);
        assert!(run.error().contains("it would be written over itself"), "{run:?}");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), text("d_failures"));
        fs::remove_file(path).expect("it is there");
    }
}

/// A rolling log of two files, in a folder of its own.
fn rolling(folder: &Path) -> PathBuf {
    let log = folder.join(format!("eventlog_v2_{APP}"));
    fs::create_dir(&log).expect("there is room");
    fs::write(log.join(format!("appstatus_{APP}")), "").expect("there is room");
    let text = text("d_failures");
    let half = text.len() / 2;
    let half = half + text[half..].find('\n').expect("a line ends") + 1;
    fs::write(log.join(format!("events_1_{APP}")), &text[..half]).expect("there is room");
    fs::write(log.join(format!("events_2_{APP}")), &text[half..]).expect("there is room");
    log
}

/// The names of what lies in a folder, hidden or not.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name().into_string().expect("UTF-8"));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

#[test]
fn an_empty_application_id_is_none_and_costs_nothing_that_is_in_the_folder() {
    let files = Files::new();
    let start =
        r#"{"Event":"SparkListenerApplicationStart","App Name":"x","App ID":"","Timestamp":1,"User":"x"}"#;
    let from = files.write("nameless", start);
    let to = files.path().join("to");
    fs::create_dir(&to).expect("there is room");
    fs::write(to.join("other"), "other").expect("there is room");
    for option in [&[][..], &["--through-bus"][..]] {
        for (layout, name) in [("single", "nameless"), ("rolling", "eventlog_v2_nameless")] {
            let options = ["--codec", "none", "--overwrite", "--layout", layout];
            let run = convert(&from, &to, &[&options[..], option].concat()).well();
            assert_eq!(written(&run).0, to.join(name));
            assert_eq!(fs::read_to_string(to.join("other")).expect("it is there"), "other");
        }
    }
    assert_eq!(names(&to), ["eventlog_v2_nameless", "nameless", "other"]);
}

#[test]
fn a_log_that_holds_what_is_read_is_not_replaced_by_it() {
    let files = Files::new();
    let log = rolling(files.path());
    let part = log.join(format!("events_1_{APP}"));
    let run = convert(&part, files.path(), &["--layout", "rolling", "--overwrite"]);
    assert!(run.error().contains("it would be written over itself"), "{run:?}");
    assert_eq!(cat(&log), text("d_failures"));
}

#[test]
fn a_log_is_never_written_over_another_that_is_read() {
    let files = Files::new();
    let log = rolling(files.path());
    files.write("app-1", text("d_failures"));
    let run = convert(files.path(), files.path(), &["--layout", "rolling", "--overwrite"]);
    assert_eq!(run.code, Some(1));
    let why = format!("it would be written over {}: choose another folder", log.display());
    assert!(run.errors().iter().any(|error| error.contains(&why)), "{run:?}");
    assert_eq!(cat(&log), text("d_failures"));
    assert_eq!(names(files.path()), ["app-1", &format!("eventlog_v2_{APP}")]);
}

#[test]
fn a_log_is_never_written_into_another_that_is_read() {
    let files = Files::new();
    let log = rolling(files.path());
    let run = convert(&log, &log, &["--codec", "lz4", "--overwrite"]);
    assert!(run.error().contains("it would be written over itself"), "{run:?}");
    assert_eq!(names(&log).len(), 3);
}

#[test]
fn a_link_does_not_hide_that_a_log_would_be_written_over_itself() {
    let files = Files::new();
    let log = rolling(files.path());
    let link = files.path().join("link");
    std::os::unix::fs::symlink(files.path(), &link).expect("links can be made");
    let run = convert(&log, &link, &["--layout", "rolling", "--overwrite"]);
    assert!(run.error().contains("it would be written over itself"), "{run:?}");
    assert_eq!(cat(&log), text("d_failures"));
}

#[test]
fn what_is_to_be_replaced_stays_until_the_new_log_is_complete() {
    for option in [&[][..], &["--through-bus"][..]] {
        for layout in ["single", "rolling"] {
            let files = Files::new();
            let options = [&["--codec", "none", "--layout", layout], option].concat();
            let (path, _) =
                written(&convert(&stored("local-1795231852044.lz4"), files.path(), &options).well());
            let (old, listed) = (cat(&path), names(files.path()));
            let command =
                args!["convert", "--overwrite", "--to", files.path(), stored("local-1795231852044.lz4")];
            let command = command.into_iter().chain(options.iter().map(Into::into));
            let run = event_log_on_a_small_disk(command);
            assert!(run.error().contains("File too large"), "{run:?}");
            assert_eq!((cat(&path), names(files.path())), (old, listed));
        }
    }
}

#[test]
fn a_log_in_progress_that_is_replaced_leaves_nothing_behind() {
    let files = Files::new();
    files.write(&format!("{APP}.inprogress"), "old");
    let run = convert(&log("d_failures"), files.path(), &["--codec", "none"]);
    assert!(run.error().contains("there is a log"), "{run:?}");
    convert(&log("d_failures"), files.path(), &["--codec", "none", "--overwrite"]).well();
    assert_eq!(
        (names(files.path()), cat(&files.path().join(APP))),
        (vec![APP.to_owned()], text("d_failures"))
    );
}

#[test]
fn through_a_bus_what_is_told_is_what_was_written() {
    let files = Files::new();
    let text = text("d_failures");
    let (start, rest) = text.split_once('\n').expect("a first line");
    // A second log start is left out, and a missing one is added.
    for (name, content) in [("twice", format!("{start}\n{text}")), ("never", rest.to_owned())] {
        let from = files.write(name, content);
        let run = convert(&from, &files.path().join("to"), &["--through-bus", "--overwrite"]).well();
        let (path, told) = written(&run);
        assert_eq!((number(&told["events"]), cat(&path).lines().count()), (81, 81), "{name}");
    }
}
