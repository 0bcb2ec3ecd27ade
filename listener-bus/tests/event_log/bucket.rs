//! Logs in a bucket are read as those in a folder.

#![cfg(feature = "object-store")]

mod store;

use std::fs;
use std::io::{self, Cursor};
use std::sync::Arc;

use listener_bus::event_log::{
    BucketLog, Cause, EventLog, EventLogReader, FindLogError, Outcome, Progress, ReadError, ReadOptions,
};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use tokio::runtime::Runtime;

use self::store::Faulty;
use crate::support::{ReadBack, fixture, fixtures, read_all, read_log};

const LINE: &str = "{\"Event\":\"SparkListenerUnpersistRDD\",\"RDD ID\":17}\n";
/// The length of a long line, in bytes.
const LONG: usize = 64 * 1024;
/// The bytes that are asked for at a time.
const RANGE: u64 = 4 * 1024 * 1024;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

fn put(runtime: &Runtime, store: &dyn ObjectStore, path: &str, bytes: impl Into<Vec<u8>>) {
    runtime.block_on(store.put(&Path::from(path), bytes.into().into())).unwrap();
}

/// A bucket with the logs that Spark wrote, below `logs`.
fn bucket(runtime: &Runtime) -> InMemory {
    let store = InMemory::new();
    for name in fixtures().keys() {
        let local = EventLog::open(fixture(name)).unwrap();
        let folder = local.path();
        let files = if folder.is_dir() { fs::read_dir(folder).unwrap().collect() } else { Vec::new() };
        for file in files {
            let file = file.unwrap();
            let path = format!("logs/{name}/{}", file.file_name().into_string().unwrap());
            put(runtime, &store, &path, fs::read(file.path()).unwrap());
        }
        if folder.is_file() {
            put(runtime, &store, &format!("logs/{name}"), fs::read(folder).unwrap());
        }
    }
    store
}

fn find(runtime: &Runtime, store: Arc<dyn ObjectStore>, path: &str) -> Result<BucketLog, FindLogError> {
    runtime.block_on(BucketLog::find(store, Path::from(path)))
}

fn open(runtime: &Runtime, log: &BucketLog) -> EventLogReader {
    EventLogReader::open_bucket(log, runtime.handle(), &ReadOptions::new()).unwrap()
}

/// Reads to the end or an error, and says how many events came before.
fn read_to_error(mut reader: EventLogReader) -> (u64, ReadError) {
    loop {
        match reader.read() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("{:?}", reader.finish()),
            Err(error) => return (reader.report().counts.events, error),
        }
    }
}

fn expect_same(name: &str, read: &ReadBack) {
    let local = read_log(fixture(name));
    assert_eq!(read.events, local.events, "{name}");
    assert_eq!(read.report.counts, local.report.counts, "{name}");
    assert_eq!(
        matches!(read.report.outcome, Outcome::Complete),
        matches!(local.report.outcome, Outcome::Complete),
        "{name}"
    );
}

#[test]
fn every_log_of_spark_is_read_from_a_bucket_as_from_a_folder() {
    let runtime = runtime();
    let memory: Arc<dyn ObjectStore> = Arc::new(bucket(&runtime));
    let local: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(fixture("")).unwrap());
    for (name, expected) in fixtures() {
        for (store, path) in [(&memory, format!("logs/{name}")), (&local, name.clone())] {
            let log = find(&runtime, Arc::clone(store), &path).unwrap();
            let read = read_all(open(&runtime, &log));
            assert_eq!(read.counts(), expected.counts, "{name}");
            expect_same(&name, &read);
            let file = EventLog::open(fixture(&name)).unwrap();
            assert_eq!((log.name(), log.size()), (file.name().as_str(), file.size()));
            assert_eq!((log.progress(), log.objects().count()), (file.progress(), file.files().len()));
        }
    }
}

#[test]
fn every_log_below_a_prefix_is_found() {
    let runtime = runtime();
    let store = bucket(&runtime);
    put(&runtime, &store, "logs/.hidden", LINE);
    put(&runtime, &store, "logs/other/app-1", LINE);
    put(&runtime, &store, "logs/eventlog_v2_without-status/events_1_app", LINE);
    let logs = runtime.block_on(BucketLog::in_folder(Arc::new(store), &Path::from("logs"))).unwrap();
    let found: Vec<_> = logs.iter().map(|log| log.path().filename().unwrap().to_owned()).collect();
    assert_eq!(found, fixtures().into_keys().collect::<Vec<_>>());
}

#[test]
fn what_is_no_log_is_told_by_name() {
    let runtime = runtime();
    let store = InMemory::new();
    put(&runtime, &store, "logs/eventlog_v2_a/events_1_a", LINE);
    put(&runtime, &store, "logs/eventlog_v2_b/appstatus_b", "");
    let store: Arc<dyn ObjectStore> = Arc::new(store);
    let error = |path: &str| find(&runtime, Arc::clone(&store), path).unwrap_err();
    assert!(matches!(error("logs/absent"), FindLogError::NotThere { .. }));
    assert_eq!(error("logs/absent").to_string(), "logs/absent is not there");
    assert!(matches!(error("logs"), FindLogError::NotALog { .. }));
    assert!(matches!(error("logs/.a"), FindLogError::Hidden { .. }));
    assert!(matches!(error("logs/eventlog_v2_a"), FindLogError::NoStatus { .. }));
    assert!(matches!(error("logs/eventlog_v2_b"), FindLogError::NoEvents { .. }));
}

