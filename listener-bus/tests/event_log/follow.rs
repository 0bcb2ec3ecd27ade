//! Logs that grow are followed, each event once.

mod codecs;
mod endings;
mod rolling;
mod single;

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crossbeam::channel::{Receiver, bounded};
use listener_bus::SchedulerEvent;
use listener_bus::event_log::{
    Entry, EventLogReader, FollowOptions, FollowStop, ReadError, ReadOptions, ReadReport,
};
use tempfile::TempDir;

/// After so long, what has not come does not come.
const END: Duration = Duration::from_secs(20);

/// A log that is followed in a thread of its own.
struct Followed {
    entries: Receiver<Entry>,
    end: Receiver<Result<ReadReport, ReadError>>,
    stop: FollowStop,
}

impl Followed {
    fn new(path: &Path) -> Self {
        Self::with(path, &options())
    }

    fn with(path: &Path, options: &FollowOptions) -> Self {
        let (reader, stop) = EventLogReader::follow(path, options, &ReadOptions::new());
        Self::reading(reader, stop)
    }

    fn reading(mut reader: EventLogReader, stop: FollowStop) -> Self {
        let (tell, entries) = bounded(100_000);
        let (tell_end, end) = bounded(1);
        let follow = move || {
            let end = loop {
                match reader.read() {
                    Ok(Some(entry)) => tell.send(entry).expect("the test takes entries"),
                    Ok(None) => break Ok(reader.finish()),
                    Err(error) => break Err(error),
                }
            };
            drop(tell);
            // A test that has what it wants does not wait for the end.
            drop(tell_end.send(end));
        };
        thread::Builder::new().name("follow".into()).spawn(follow).unwrap();
        Self { entries, end, stop }
    }

    fn entry(&self) -> Entry {
        self.entries.recv_timeout(END).expect("an entry comes")
    }

    fn event(&self) -> SchedulerEvent {
        match self.entry() {
            Entry::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    /// Takes the events with the numbers `expected`, and no other.
    fn expect(&self, expected: impl IntoIterator<Item = i32>) {
        for expected in expected {
            assert_eq!(number_of(&self.event()), expected);
        }
    }

    /// Waits for the end; what has not been taken is too much.
    fn end(self) -> Result<ReadReport, ReadError> {
        let end = self.end.recv_timeout(END).expect("following ends");
        let left: Vec<_> = self.entries.try_iter().collect();
        assert!(left.is_empty(), "{left:?}");
        end
    }
}

fn options() -> FollowOptions {
    FollowOptions::new().poll(Duration::from_millis(1)).appears_within(END)
}

fn line(number: i32) -> String {
    format!("{{\"Event\":\"SparkListenerUnpersistRDD\",\"RDD ID\":{number}}}\n")
}

fn lines(numbers: impl IntoIterator<Item = i32>) -> String {
    numbers.into_iter().fold(String::new(), |mut text, number| {
        write!(text, "{}", line(number)).unwrap();
        text
    })
}

fn number_of(event: &SchedulerEvent) -> i32 {
    match event {
        SchedulerEvent::UnpersistRdd(event) => event.rdd_id.0,
        other => panic!("{other:?}"),
    }
}

fn append(path: &Path, text: impl AsRef<[u8]>) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_ref()).unwrap();
}

/// The folder of a rolling log.
struct Folder {
    path: PathBuf,
    _parent: TempDir,
}

impl Folder {
    /// As an application begins it, with a first file.
    fn begun() -> Self {
        let folder = Self::absent();
        fs::create_dir(&folder.path).unwrap();
        File::create(folder.path.join("appstatus_app-1.inprogress")).unwrap();
        File::create(folder.events(1)).unwrap();
        folder
    }

    fn absent() -> Self {
        let parent = tempfile::tempdir().unwrap();
        Self { path: parent.path().join("eventlog_v2_app-1"), _parent: parent }
    }

    fn events(&self, index: u64) -> PathBuf {
        self.path.join(format!("events_{index}_app-1"))
    }

    fn complete(&self) {
        let status = self.path.join("appstatus_app-1");
        fs::rename(self.path.join("appstatus_app-1.inprogress"), status).unwrap();
    }
}
