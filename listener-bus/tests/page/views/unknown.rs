//! What may be over, for events were dropped.

use crossbeam::channel::{Receiver, bounded};
use listener_bus::events::SchedulerEvent;
use listener_bus::page::StatusPage;
use listener_bus::status::{AppStatusListener, StatusSettings};
use listener_bus::{APP_STATUS, LiveListenerBus, QueueOptions, SchedulerListener};
use serde_json::{Value, json};
use std::time::Duration;

use super::site::{Site, serve, words};
use super::told::START;

/// Longer than anything here takes.
const END: Duration = Duration::from_secs(20);

/// Holds the queue at the first event until it is let go.
struct Gate(Receiver<()>);

impl SchedulerListener for Gate {
    fn on_application_end(&mut self, _: &listener_bus::events::ApplicationEnd) {
        // Whoever holds the other end lets go by dropping it.
        let _let_go = self.0.recv_timeout(END);
    }
}

fn post(bus: &LiveListenerBus<SchedulerEvent>, event: &Value) -> bool {
    bus.post(SchedulerEvent::from_json(&event.to_string()).expect("it is an event")).is_queued()
}

/// A job, its stage, a task and an executor are there when events are dropped.
fn site_after_a_gap() -> Site {
    let queue = QueueOptions::default().capacity(16);
    let bus = LiveListenerBus::scheduler().queue(APP_STATUS, queue).build().expect("it runs");
    let listener = AppStatusListener::new(StatusSettings::default().live_update_period(Duration::ZERO));
    let store = listener.store();
    let (gate, held) = bounded(0);
    bus.add_to_status_queue(listener).expect("it runs");
    bus.add_to_status_queue(Gate(held)).expect("it runs");
    bus.start().expect("it runs");
    let stage = json!({"Stage ID": 0, "Stage Attempt ID": 0, "Stage Name": "count", "Number of Tasks": 2,
        "RDD Info": [], "Parent IDs": [], "Details": "", "Submission Time": START, "Accumulables": []});
    for event in [
        json!({"Event": "SparkListenerApplicationStart", "App Name": "a", "App ID": "a", "Timestamp": START, "User": "u"}),
        json!({"Event": "SparkListenerExecutorAdded", "Timestamp": START, "Executor ID": "1",
            "Executor Info": {"Host": "h", "Total Cores": 4, "Log Urls": {}}}),
        json!({"Event": "SparkListenerJobStart", "Job ID": 0, "Submission Time": START, "Stage Infos": [stage],
            "Stage IDs": [0]}),
        json!({"Event": "SparkListenerStageSubmitted", "Stage Info": stage}),
        json!({"Event": "SparkListenerTaskStart", "Stage ID": 0, "Stage Attempt ID": 0, "Task Info": {"Task ID": 7,
            "Index": 0, "Attempt": 0, "Launch Time": START, "Executor ID": "1", "Host": "h", "Locality": "ANY",
            "Getting Result Time": 0, "Finish Time": 0, "Failed": false, "Accumulables": []}}),
        json!({"Event": "SparkListenerApplicationEnd", "Timestamp": START + 5}),
    ] {
        assert!(post(&bus, &event));
    }
    // What nobody needs: it fills the queue, for the gate is closed, until there is no room.
    let filler = json!({"Event": "SparkListenerUnpersistRDD", "RDD ID": 1});
    let dropped = (0..10_000).any(|_| !post(&bus, &filler));
    assert!(dropped);
    drop(gate);
    bus.wait_until_empty(END).expect("it runs");
    let site = serve(StatusPage::builder().status(store));
    drop(bus);
    site
}

#[test]
fn what_ran_when_events_were_dropped_is_unknown_in_words() {
    let site = site_after_a_gap();
    let jobs = words(&site.page("/jobs"));
    assert!(
        jobs.contains("1 event was dropped on the way here, the last at 2023-11-14 22:13:20 UTC."),
        "{jobs}"
    );
    assert!(jobs.contains("Unknown 1 Events were dropped while they ran"), "{jobs}");
    let may_be_over = "Events were dropped at 2023-11-14 22:13:20 UTC, and nothing has been heard of it since: it may be over.";
    assert!(words(&site.page("/jobs/0")).contains(may_be_over));
    let stage = words(&site.page("/stages/0/0"));
    assert!(stage.contains("Stage 0.0 unknown") && stage.contains(may_be_over), "{stage}");
    assert!(stage.contains("Unknown tasks 1"), "{stage}");
    assert!(
        words(&site.page("/executors")).contains("nothing has been heard of it since: it may have gone.")
    );
    assert!(site.page("/stages/0/0?status=unknown").contains("data-task=\"7\""));
}

#[test]
fn the_first_page_and_the_api_tell_of_gaps_if_there_are_any() {
    let site = site_after_a_gap();
    let first = words(&site.page("/"));
    let told = "The pages about jobs, stages and executors lack what 1 event told: dropped on the way there, the last at 2023-11-14 22:13:20 UTC.";
    assert!(first.contains(told), "{first}");
    let gaps = &site.get("/api/v1/bus").json()["statusGaps"];
    assert_eq!(*gaps, json!({"droppedEvents": 1, "lastGap": "2023-11-14T22:13:20.005GMT"}));
    let whole = super::site::site_of(&super::told::Told::application("app"));
    assert!(!whole.page("/").contains("lack what"));
    let gaps = &whole.get("/api/v1/bus").json()["statusGaps"];
    assert_eq!(*gaps, json!({"droppedEvents": 0, "lastGap": null}));
    assert!(serve(StatusPage::builder()).get("/api/v1/bus").json()["statusGaps"].is_null());
}
