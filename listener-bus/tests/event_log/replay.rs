//! Logs are replayed into listeners.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam::channel::bounded;
use listener_bus::event_log::{
    EventLog, EventLogReader, Outcome, ReadOptions, ReplayListenerBus, ReplayStop,
};
use listener_bus::events::{JobStart, LogStart, TaskEnd};
use listener_bus::{LiveListenerBus, Overflow, QueueOptions, SchedulerEvent, SchedulerListener};

use crate::support::{fixture, read_log};

const LOG: &str = "local-1795229489076.gz";

fn reader() -> EventLogReader {
    EventLogReader::open(&EventLog::open(fixture(LOG)).unwrap(), &ReadOptions::new()).unwrap()
}

#[derive(Default)]
struct Names(Vec<String>);

impl SchedulerListener for Names {
    fn on_scheduler_event(&mut self, event: &SchedulerEvent) {
        self.0.push(event.name().to_owned());
    }
}

/// Panics at its first event.
#[derive(Default)]
struct Panicky(u64);

impl SchedulerListener for Panicky {
    fn on_log_start(&mut self, _: &LogStart) {
        panic!("on purpose");
    }

    fn on_task_end(&mut self, _: &TaskEnd) {
        self.0 += 1;
    }
}

/// Stops the replay at the third job.
struct Impatient {
    jobs: u64,
    stop: ReplayStop,
}

impl SchedulerListener for Impatient {
    fn on_job_start(&mut self, _: &JobStart) {
        self.jobs += 1;
        if self.jobs == 3 {
            self.stop.stop();
        }
    }
}

#[test]
fn every_listener_gets_every_event_in_the_order_of_the_log() {
    let (mut first, mut second) = (Names::default(), Names::default());
    let shared = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&shared);
    let mut closure = move |_: &SchedulerEvent| *counter.lock().unwrap() += 1;
    let mut bus = ReplayListenerBus::new();
    bus.add_listener(&mut first);
    bus.add_event_listener(&mut closure);
    bus.add_listener(&mut second);
    let report = bus.replay(reader()).unwrap();
    drop(bus);
    let expected = read_log(fixture(LOG));
    assert_eq!(first.0, expected.names());
    assert_eq!(second.0, expected.names());
    assert_eq!(*shared.lock().unwrap(), expected.events.len());
    assert!(report.read.is_intact());
    assert_eq!((report.panics, report.dropped), (0, 0));
}

#[test]
fn a_listener_that_panics_is_counted_and_the_replay_goes_on() {
    let (mut panicky, mut names) = (Panicky::default(), Names::default());
    let mut bus = ReplayListenerBus::new();
    bus.add_listener(&mut panicky);
    bus.add_listener(&mut names);
    let report = bus.replay(reader()).unwrap();
    drop(bus);
    assert_eq!((report.panics, report.read.outcome), (1, Outcome::Complete));
    assert_eq!(names.0.len() as u64, report.read.counts.events);
    assert!(panicky.0 > 0);
}

#[test]
fn a_listener_can_stop_the_replay() {
    let mut bus = ReplayListenerBus::new();
    let mut impatient = Impatient { jobs: 0, stop: bus.stop_handle() };
    let mut names = Names::default();
    bus.add_listener(&mut impatient);
    bus.add_listener(&mut names);
    let report = bus.replay(reader()).unwrap();
    drop(bus);
    assert_eq!(names.0.last().map(String::as_str), Some("SparkListenerJobStart"));
    let Outcome::Stopped { after: Some(place) } = report.read.outcome else { panic!("it was stopped") };
    assert_eq!(place.line, names.0.len() as u64);
    assert_eq!(report.read.counts.events, place.line);
}

#[test]
fn a_replay_through_a_live_bus_gives_the_same_events_and_can_be_stopped_from_its_thread() {
    let bus = LiveListenerBus::scheduler().build().unwrap();
    let names = bus.add_to_shared_queue(Names::default()).unwrap();
    bus.start().unwrap();
    let replay = ReplayListenerBus::new();
    let report = replay.replay_through(&bus, reader()).unwrap();
    assert_eq!((report.dropped, report.read.outcome), (0, Outcome::Complete));
    let impatient = Impatient { jobs: 2, stop: replay.stop_handle() };
    bus.add_to_status_queue(impatient).unwrap();
    bus.wait_until_empty(Duration::from_secs(20)).unwrap();
    bus.post(JobStart::default());
    bus.wait_until_empty(Duration::from_secs(20)).unwrap();
    let stopped = replay.replay_through(&bus, reader()).unwrap();
    assert_eq!(stopped.read.outcome, Outcome::Stopped { after: None });
    assert!(bus.stop(Duration::from_secs(20)).unwrap().is_drained());
    let names = bus.remove_listener(&names).unwrap().wait(Duration::from_secs(20)).unwrap();
    assert_eq!(names.0[..names.0.len() - 1], *read_log(fixture(LOG)).names());
}

#[test]
fn what_a_full_queue_drops_is_counted() {
    let options = QueueOptions::new().capacity(1).critical_reserve(0).overflow(Overflow::DropNewest);
    let bus = LiveListenerBus::scheduler().queue(listener_bus::SHARED, options).build().unwrap();
    let (is_inside, inside) = bounded(1);
    let (let_go, held) = bounded::<()>(1);
    bus.add_to_shared_queue(move |_: &SchedulerEvent| {
        // At the end of the test nobody waits or holds any more.
        is_inside.try_send(()).ok();
        held.recv().ok();
    })
    .unwrap();
    bus.start().unwrap();
    bus.post(JobStart::default());
    inside.recv_timeout(Duration::from_secs(20)).unwrap();
    let report = ReplayListenerBus::new().replay_through(&bus, reader()).unwrap();
    assert_eq!(report.dropped, report.read.counts.events - 1, "there is room for one");
    drop(let_go);
    assert!(bus.stop(Duration::from_secs(20)).unwrap().is_drained());
}
