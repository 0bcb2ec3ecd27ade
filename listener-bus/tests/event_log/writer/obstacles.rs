//! What is in the way of a log.

use std::fs;

use listener_bus::event_log::{
    Codec, EventLogSettings, EventLogWriter, Flush, LogLayout, LogName, Switch, WriteError,
};

use super::{LAYOUTS, ROLLING, create, folder, names_in, numbered, numbers, write_numbered};

fn refused(settings: &EventLogSettings) -> WriteError {
    EventLogWriter::create(settings, &LogName::new("app-1", None)).expect_err("it is in the way")
}

#[test]
fn a_single_file_finds_a_complete_one_at_its_end() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).layout(LogLayout::Single);
    let first = write_numbered(&settings, 1, 0);
    let mut second = create(&settings, "app-1");
    let in_progress = second.path().to_owned();
    second.write_line(numbered(5, 0), Flush::Later).unwrap();
    let error = second.finish().expect_err("it is there");
    assert_eq!(error.to_string(), format!("there is a log {} already", first.path.display()));
    assert_eq!(numbers(&first.path), [0]);
    assert_eq!(numbers(&in_progress), [5]);
}

#[test]
fn a_single_file_in_progress_is_in_the_way_from_the_start() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).layout(LogLayout::Single);
    let other = create(&settings, "app-1");
    let error = refused(&settings);
    assert!(matches!(&error, WriteError::AlreadyExists { path } if path == other.path()), "{error:?}");
}

#[test]
fn a_single_file_is_replaced_if_that_is_wished_for() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).layout(LogLayout::Single).overwrite(Switch::On);
    write_numbered(&settings, 3, 0);
    let in_progress = create(&settings, "app-1").path().to_owned();
    assert!(in_progress.exists());
    let written = write_numbered(&settings, 1, 0);
    assert_eq!(numbers(&written.path), [0]);
    assert_eq!(names_in(folder.path()), ["app-1.zstd"]);
}

#[test]
fn a_rolling_log_finds_another_one_at_its_start() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).layout(ROLLING);
    let path = folder.path().join("eventlog_v2_app-1");
    fs::write(&path, "a file").unwrap();
    let error = refused(&settings);
    assert_eq!(error.to_string(), format!("there is a log {} already", path.display()));
    let overwriting = settings.clone().overwrite(Switch::On);
    assert_eq!(numbers(&write_numbered(&overwriting, 3, 1 << 20).path), [0, 1, 2]);
    assert!(matches!(refused(&settings), WriteError::AlreadyExists { .. }));
    assert_eq!(numbers(&write_numbered(&overwriting, 1, 0).path), [0]);
    assert_eq!(names_in(&path), ["appstatus_app-1", "events_1_app-1.zstd"]);
}

#[test]
fn an_empty_id_is_refused_and_the_folder_for_logs_stays() {
    for layout in LAYOUTS {
        let folder = folder();
        fs::write(folder.path().join("precious"), "").unwrap();
        let settings = EventLogSettings::new(folder.path()).codec(Codec::None).layout(layout);
        let settings = settings.overwrite(Switch::On);
        let error = EventLogWriter::create(&settings, &LogName::new("", None)).expect_err("it has no name");
        assert!(matches!(&error, WriteError::Name { name } if name.is_empty()), "{error:?}");
        assert_eq!(error.to_string(), "a log cannot be called ``");
        assert_eq!(names_in(folder.path()), ["precious"]);
    }
}

#[test]
fn a_folder_in_the_place_of_a_single_file_is_never_removed() {
    for place in ["app-1", "app-1.inprogress"] {
        let folder = folder();
        let settings = EventLogSettings::new(folder.path()).codec(Codec::None).layout(LogLayout::Single);
        let settings = settings.overwrite(Switch::On);
        let precious = folder.path().join(place);
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "").unwrap();
        let made = EventLogWriter::create(&settings, &LogName::new("app-1", None));
        let error = made.and_then(EventLogWriter::finish).expect_err("it is in the way");
        let expected = format!("cannot remove {}", precious.display());
        assert_eq!((error.to_string(), names_in(&precious)), (expected, vec!["file".to_owned()]));
    }
}

#[test]
fn the_folder_must_be_there_and_a_folder() {
    let folder = folder();
    let missing = folder.path().join("missing");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for layout in LAYOUTS {
        let error = refused(&EventLogSettings::new(&missing).layout(layout));
        assert_eq!(error.to_string(), format!("there is no folder {} for logs", missing.display()));
        let error = refused(&EventLogSettings::new(&file).layout(layout));
        assert_eq!(error.to_string(), format!("{} is not a folder", file.display()));
    }
    assert_eq!(names_in(folder.path()), ["file"]);
}

#[test]
fn settings_that_cannot_be_are_refused_before_anything_is_made() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path());
    let rolling = |max_file_size| settings.clone().layout(LogLayout::Rolling { max_file_size });
    let error = refused(&rolling((2 << 20) - 1));
    assert!(matches!(error, WriteError::Settings(_)), "{error:?}");
    let gzip = refused(&settings.clone().codec(Codec::Gzip));
    assert!(matches!(gzip, WriteError::Settings(_)), "{gzip:?}");
    assert!(names_in(folder.path()).is_empty());
    rolling(2 << 20).check().unwrap();
    rolling(9 << 20).check().unwrap();
}

#[test]
fn two_applications_and_two_attempts_never_meet() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).layout(LogLayout::Single);
    let names = [("app-1", None), ("app-1", Some("1")), ("app-1", Some("2")), ("app-2", None)];
    let writers =
        names.map(|(app, attempt)| EventLogWriter::create(&settings, &LogName::new(app, attempt)).unwrap());
    for (number, mut writer) in (0..).zip(writers) {
        writer.write_line(numbered(number, 0), Flush::Later).unwrap();
        assert_eq!(numbers(&writer.finish().unwrap().path), [number]);
    }
    assert_eq!(names_in(folder.path()), ["app-1.zstd", "app-1_1.zstd", "app-1_2.zstd", "app-2.zstd"]);
}
