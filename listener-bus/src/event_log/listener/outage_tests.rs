//! What becomes of a log while its disk fails.

use std::path::Path;
use std::time::Duration;

use super::{EVENTS_LOST, EventLogReport, EventLoggingListener, LogState};
use crate::event_log::EventLogWriter;
use crate::event_log::writer::{Fault, FaultyDisk};
use crate::event_log::{
    Codec, Entry, EventLog, EventLogReader, EventLogSettings, Flush, LogLayout, LogName, Origin, Progress,
    ReadOptions, Switch, SyncPolicy, WriteError,
};
use crate::events::{JobEnd, JobId, SchedulerEvent, SchedulerListener, TaskId, TaskInfo, TaskStart};

pub(super) const LAYOUTS: [LogLayout; 2] = [LogLayout::Single, LogLayout::Rolling { max_file_size: 2 << 20 }];

/// A listener on a disk that fails when it is told to, which tries again with every event.
pub(super) struct Logged {
    pub(super) folder: tempfile::TempDir,
    pub(super) disk: FaultyDisk,
    pub(super) listener: EventLoggingListener,
}

impl Logged {
    pub(super) fn start(codec: Codec, layout: LogLayout) -> Self {
        Self::with(|settings| settings.codec(codec).layout(layout))
    }

    pub(super) fn with(set: impl FnOnce(EventLogSettings) -> EventLogSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::new();
        let settings = set(EventLogSettings::new(folder.path()).retry_after(Duration::ZERO));
        let name = LogName::new("app-1", None);
        let listener = EventLoggingListener::on_disk(Box::new(disk.clone()), &settings, &name).unwrap();
        Self { folder, disk, listener }
    }

    pub(super) fn tell(&mut self, event: &SchedulerEvent) {
        self.listener.on_scheduler_event(event);
    }

    pub(super) fn report(&self) -> EventLogReport {
        self.listener.handle().report()
    }

    pub(super) fn finish(self) -> Vec<SchedulerEvent> {
        let written = self.listener.finish().unwrap();
        let events = read(&written.path);
        drop(self.folder);
        events
    }
}

/// The events of a log in which nothing is damaged.
pub(super) fn read(log: &Path) -> Vec<SchedulerEvent> {
    let log = EventLog::open(log).unwrap();
    let mut reader = EventLogReader::open(&log, &ReadOptions::new()).unwrap();
    let mut events = Vec::new();
    while let Some(entry) = reader.read().unwrap() {
        match entry {
            Entry::Event(event) => events.push(event),
            // A log in progress may have no end, and nothing more is wrong with it.
            Entry::Damaged(_) if log.progress() == Progress::InProgress => {}
            damaged => panic!("{damaged:?}"),
        }
    }
    events
}

/// An event that is flushed.
pub(super) fn job(number: i32) -> SchedulerEvent {
    JobEnd { job_id: JobId(number), ..JobEnd::default() }.into()
}

/// An event that waits to be flushed, of a text that cannot be compressed away.
pub(super) fn task(number: i64) -> SchedulerEvent {
    let mut state = number.cast_unsigned().wrapping_add(1);
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    };
    let host = (0..500).map(|_| word()).collect();
    TaskStart {
        task_info: TaskInfo { task_id: TaskId(number), host, ..TaskInfo::default() },
        ..TaskStart::default()
    }
    .into()
}

pub(super) fn names(events: &[SchedulerEvent]) -> Vec<&str> {
    events.iter().map(SchedulerEvent::name).collect()
}

#[test]
fn a_full_disk_costs_what_was_not_stored_and_the_gap_is_marked_once_there_is_room() {
    for codec in Codec::WRITTEN {
        for layout in LAYOUTS {
            fill_and_clear(codec, layout);
        }
    }
}

