//! What a killed process leaves behind.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use listener_bus::event_log::{
    Codec, EventLog, EventLogSettings, EventLoggingListener, LogLayout, OnCorrupt, Progress, ReadOptions,
};
use listener_bus::events::{JobEnd, JobId, Properties, StageSubmitted, TaskId, TaskInfo, TaskStart};
use listener_bus::{SchedulerEvent, SchedulerListener};

use crate::support::read_log_with;
use crate::writer::{LAYOUTS, every_codec_and_layout, folder};

/// Set for the process that is to be killed: codec, number of the layout, and folder.
const VICTIM: &str = "EVENT_LOG_VICTIM";
/// How often a process of each codec and layout is killed; once unless it is set.
const POINTS: &str = "CRASH_POINTS";
/// A folder into which the logs of killed processes are copied.
const KEEP: &str = "CRASH_KEEP";
/// What the victim says before the number of the last event that was flushed.
const FLUSHED: &str = "flushed ";
/// The events of which one is flushed.
const STRIDE: u64 = 7;

/// Event `number` of the victim. One in a few is flushed; some are as long as environments are.
fn event(number: u64) -> SchedulerEvent {
    let id = i32::try_from(number).unwrap();
    if number % STRIDE == STRIDE - 1 {
        return JobEnd { job_id: JobId(id), ..JobEnd::default() }.into();
    }
    if number % STRIDE == 3 {
        let properties = Properties::from([(format!("key {number}"), noise(number, 3_000))]);
        return StageSubmitted { properties: Some(properties), ..StageSubmitted::default() }.into();
    }
    let host = noise(number, 40);
    let task_info = TaskInfo { task_id: TaskId(i64::from(id)), host, ..TaskInfo::default() };
    TaskStart { task_info, ..TaskStart::default() }.into()
}

/// A text of so many words of eight letters that does not compress well, and is the same each time.
pub(crate) fn noise(seed: u64, words: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut random = Random(seed);
    let mut text = String::with_capacity(words * 8);
    for _ in 0..words {
        text.extend(random.next().to_le_bytes().map(|byte| char::from(LETTERS[usize::from(byte % 64)])));
    }
    text
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Does nothing unless it is started as the process that is to be killed.
#[test]
fn a_process_that_writes_until_it_is_killed() {
    let Ok(task) = env::var(VICTIM) else { return };
    let [codec, layout, folder] = task.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let settings = EventLogSettings::new(folder)
        .codec(Codec::by_name(codec).unwrap())
        .layout(LAYOUTS[layout.parse::<usize>().unwrap()]);
    let mut listener = EventLoggingListener::start(&settings, "app-1", None).unwrap();
    let mut out = std::io::stdout().lock();
    out.write_all(b"\n").unwrap();
    for number in 0..u64::from(u32::MAX) {
        listener.on_scheduler_event(&event(number));
        if number % STRIDE == STRIDE - 1 {
            out.write_all(format!("{FLUSHED}{number}\n").as_bytes()).unwrap();
            out.flush().unwrap();
        }
    }
}

/// A process that is killed when it goes out of scope, too.
struct Victim(Child);

impl Victim {
    fn start(codec: Codec, layout: usize, folder: &Path) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args([
                "crash::a_process_that_writes_until_it_is_killed",
                "--exact",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(VICTIM, format!("{codec} {layout} {}", folder.display()))
            .stdout(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// Kills it once it has flushed `flushes` times and a little more; gives the number of the last event that it said
    /// was flushed.
    fn kill_after(&mut self, flushes: u64, spins: u64) -> u64 {
        let mut out = BufReader::new(self.0.stdout.take().unwrap());
        let mut last = None;
        let mut line = String::new();
        for _ in 0..flushes {
            line.clear();
            while !line.starts_with(FLUSHED) {
                line.clear();
                assert_ne!(out.read_line(&mut line).unwrap(), 0, "the process ended by itself");
            }
            last = number_in(&line);
        }
        for _ in 0..spins {
            std::hint::spin_loop();
        }
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        let whole_lines = rest.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole_lines.filter_map(number_in).next_back().or(last).unwrap()
    }
}

fn number_in(line: &str) -> Option<u64> {
    line.trim_end().strip_prefix(FLUSHED)?.parse().ok()
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn every_event_that_was_flushed_before_a_kill_is_read() {
    let points = env::var(POINTS).map_or(1, |points| points.parse().unwrap());
    let keep = env::var_os(KEEP).map(PathBuf::from);
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let mut random = Random(u64::try_from(seed % u128::from(u64::MAX)).unwrap());
    let mut rolled = 0;
    for point in 0..points {
        for (codec, layout) in every_codec_and_layout() {
            let folder = folder();
            let which = usize::from(layout != LogLayout::Single);
            let mut victim = Victim::start(codec, which, folder.path());
            let flushed = victim.kill_after(1 + random.below(200), random.below(200_000));
            let log = log_in(folder.path());
            let read = check(&log, flushed);
            rolled += u64::from(read > 1);
            if let Some(keep) = &keep {
                keep_log(&log, &keep.join(format!("{codec}-{which}-{point}")), flushed);
            }
        }
    }
    assert!(points < 10 || rolled > 0, "no rolling log was killed behind its first file");
}

/// Checks that the log has every event up to number `flushed`, in order, and nothing that is wrong but its end; gives the
/// number of its files.
fn check(path: &Path, flushed: u64) -> usize {
    let log = EventLog::open(path).unwrap();
    assert_eq!(log.progress(), Progress::InProgress);
    let read = read_log_with(path, &ReadOptions::new().on_corrupt(OnCorrupt::Fail));
    assert_eq!(read.report.counts.corrupt, 0, "{:?}", read.report);
    assert!(read.report.counts.damages <= 1, "{:?}", read.report);
    assert_eq!(read.events[0].name(), "SparkListenerLogStart");
    assert!(read.events.len() as u64 > flushed + 1, "flushed {flushed}, read {:?}", read.report);
    for (number, seen) in (0..).zip(&read.events[1..]) {
        assert_eq!(*seen, event(number), "event {number} of {}", path.display());
    }
    log.files().len()
}

fn log_in(folder: &Path) -> PathBuf {
    fs::read_dir(folder).unwrap().next().expect("there is a log").unwrap().path()
}

/// Copies a log, and beside it the number of events that were flushed.
fn keep_log(log: &Path, to: &Path, flushed: u64) {
    fs::create_dir_all(to).unwrap();
    let name = log.file_name().unwrap();
    if log.is_dir() {
        fs::create_dir_all(to.join(name)).unwrap();
        for file in fs::read_dir(log).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(name).join(file.file_name())).unwrap();
        }
    } else {
        fs::copy(log, to.join(name)).unwrap();
    }
    // The log start, and the events from 0 on.
    fs::write(to.join("flushed"), format!("{}\n", flushed + 2)).unwrap();
}
