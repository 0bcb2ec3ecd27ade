//! Many readers, and a bus that is busy.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use listener_bus::LiveListenerBus;
use listener_bus::page::StatusPage;

use crate::spark_api::{application, job_start, task_start};
use crate::support::{SOON, event, get, serve};

const READERS: usize = 8;

#[test]
fn readers_and_a_flood_of_events_do_not_wait_for_each_other() {
    let bus = LiveListenerBus::scheduler().build().expect("the settings are in order");
    let server = serve(&StatusPage::of(&bus).expect("it takes listeners"));
    bus.start().expect("it starts");
    bus.post(event(&application(None)));
    bus.post(event(&job_start(0)));
    bus.wait_until_empty(SOON).expect("it is soon empty");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let flood = (0..).take_while(|_| !is_over.load(Ordering::Relaxed));
        scope.spawn(|| {
            flood.for_each(|id| {
                bus.post(event(&task_start(0, id % 5_000)));
            });
        });
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(|| read(&server))).collect();
        for reader in readers {
            reader.join().expect("it has read all");
        }
        is_over.store(true, Ordering::Relaxed);
    });
    bus.wait_until_empty(SOON).expect("what was posted is handled");
    assert!(bus.stop(SOON).is_ok(), "it stops in time");
}

fn read(server: &listener_bus::page::PageServer) {
    for _ in 0..5 {
        for path in ["jobs", "stages", "executors", "stages/0/0/taskList?length=100"] {
            let answer = get(server, &format!("/api/v1/applications/app-1/{path}"));
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        }
        assert_eq!(get(server, "/api/v1/bus").status, 200);
    }
}