fn fill_and_clear(codec: Codec, layout: LogLayout) {
    let mut logged = Logged::start(codec, layout);
    logged.tell(&job(1));
    // The next flush is torn in the middle of its frame.
    logged.disk.set(|faults| faults.room = 700);
    logged.tell(&task(2));
    logged.tell(&job(3));
    logged.tell(&job(4));
    let report = logged.report();
    assert_eq!((report.state, report.outages, report.lost), (LogState::Failing, 1, 3), "{codec} {layout:?}");
    assert!(matches!(report.last_error.as_deref(), Some(WriteError::Io { .. })), "{:?}", report.last_error);
    logged.disk.set(|faults| faults.room = u64::MAX);
    logged.tell(&task(5));
    logged.tell(&job(6));
    let report = logged.report();
    assert_eq!((report.state, report.outages), (LogState::Writing, 1), "{codec} {layout:?}");
    assert_eq!((report.written, report.lost), (3, 3));
    let is_rolling = layout != LogLayout::Single;
    assert_eq!(report.files.len(), 1 + usize::from(is_rolling), "{codec} {layout:?}");
    let events = logged.finish();
    assert_eq!(names(&events)[..3], ["SparkListenerLogStart", "SparkListenerJobEnd", EVENTS_LOST]);
    assert!(events[2].to_json().ends_with(r#""Events":3,"Cause":"disk"}"#), "{}", events[2].to_json());
    assert_eq!(events[3..], [task(5), job(6)], "{codec} {layout:?}");
    assert_eq!(events[1], job(1));
}

#[test]
fn a_new_file_is_used_again_while_nothing_of_it_is_stored() {
    let mut logged = Logged::start(Codec::Zstd, LAYOUTS[1]);
    logged.disk.set(|faults| faults.room = 0);
    for number in 0..20 {
        logged.tell(&job(number));
    }
    assert_eq!((logged.report().lost, logged.report().files.len()), (20, 2));
    logged.disk.set(|faults| faults.room = u64::MAX);
    assert_eq!(
        names(&logged.finish()),
        ["SparkListenerLogStart", EVENTS_LOST],
        "it is tried once more at the end"
    );
}

#[test]
fn a_log_that_fails_to_its_end_stays_in_progress_and_is_whole_as_far_as_it_goes() {
    for codec in Codec::WRITTEN {
        for layout in LAYOUTS {
            let mut logged = Logged::start(codec, layout);
            logged.tell(&job(1));
            logged.disk.set(|faults| faults.room = 10);
            logged.tell(&task(2));
            logged.tell(&job(3));
            let log = logged.listener.handle();
            logged.listener.finish().expect_err("there is no room");
            let report = log.report();
            assert_eq!((report.state, report.lost, report.written), (LogState::Incomplete, 2, 1));
            assert_eq!(
                names(&read(&report.path)),
                ["SparkListenerLogStart", "SparkListenerJobEnd"],
                "{codec} {layout:?}"
            );
        }
    }
}

#[test]
fn a_listener_that_fails_waits_before_it_tries_again() {
    let mut logged = Logged::with(|settings| settings.retry_after(Duration::MAX));
    logged.disk.set(|faults| faults.room = 0);
    for number in 0..100 {
        logged.tell(&job(number));
    }
    assert_eq!((logged.disk.faults().opened, logged.report().lost), (2, 100));
    logged.disk.set(|faults| faults.room = u64::MAX);
    logged.tell(&job(100));
    assert_eq!((logged.disk.faults().opened, logged.report().lost), (2, 101));
    assert_eq!(names(&logged.finish()), ["SparkListenerLogStart", EVENTS_LOST]);
}

#[test]
fn a_file_that_cannot_be_made_is_tried_again_and_no_number_is_left_out() {
    let mut logged = Logged::start(Codec::None, LAYOUTS[1]);
    logged.disk.set(|faults| (faults.room, faults.on_create) = (0, Fault::Denied));
    logged.tell(&job(1));
    logged.tell(&job(2));
    assert_eq!((logged.report().lost, logged.report().files.len()), (2, 1));
    logged.disk.set(|faults| (faults.room, faults.on_create) = (u64::MAX, Fault::None));
    logged.tell(&job(3));
    assert!(logged.report().files[1].ends_with("events_2_app-1"), "{:?}", logged.report().files);
    assert_eq!(logged.finish()[2..], [job(3)]);
}

#[test]
fn a_single_file_that_cannot_be_cut_back_is_not_written_behind_its_torn_end() {
    let mut logged = Logged::start(Codec::Zstd, LogLayout::Single);
    logged.disk.set(|faults| (faults.room, faults.on_truncate) = (500, Fault::Denied));
    logged.tell(&task(1));
    logged.tell(&job(2));
    logged.disk.set(|faults| faults.room = u64::MAX);
    logged.tell(&job(3));
    assert_eq!((logged.report().state, logged.report().lost), (LogState::Failing, 3));
    logged.disk.set(|faults| faults.on_truncate = Fault::None);
    logged.tell(&job(4));
    let events = logged.finish();
    assert_eq!(names(&events)[..2], ["SparkListenerLogStart", EVENTS_LOST]);
    assert_eq!(events[2..], [job(4)]);
}

#[test]
fn a_log_that_is_written_anew_survives_a_disk_that_is_full_from_the_start() {
    let mut logged = Logged::with(|settings| settings.origin(Origin::Log).overwrite(Switch::On));
    logged.disk.set(|faults| faults.room = 0);
    logged.tell(&job(1));
    logged.disk.set(|faults| faults.room = u64::MAX);
    logged.tell(&job(2));
    let report = logged.report();
    assert_eq!((report.lost, report.written), (1, 1));
    assert_eq!(names(&logged.finish()), ["SparkListenerLogStart", EVENTS_LOST, "SparkListenerJobEnd"]);
}

#[test]
fn a_log_that_cannot_get_its_final_name_keeps_every_event() {
    let mut logged = Logged::start(Codec::Zstd, LAYOUTS[1]);
    logged.tell(&job(1));
    logged.disk.set(|faults| faults.on_rename = Fault::Denied);
    let log = logged.listener.handle();
    let error = logged.listener.finish().expect_err("it is denied");
    let told = error.to_string();
    assert!(told.starts_with("cannot rename ") && told.ends_with("appstatus_app-1.inprogress"), "{told}");
    assert_eq!(log.report().state, LogState::Incomplete);
    assert_eq!(read(&log.report().path)[1..], [job(1)]);
}

#[test]
fn a_log_is_forced_to_the_disk_when_its_policy_says_so() {
    let synced = |sync| {
        let folder = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::new();
        let settings = EventLogSettings::new(folder.path()).layout(LAYOUTS[1]).sync(sync);
        let name = LogName::new("app-1", None);
        let mut writer = EventLogWriter::on_disk(Box::new(disk.clone()), &settings, &name).unwrap();
        let line = "x".repeat(1_500_000);
        writer.write_line(&line, Flush::Now).unwrap();
        writer.write_line(&line, Flush::Now).unwrap();
        writer.finish().unwrap();
        disk.faults().synced
    };
    let policies = [SyncPolicy::Never, SyncPolicy::OnFinish, SyncPolicy::OnRoll, SyncPolicy::OnFlush];
    // With the end come both files, the folder and the one it is in; with the roll both folders at the start and again as
    // there is a new file; and then each of the two flushes.
    assert_eq!(policies.map(synced), [0, 4, 8, 10]);
}
