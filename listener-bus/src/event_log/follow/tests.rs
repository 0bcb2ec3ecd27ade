//! What cannot be seen from outside: flushes of every codec, and what the names of files mean.

use std::fs::{self, File};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use super::home::{Look, candidates};
use super::pace::Pace;
use super::segments::{Next, next_of};
use super::tail::Tail;
use super::{FollowEnd, FollowOptions, Signal};
use crate::event_log::codec::{Codec, encode};
use crate::event_log::layout::Listing;
use crate::event_log::name::in_progress;
use crate::event_log::{Entry, EventLogReader, Outcome, ReadOptions};

/// After so long, what has not come does not come.
const END: Duration = Duration::from_secs(20);

#[test]
fn what_is_flushed_comes_whatever_the_codec_before_there_is_more() {
    for codec in Codec::WRITTEN {
        let folder = tempfile::tempdir().unwrap();
        let complete = folder.path().join(format!("app-1.{codec}").replace(".none", ""));
        let writing = folder.path().join(in_progress(&complete.display().to_string()));
        let options = FollowOptions::new().poll(Duration::from_millis(1)).idle(END);
        let (mut reader, stop) = EventLogReader::follow(&writing, &options, &ReadOptions::new());
        let file = File::create(&writing).unwrap();
        let mut sink = encode(codec, 1, Box::new(file)).unwrap();
        for number in 0..100_u64 {
            writeln!(sink, "{{\"Event\":\"SparkListenerUnpersistRDD\",\"RDD ID\":{number}}}").unwrap();
            sink.flush().unwrap();
            let read = reader.read();
            assert!(matches!(read, Ok(Some(Entry::Event(_)))), "{codec}: {read:?}");
            assert_eq!(reader.place().unwrap().line, number + 1, "{codec}");
        }
        sink.finish().unwrap();
        fs::rename(&writing, &complete).unwrap();
        assert!(matches!(reader.read(), Ok(None)), "{codec}");
        assert_eq!(reader.finish().outcome, Outcome::Complete, "{codec}");
        assert_eq!(stop.ended(), Some(FollowEnd::Completed), "{codec}");
    }
}

#[test]
fn what_comes_between_the_last_read_and_the_look_is_read_before_the_end() {
    for look in [Look::Finished, Look::Completed] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app-1");
        fs::write(&path, "read, ").unwrap();
        let mut sink = File::options().append(true).open(&path).unwrap();
        let late = move |_: &File| sink.write_all(b"and late").map(|()| look);
        let signal = Arc::new(Signal::default());
        let pace = Pace::new(&signal, Duration::from_millis(1), Some(END));
        let mut tail = Tail::new(File::open(&path).unwrap(), late, pace, &signal);
        assert_eq!(io::read_to_string(&mut tail).unwrap(), "read, and late");
    }
}

fn next(names: &[&str], last: u64) -> Next {
    next_of(Some(Listing::of(names.iter().map(|name| ((*name).to_owned(), (*name).into())))), last)
}

fn file(index: u64, name: &str) -> Next {
    Next::File { index, path: name.into() }
}

#[test]
fn the_next_file_of_a_rolling_log_is_told_by_the_names() {
    let writing = "appstatus_a.inprogress";
    assert_eq!(next(&["events_10_a", "events_9_a", writing], 9), file(10, "events_10_a"));
    assert_eq!(next(&["events_9_a", writing], 9), Next::Wait);
    assert_eq!(next(&["events_9_a"], 9), Next::Wait);
    assert_eq!(next(&["events_9_a", "appstatus_a"], 9), Next::Completed);
    assert_eq!(next(&["events_10_a", "appstatus_a"], 9), file(10, "events_10_a"));
    assert_eq!(next(&["events_9_a", "appstatus_a", writing], 9), Next::Wait);
    assert_eq!(next_of(None, 9), Next::Gone);
}

#[test]
fn compacted_files_that_were_not_read_before_are_missing() {
    let compact = "events_5_a.compact";
    assert_eq!(next(&[compact, "events_6_a"], 5), file(6, "events_6_a"));
    assert_eq!(next(&[compact, "events_4_a", "events_5_a"], 3), file(4, "events_4_a"));
    assert_eq!(next(&[compact, "events_6_a"], 3), Next::Missing(4..=5));
    assert_eq!(next(&[compact, "appstatus_a"], 3), Next::Missing(4..=5));
    assert_eq!(next(&["events_7_a"], 3), Next::Missing(4..=6));
}

#[test]
fn a_log_is_looked_for_under_the_name_it_has_and_the_one_it_gets() {
    let names = |path: &str| -> Vec<String> {
        candidates(path.as_ref()).iter().map(|path| path.display().to_string()).collect()
    };
    assert_eq!(names("logs/a.zstd.inprogress"), ["logs/a.zstd.inprogress", "logs/a.zstd"]);
    assert_eq!(names("logs/a"), ["logs/a", "logs/a.inprogress", "logs/a"]);
}
