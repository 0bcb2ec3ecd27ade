//! Where logs are found, and what counts as one.

use std::fs;
use std::path::Path;

use listener_bus::event_log::{
    Cause, EventLog, EventLogReader, Layout, OpenLogError, Outcome, Progress, ReadOptions,
};
use tempfile::TempDir;

use crate::support::{fixture, fixtures, read_log};

const START: &str = "{\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\"4.1.4\"}\n";

/// A line that tells which file it stands in.
fn line(time: u64) -> String {
    format!("{{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":{time}}}\n")
}

fn rolling(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::with_prefix("eventlog_v2_app-1-").unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The files a log would be read from.
fn names(log: &EventLog) -> Vec<String> {
    log.files().iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_file_is_a_log_that_is_in_progress_while_its_name_says_so() {
    let folder = TempDir::new().unwrap();
    for (name, progress) in [
        ("app-1", Progress::Completed),
        ("app-1.zstd", Progress::Completed),
        ("app-1.inprogress", Progress::InProgress),
        ("app-1.lz4.inprogress", Progress::InProgress),
        ("app-1.inprogress.compact", Progress::InProgress),
        ("app-1.compact", Progress::Completed),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, START).unwrap();
        let log = EventLog::open(&path).unwrap();
        assert_eq!((log.progress(), log.layout()), (progress, &Layout::Single), "{name}");
        assert_eq!(log.files(), [path]);
        assert_eq!((log.size(), log.name().as_str()), (START.len() as u64, "app-1"), "{name}");
    }
}

#[test]
fn what_is_no_log_is_an_error_that_names_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    fs::write(path.join(".app-1.crc"), "x").unwrap();
    fs::create_dir(path.join("other")).unwrap();
    fs::create_dir(path.join("eventlog_v2_no-status")).unwrap();
    fs::write(path.join("eventlog_v2_no-status/events_1_no-status"), START).unwrap();
    fs::create_dir(path.join("eventlog_v2_no-events")).unwrap();
    fs::write(path.join("eventlog_v2_no-events/appstatus_no-events"), "").unwrap();
    for (name, why) in [
        (".app-1.crc", "Hidden"),
        ("other", "NotALog"),
        ("eventlog_v2_no-status", "NoStatus"),
        ("eventlog_v2_no-events", "NoEvents"),
        ("gone", "Io"),
    ] {
        let error = EventLog::open(path.join(name)).unwrap_err();
        assert!(format!("{error:?}").starts_with(why) && error.to_string().contains(name), "{error:?}");
    }
    assert_eq!(EventLog::in_folder(path).unwrap(), []);
    assert!(matches!(EventLog::in_folder(path.join("gone")), Err(OpenLogError::Io { .. })));
}

#[test]
fn the_files_of_a_rolling_log_are_read_in_the_order_of_their_numbers() {
    let files: Vec<_> = (2..=11).map(|index| (format!("events_{index}_app-1"), line(index))).collect();
    let mut files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.extend([("appstatus_app-1", ""), (".appstatus_app-1.crc", "x"), ("notes", "x")]);
    let folder = rolling(&files);
    let read = read_log(folder.path());
    let times: Vec<_> = read.events.iter().map(|event| event.to_json() + "\n").collect();
    assert_eq!(times, (2..=11).map(line).collect::<Vec<_>>());
    assert!(read.report.is_intact(), "that the first file is gone is no damage: {:?}", read.report);
    assert_eq!(read.report.counts.files, 10);
}

#[test]
fn what_a_compacted_file_stands_for_is_not_read() {
    let folder = rolling(&[
        ("appstatus_app-1", ""),
        ("events_1_app-1", "1"),
        ("events_2_app-1.compact", "2"),
        ("events_3_app-1", "3"),
        ("events_3_app-1.compact", "3"),
        ("events_4_app-1", "4"),
    ]);
    let log = EventLog::open(folder.path()).unwrap();
    assert_eq!(names(&log), ["events_3_app-1.compact", "events_4_app-1"]);
}

