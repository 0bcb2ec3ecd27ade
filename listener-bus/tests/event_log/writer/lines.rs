//! The lines of a log, and when they can be read.

use std::fs;
use std::num::NonZeroU64;

use listener_bus::event_log::{Codec, EventLog, EventLogSettings, Flush, LogLayout, Progress, WriteError};

use super::{
    LAYOUTS, ROLLING, create, every_codec_and_layout, folder, names_in, numbered, numbers, write_numbered,
};

#[test]
fn the_lines_of_each_codec_and_layout_are_read_back() {
    for (codec, layout) in every_codec_and_layout() {
        let folder = folder();
        let settings = EventLogSettings::new(folder.path()).codec(codec).layout(layout);
        let mut writer = create(&settings, "app-1");
        for number in 0..3 {
            writer.write_line(numbered(number, 10), Flush::Now).unwrap();
        }
        let written = writer.finish().unwrap();
        assert_eq!(numbers(&written.path), [0, 1, 2], "{codec} {layout:?}");
        assert_eq!((written.lines, written.text_bytes), (3, 3 * (numbered(0, 10).len() as u64 + 1)));
        let log = EventLog::open(&written.path).unwrap();
        assert_eq!((log.progress(), log.files()), (Progress::Completed, &written.files[..]));
        assert_eq!(log.size(), written.stored_bytes, "{codec} {layout:?}");
    }
}

#[test]
fn what_is_flushed_can_be_read_while_the_log_is_written() {
    for (codec, layout) in every_codec_and_layout() {
        let folder = folder();
        let mut writer = create(&EventLogSettings::new(folder.path()).codec(codec).layout(layout), "app-1");
        for number in 0..4 {
            writer.write_line(numbered(number, 3_000), Flush::Now).unwrap();
            let log = EventLog::open(writer.path()).unwrap();
            assert_eq!(log.progress(), Progress::InProgress);
            let read = crate::support::read_log(writer.path());
            let seen: Vec<_> = read.events.iter().map(super::number).collect();
            assert_eq!(seen, (0..=number).collect::<Vec<_>>(), "{codec} {layout:?}");
        }
    }
}

#[test]
fn a_line_waits_for_the_next_flush_unless_too_many_wait_with_it() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).codec(Codec::None).layout(LogLayout::Single);
    let mut writer = create(&settings.unflushed_events(NonZeroU64::new(3).unwrap()), "app-1");
    let mut sizes = Vec::new();
    for number in 0..4 {
        writer.write_line(numbered(number, 0), Flush::Later).unwrap();
        sizes.push((fs::metadata(writer.path()).unwrap().len() > 0, writer.unflushed()));
    }
    assert_eq!(sizes, [(false, 1), (false, 2), (true, 0), (true, 1)]);
}

#[test]
fn a_writer_that_is_dropped_leaves_a_log_in_progress_with_every_line() {
    for layout in LAYOUTS {
        let folder = folder();
        let mut writer = create(&EventLogSettings::new(folder.path()).layout(layout), "app-1");
        let path = writer.path().to_owned();
        writer.write_line(numbered(0, 0), Flush::Later).unwrap();
        drop(writer);
        assert_eq!(EventLog::open(&path).unwrap().progress(), Progress::InProgress);
        assert_eq!(crate::support::read_log(&path).events.len(), 1, "{layout:?}");
    }
}

#[test]
fn a_line_with_a_line_break_is_refused_and_the_next_one_is_taken() {
    let folder = folder();
    let mut writer = create(&EventLogSettings::new(folder.path()).layout(ROLLING), "app-1");
    let refused = writer.write_line("two\nlines", Flush::Now);
    assert!(matches!(refused, Err(WriteError::LineBreak { column: 3 })), "{refused:?}");
    writer.write_line(numbered(7, 0), Flush::Now).unwrap();
    assert_eq!(writer.lost(), 1);
    assert_eq!(numbers(&writer.finish().unwrap().path), [7]);
}

#[test]
fn lines_longer_than_the_buffer_are_written_whole() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).buffer_size(0);
    assert_eq!(numbers(&write_numbered(&settings, 5, 300_000).path), [0, 1, 2, 3, 4]);
}

#[test]
fn the_files_of_a_log_are_called_as_spark_calls_them() {
    let folder = folder();
    let settings = EventLogSettings::new(folder.path()).codec(Codec::Lz4);
    let app = "a fine:mind$dollar{bills}.1";
    let single = create(&settings.clone().layout(LogLayout::Single), app);
    assert_eq!(names_in(folder.path()), ["a-fine-mind_dollar_bills__1.lz4.inprogress"]);
    let single = single.finish().unwrap();
    assert_eq!(single.path, folder.path().join("a-fine-mind_dollar_bills__1.lz4"));
    fs::remove_file(single.path).unwrap();

    let rolling = create(&settings.layout(ROLLING), app);
    assert_eq!(names_in(folder.path()), ["eventlog_v2_a-fine-mind_dollar_bills__1"]);
    let events = "events_1_a-fine-mind_dollar_bills__1.lz4";
    let status = "appstatus_a-fine-mind_dollar_bills__1";
    assert_eq!(names_in(rolling.path()), [&format!("{status}.inprogress"), events]);
    assert_eq!(fs::metadata(rolling.path().join(format!("{status}.inprogress"))).unwrap().len(), 0);
    assert_eq!(names_in(&rolling.finish().unwrap().path), [status, events]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_and_the_group_may_use_what_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let folder = folder();
    let settings = EventLogSettings::new(folder.path());
    let rolling = write_numbered(&settings.clone().layout(ROLLING), 3, 1 << 20);
    assert_eq!(mode(&rolling.path), 0o770);
    assert_eq!(names_in(&rolling.path).len(), 4);
    for name in names_in(&rolling.path) {
        assert_eq!(mode(&rolling.path.join(&name)), 0o660, "{name}");
    }
    assert_eq!(mode(&write_numbered(&settings.layout(LogLayout::Single), 1, 0).path), 0o660);
}
