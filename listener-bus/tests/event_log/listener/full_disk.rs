//! What becomes of a log on a file system that really has no more room for its file.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use listener_bus::event_log::{
    Codec, EVENTS_LOST, EventLog, EventLogSettings, EventLoggingListener, LogState, Progress,
};
use listener_bus::events::{JobId, JobStart, Properties};
use listener_bus::{SchedulerEvent, SchedulerListener};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::crash::noise;
use crate::support::read_log;
use crate::writer::{LAYOUTS, every_codec_and_layout, folder};

/// Set for the process whose files may not grow: codec, number of the layout, and folder.
const CRAMPED: &str = "EVENT_LOG_CRAMPED";
/// The size that its files may have, in the blocks that the shell counts in: 512 bytes, or twice as many.
const BLOCKS: &str = "300";
const WITHOUT_ROOM: i32 = 60;
const WITH_ROOM: i32 = 5;

/// An event of about ten kilobytes that is flushed.
fn event(number: i32) -> SchedulerEvent {
    let properties = Properties::from([("noise".to_owned(), noise(u64::from(number.unsigned_abs()), 1_250))]);
    JobStart { job_id: JobId(number), properties: Some(properties), ..JobStart::default() }.into()
}

/// Does nothing unless it is started as the process whose files may not grow.
#[test]
fn a_process_whose_files_may_not_grow_until_it_says_so() {
    let Ok(task) = env::var(CRAMPED) else { return };
    let [codec, layout, folder] = task.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let settings = EventLogSettings::new(folder)
        .codec(Codec::by_name(codec).unwrap())
        .layout(LAYOUTS[layout.parse::<usize>().unwrap()])
        .retry_after(Duration::ZERO);
    let mut listener = EventLoggingListener::start(&settings, "app-1", None).unwrap();
    let log = listener.handle();
    for number in 0..WITHOUT_ROOM {
        listener.on_scheduler_event(&event(number));
    }
    assert!(log.report().outages >= 1, "{:?}", log.report());
    let (_, most) = getrlimit(Resource::RLIMIT_FSIZE).unwrap();
    setrlimit(Resource::RLIMIT_FSIZE, most, most).unwrap();
    for number in WITHOUT_ROOM..WITHOUT_ROOM + WITH_ROOM {
        listener.on_scheduler_event(&event(number));
    }
    listener.finish().unwrap();
    let report = log.report();
    assert!(matches!(report.state, LogState::Completed(_)), "{report:?}");
    check(&report.path, report.written, report.lost);
}

/// Checks that the log has so many events, in order, and marks of so many lost ones.
fn check(path: &Path, written: u64, lost: u64) {
    assert_eq!(EventLog::open(path).unwrap().progress(), Progress::Completed);
    let read = read_log(path);
    assert!(read.report.is_intact(), "{:?}", read.report);
    let mut numbers = Vec::new();
    let mut marked = 0;
    for seen in &read.events[1..] {
        match seen {
            SchedulerEvent::JobStart(job) => {
                assert_eq!(*seen, event(job.job_id.0));
                numbers.push(job.job_id.0);
            }
            other => marked += lost_in(other),
        }
    }
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    let final_ones: Vec<_> = (WITHOUT_ROOM..WITHOUT_ROOM + WITH_ROOM).collect();
    assert!(numbers.ends_with(&final_ones), "{numbers:?}");
    assert_eq!((numbers.len() as u64, marked), (written, lost));
    assert!(lost > 0 && written > u64::from(WITH_ROOM.unsigned_abs()), "{written} written, {lost} lost");
}

fn lost_in(mark: &SchedulerEvent) -> u64 {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Mark {
        events: u64,
        cause: String,
    }
    let SchedulerEvent::Other(mark) = mark else { panic!("{mark:?}") };
    assert_eq!(mark.name(), EVENTS_LOST);
    let mark: Mark = mark.read().unwrap();
    assert_eq!(mark.cause, "disk");
    mark.events
}

#[test]
fn what_a_full_disk_costs_is_counted_and_marked_and_the_log_stays_whole() {
    for (codec, layout) in every_codec_and_layout() {
        let folder = folder();
        let which = LAYOUTS.iter().position(|known| *known == layout).unwrap();
        let limited = format!("trap '' XFSZ; ulimit -S -f {BLOCKS}; exec \"$0\" \"$@\"");
        let ended = Command::new("sh")
            .args(["-c", &limited])
            .arg(env::current_exe().unwrap())
            .args(["listener::full_disk::a_process_whose_files_may_not_grow_until_it_says_so"])
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .env(CRAMPED, format!("{codec} {which} {}", folder.path().display()))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success() && told.contains("1 passed"), "{codec} {layout:?}: {told}");
    }
}