#[test]
fn a_rolling_log_is_in_progress_while_its_status_file_says_so_or_there_are_both() {
    for (status, progress) in [
        (&["appstatus_app-1"][..], Progress::Completed),
        (&["appstatus_app-1.inprogress"], Progress::InProgress),
        (&["appstatus_app-1", "appstatus_app-1.inprogress"], Progress::InProgress),
    ] {
        let files: Vec<_> =
            status.iter().map(|name| (*name, "")).chain([("events_1_app-1", START)]).collect();
        assert_eq!(EventLog::open(rolling(&files).path()).unwrap().progress(), progress, "{status:?}");
    }
}

#[test]
fn a_missing_file_is_told_and_the_others_are_read() {
    let folder = rolling(&[
        ("appstatus_app-1", ""),
        ("events_1_app-1", &line(1)),
        ("events_4_app-1", &line(4)),
        ("events_18446744073709551615_app-1", &line(5)),
    ]);
    let log = EventLog::open(folder.path()).unwrap();
    let Layout::Rolling { missing, .. } = log.layout() else { panic!("it is a rolling log") };
    assert_eq!(*missing, [2..=3, 5..=u64::MAX - 1]);
    let read = read_log(folder.path());
    assert_eq!(read.events.len(), 3);
    let Outcome::Truncated { at } = &read.report.outcome else { panic!("something is missing") };
    assert!(at.file.ends_with("events_2 to 3"), "{at}");
    assert_eq!((read.report.counts.damages, read.report.counts.files), (2, 3));
    assert!(matches!(read.report.damages[0].cause, Cause::Missing));
}

#[test]
fn two_files_of_one_number_are_refused() {
    let folder =
        rolling(&[("appstatus_app-1", ""), ("events_2_app-1", START), ("events_2_app-1.zstd.bak", START)]);
    let error = EventLog::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenLogError::TwoOfANumber { index: 2, .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_looked_at_does_not_hide_the_other_logs_of_a_folder() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("app-1"), START).unwrap();
    std::os::unix::fs::symlink("app-0", folder.path().join("app-0")).unwrap();
    let logs = EventLog::in_folder(folder.path()).unwrap();
    assert_eq!(logs.len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_the_others_are_read_all_the_same() {
    let folder =
        rolling(&[("appstatus_app-1", ""), ("events_1_app-1", &line(1)), ("events_3_app-1", &line(3))]);
    fs::create_dir(folder.path().join("events_2_app-1")).unwrap();
    fs::write(folder.path().join("events_4_app-1.brotli"), "\u{1}").unwrap();
    for threads in [1, 2] {
        let log = EventLog::open(folder.path()).unwrap();
        let mut reader = EventLogReader::open(&log, &ReadOptions::new().threads(threads)).unwrap();
        let (mut events, mut errors) = (0, 0);
        loop {
            match reader.read() {
                Ok(Some(_)) => events += 1,
                Ok(None) => break,
                Err(error) => {
                    assert!(error.place().is_some(), "{error}");
                    errors += 1;
                }
            }
        }
        let report = reader.finish();
        assert_eq!((events, errors, report.counts.damages), (2, 2, 2));
        assert!(matches!(&report.outcome, Outcome::Truncated { at } if at.file.ends_with("events_2_app-1")));
        assert!(!report.is_intact());
    }
}

#[test]
fn every_log_of_a_folder_is_found_by_its_name() {
    let folder = TempDir::new().unwrap();
    for name in fixtures().keys().filter(|name| fixture(name).is_file()) {
        fs::copy(fixture(name), folder.path().join(name)).unwrap();
    }
    copy_folder(&fixture("eventlog_v2_local-1795232005608"), folder.path());
    fs::write(folder.path().join(".hidden"), "x").unwrap();
    let logs = EventLog::in_folder(folder.path()).unwrap();
    assert_eq!(logs.len(), fixtures().len() - 1);
    let names: Vec<_> = logs.iter().map(EventLog::name).collect();
    assert!(names.iter().all(|name| name.starts_with("local-17952") && !name.contains('.')), "{names:?}");
}

fn copy_folder(from: &Path, into: &Path) {
    let to = into.join(from.file_name().unwrap());
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