#[test]
fn an_object_that_is_missing_among_others_is_damage_with_its_name() {
    let runtime = runtime();
    let store = InMemory::new();
    put(&runtime, &store, "eventlog_v2_a/appstatus_a.inprogress", "");
    for index in [2, 10, 9] {
        put(&runtime, &store, &format!("eventlog_v2_a/events_{index}_a"), LINE);
    }
    let log = find(&runtime, Arc::new(store), "eventlog_v2_a").unwrap();
    assert_eq!(log.progress(), Progress::InProgress);
    let read = read_all(open(&runtime, &log));
    assert_eq!(read.events.len(), 3);
    let [damage] = &read.report.damages[..] else { panic!("{:?}", read.report) };
    assert!(matches!(damage.cause, Cause::Missing));
    assert_eq!(&*damage.place.file, "eventlog_v2_a events_3 to 8");
    let objects: Vec<_> = log.objects().map(|object| object.location.filename().unwrap()).collect();
    assert_eq!(objects, ["events_2_a", "events_9_a", "events_10_a"]);
}

/// A line of 64 KiB.
fn long_line() -> String {
    let start = "{\"Event\":\"SparkListenerUnpersistRDD\",\"RDD ID\":17,\"Unknown\":\"";
    format!("{start:x<width$}\"}}\n", width = LONG - 3)
}

/// A log that takes three requests, in a store whose request `at`, from 1, fails.
fn faulty(runtime: &Runtime, at: usize) -> (Arc<Faulty>, BucketLog) {
    let memory = InMemory::new();
    put(runtime, &memory, "app-1", long_line().repeat(usize::try_from(RANGE).unwrap() / LONG * 5 / 2));
    let store = Arc::new(Faulty::new(memory, at));
    let log = find(runtime, Arc::clone(&store) as Arc<dyn ObjectStore>, "app-1").unwrap();
    (store, log)
}

#[test]
fn an_object_that_vanishes_while_it_is_read_is_an_error_with_the_place() {
    let runtime = runtime();
    for at in 1..=3 {
        let (_store, log) = faulty(&runtime, at);
        let read = RANGE * (at as u64 - 1);
        match read_to_error(open(&runtime, &log)) {
            (events, ReadError::Store { place, source: Error::NotFound { .. } }) => {
                assert_eq!(events, read / LONG as u64);
                assert_eq!((&*place.file, place.byte), ("app-1", read));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn no_more_than_one_range_is_read_ahead() {
    let runtime = runtime();
    let (store, log) = faulty(&runtime, usize::MAX);
    let mut reader = open(&runtime, &log);
    for range in 1..=3 {
        while reader.read().unwrap().is_some() && reader.place().unwrap().byte < RANGE * (range - 1) {}
        assert!(store.requests() <= usize::try_from(range).unwrap() + 1);
    }
    assert_eq!(read_all(reader).report.outcome, Outcome::Complete);
    assert_eq!(store.requests(), 3);
}

#[test]
fn an_object_that_is_replaced_after_it_was_found_is_an_error() {
    let runtime = runtime();
    let store = Arc::new(InMemory::new());
    put(&runtime, &*store, "app-1", LINE);
    let log = find(&runtime, Arc::clone(&store) as Arc<dyn ObjectStore>, "app-1").unwrap();
    put(&runtime, &*store, "app-1", LINE.repeat(2));
    let (events, error) = read_to_error(open(&runtime, &log));
    assert_eq!(events, 0);
    assert!(matches!(error, ReadError::Store { source: Error::Precondition { .. }, .. }), "{error:?}");
}

#[test]
fn what_reads_asynchronously_is_read_as_a_file_is() {
    let runtime = runtime();
    for name in fixtures().keys().filter(|name| fixture(name).is_file()) {
        let stored = Cursor::new(fs::read(fixture(name)).unwrap());
        let options = ReadOptions::new();
        let reader = EventLogReader::of_async_read(name, stored, runtime.handle(), &options).unwrap();
        expect_same(name, &read_all(reader));
    }
}

#[test]
fn a_runtime_that_is_shut_down_is_an_error() {
    let runtime = runtime();
    let (_store, log) = faulty(&runtime, usize::MAX);
    let mut reader = open(&runtime, &log);
    runtime.shutdown_background();
    match read_to_error_of(&mut reader) {
        ReadError::Io { source, .. } => assert_eq!(source.kind(), io::ErrorKind::Other),
        other => panic!("{other:?}"),
    }
}

fn read_to_error_of(reader: &mut EventLogReader) -> ReadError {
    loop {
        if let Err(error) = reader.read() {
            return error;
        }
    }
}
