//! Many readers, and a bus that is busy.

use std::io::BufRead;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use listener_bus::LiveListenerBus;
use listener_bus::events::SchedulerEvent;
use listener_bus::page::{PageServer, StatusPage};

use crate::spark_api::{application, job_start, task_start};
use crate::support::{SOON, connect, event, get, head_of, serve, status_of};

const READERS: usize = 50;
/// What a reader of the event stream waits for.
const FRAMES: usize = 20;
const PAGES: [&str; 4] = ["/", "/jobs", "/stages/0/0?sort=duration", "/executors"];
const API: [&str; 4] = [
    "/api/v1/bus",
    "/api/v1/applications/app-1/jobs",
    "/api/v1/applications/app-1/stages",
    "/api/v1/applications/app-1/stages/0/0/taskList?length=100",
];

#[test]
fn fifty_readers_and_a_flood_of_events_do_not_wait_for_each_other() {
    let bus = LiveListenerBus::scheduler().build().expect("the settings are in order");
    let server = serve(&StatusPage::of(&bus).expect("it takes listeners"));
    bus.start().expect("it starts");
    bus.post(event(&application(None)));
    bus.post(event(&job_start(0)));
    bus.wait_until_empty(SOON).expect("it is soon empty");
    let (is_over, posted) = (AtomicBool::new(false), AtomicU64::new(0));
    let server = &server;
    thread::scope(|scope| {
        scope.spawn(|| flood(&bus, &is_over, &posted));
        let readers: Vec<_> = (0..READERS).map(|reader| scope.spawn(move || read(reader, server))).collect();
        let read: Vec<_> = readers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        let meanwhile = posted.load(Ordering::Relaxed);
        is_over.store(true, Ordering::Relaxed);
        assert!(meanwhile > 0, "nothing was posted meanwhile");
        assert!(read.iter().all(Result::is_ok), "a reader has failed");
    });
    bus.wait_until_empty(SOON).expect("what was posted is handled");
    assert!(bus.stop(SOON).expect("it runs").is_drained());
}

fn flood(bus: &LiveListenerBus<SchedulerEvent>, is_over: &AtomicBool, posted: &AtomicU64) {
    for id in (0..1_000).cycle().take_while(|_| !is_over.load(Ordering::Relaxed)) {
        bus.post(event(&task_start(0, id)));
        posted.fetch_add(1, Ordering::Relaxed);
    }
}

/// A reader of pages, of the API, or of the event stream.
fn read(reader: usize, server: &PageServer) {
    match reader % 3 {
        0 => PAGES.into_iter().for_each(|path| answered(server, path)),
        1 => API.into_iter().for_each(|path| answered(server, path)),
        _ => follow(server),
    }
}

fn answered(server: &PageServer, path: &str) {
    let begun = Instant::now();
    let answer = get(server, path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert!(begun.elapsed() < SOON, "{path} took {:?}", begun.elapsed());
}

fn follow(server: &PageServer) {
    let mut stream = connect(server.local_addr(), "GET /api/v1/events?events=TaskStart,bus,tick", "");
    let head = head_of(&mut stream);
    assert_eq!(status_of(&head), 200, "{head}");
    let lines = stream.lines().map(|line| line.expect("it comes in time"));
    assert_eq!(lines.filter(|line| line.starts_with("event: ")).take(FRAMES).count(), FRAMES);
}
