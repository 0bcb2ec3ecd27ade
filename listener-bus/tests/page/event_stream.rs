//! The event stream.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};

use listener_bus::events::SchedulerEvent;
use listener_bus::page::{PageServer, StatusPage};
use listener_bus::{LiveListenerBus, QueueOptions};
use serde_json::{Value, json};

use crate::spark_api::{application, job_start, task_start};
use crate::support::{SOON, connect, event, get, head_of, serve, status_of};

type Bus = LiveListenerBus<SchedulerEvent>;

fn bus() -> Bus {
    LiveListenerBus::scheduler().build().expect("the settings are in order")
}

fn shown(bus: &Bus) -> PageServer {
    serve(&StatusPage::of(bus).expect("it takes listeners"))
}

/// One who follows.
struct Follower(BufReader<TcpStream>);

impl Follower {
    fn new(server: &PageServer, query: &str) -> Self {
        let mut stream = connect(server.local_addr(), &format!("GET /api/v1/events{query}"), "");
        let head = head_of(&mut stream);
        assert_eq!(status_of(&head), 200, "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        Self(stream)
    }

    /// The next event: its name and its data.
    fn next(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).expect("it comes in time"), 0, "the stream has ended");
            if let Some(text) = line.strip_prefix("event: ") {
                text.trim_end().clone_into(&mut name);
            } else if let Some(text) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(text).expect("it is JSON"));
            }
        }
    }

    /// All events up to the end of the stream: how many came, and how many it says are missing.
    fn rest(mut self) -> (u64, u64) {
        let mut text = String::new();
        self.0.read_to_string(&mut text).expect("it comes in time");
        let (mut came, mut missing) = (0, 0);
        for frame in text.split("\n\n") {
            match frame.split_once("event: dropped\ndata: ") {
                Some((_, data)) => {
                    let dropped: Value = serde_json::from_str(data).expect("it is JSON");
                    missing += dropped["events"].as_u64().expect("it is a number");
                }
                None => came += u64::from(frame.contains("event: ")),
            }
        }
        (came, missing)
    }
}

fn post(bus: &Bus, events: impl IntoIterator<Item = Value>) {
    for json in events {
        bus.post(event(&json));
    }
}

fn end(bus: &Bus) {
    assert!(bus.stop(SOON).is_ok(), "it stops in time");
}

#[test]
fn events_come_as_they_happen_under_their_names_and_without_secrets() {
    let bus = bus();
    let server = shown(&bus);
    bus.start().expect("it starts");
    let mut follower = Follower::new(&server, "");
    post(&bus, [application(None), job_start(0)]);
    assert_eq!(follower.next().0, "SparkListenerApplicationStart");
    let (name, data) = follower.next();
    assert_eq!((name.as_str(), &data["Job ID"]), ("SparkListenerJobStart", &json!(0)));
    assert_eq!(data["Properties"]["user.password"], "*********(redacted)");
    end(&bus);
}

#[test]
fn a_reader_gets_the_events_it_has_asked_for() {
    let bus = bus();
    let server = shown(&bus);
    bus.start().expect("it starts");
    let mut short = Follower::new(&server, "?events=JobStart");
    let mut long = Follower::new(&server, "?events=SparkListenerTaskStart,Special");
    let special = json!({"Event": "org.example.SparkListenerSpecial"});
    post(&bus, [application(None), job_start(0), task_start(0, 1), special, job_start(1)]);
    assert_eq!(
        [short.next(), short.next()].map(|(name, data)| (name, data["Job ID"].as_i64())),
        [("SparkListenerJobStart".to_owned(), Some(0)), ("SparkListenerJobStart".to_owned(), Some(1)),]
    );
    assert_eq!(long.next().0, "SparkListenerTaskStart");
    assert_eq!(long.next().0, "org.example.SparkListenerSpecial");
    end(&bus);
}

#[test]
fn an_event_whose_name_has_line_breaks_stays_one_event() {
    let bus = bus();
    let server = shown(&bus);
    bus.start().expect("it starts");
    let mut follower = Follower::new(&server, "");
    post(&bus, [json!({"Event": "a\r\n\r\nevent: dropped\ndata: {\"events\": 9}\n\n"}), job_start(0)]);
    assert!(follower.next().0.starts_with("a    event: dropped data: "));
    assert_eq!(follower.next().0, "SparkListenerJobStart");
    end(&bus);
}

#[test]
fn a_slow_reader_does_not_slow_the_bus_and_is_told_how_much_it_misses() {
    const EVENTS: u64 = 8_000;
    let bus = bus();
    let server = shown(&bus);
    bus.start().expect("it starts");
    let slow = Follower::new(&server, "");
    let padding = "x".repeat(4_096);
    for batch in 0..EVENTS / 500 {
        let special = |number: u64| json!({"Event": "Special", "Number": number, "Padding": padding});
        post(&bus, (batch * 500..(batch + 1) * 500).map(special));
        bus.wait_until_empty(SOON).expect("nobody waits for the reader");
    }
    let dropped: u64 = bus.snapshot().queues.iter().map(|queue| queue.dropped.total()).sum();
    assert_eq!(dropped, 0, "the bus has room for all");
    end(&bus);
    drop(bus);
    let (came, missing) = slow.rest();
    assert_eq!(came + missing, EVENTS, "{missing} are missing");
    assert!(missing > 0, "more than waits for a reader, and than a connection holds");
}

#[test]
fn every_reader_is_told_of_what_the_bus_has_dropped() {
    let options = QueueOptions::default().capacity(10);
    let bus = LiveListenerBus::scheduler()
        .queue("eventStream", options)
        .build()
        .expect("the settings are in order");
    let server = shown(&bus);
    let followers = [Follower::new(&server, ""), Follower::new(&server, "")];
    post(&bus, (0..100).map(|id| task_start(0, id)));
    bus.start().expect("it starts");
    bus.wait_until_empty(SOON).expect("it is soon empty");
    let lost = bus
        .snapshot()
        .queues
        .iter()
        .find(|queue| queue.name == "eventStream")
        .map(|queue| queue.dropped.total());
    end(&bus);
    drop(bus);
    for follower in followers {
        let (came, missing) = follower.rest();
        assert_eq!((came + missing, Some(missing)), (100, lost));
        assert!(missing > 0);
    }
}

#[test]
fn a_tick_comes_at_once_and_each_second() {
    let bus = bus();
    let server = shown(&bus);
    let mut follower = Follower::new(&server, "?events=tick");
    for _ in 0..2 {
        let (name, data) = follower.next();
        assert_eq!((name.as_str(), data["version"].as_u64()), ("tick", Some(0)));
        assert!(data["time"].as_u64().is_some_and(|time| time > 1_600_000_000_000), "{data}");
    }
}

#[test]
fn a_look_at_the_bus_comes_at_once_without_its_history() {
    let bus = bus();
    let server = shown(&bus);
    let (name, data) = Follower::new(&server, "?events=bus").next();
    assert_eq!((name.as_str(), &data["life"]), ("bus", &json!("alive")));
    assert_eq!(data["queues"][0]["history"]["size"], json!([]));
    let whole = get(&server, "/api/v1/bus").json();
    assert!(whole["bus"]["queues"][0]["history"]["size"].as_array().is_some_and(|sizes| !sizes.is_empty()));
    assert_eq!((&whole["barriers"], &whole["commits"]), (&json!([]), &json!([])));
}

#[test]
fn the_stream_ends_with_the_bus_and_then_nobody_needs_to_come_again() {
    let bus = bus();
    let server = shown(&bus);
    bus.start().expect("it starts");
    let follower = Follower::new(&server, "?events=JobStart,bus");
    post(&bus, [job_start(0)]);
    end(&bus);
    drop(bus);
    let (came, missing) = follower.rest();
    assert!(came >= 1 && missing == 0, "{came} came, {missing} are missing");
    assert_eq!(get(&server, "/api/v1/events").status, 204);
    assert_eq!(get(&server, "/api/v1/bus").json()["bus"]["life"], "gone");
}

#[test]
fn a_page_without_a_bus_has_nothing_to_follow_but_the_time() {
    let server = serve(&StatusPage::builder().build());
    assert_eq!(get(&server, "/api/v1/events").status, 204);
    assert_eq!(get(&server, "/api/v1/events?events=bus").status, 204);
    assert_eq!(Follower::new(&server, "?events=tick").next().0, "tick");
    let nothing = json!({"bus": null, "barriers": [], "commits": [], "statusGaps": null});
    assert_eq!(get(&server, "/api/v1/bus").json(), nothing);
}

#[test]
fn there_is_room_for_so_many_readers_and_for_another_when_one_has_gone() {
    let bus = bus();
    let server = shown(&bus);
    let mut followers: Vec<_> = (0..256).map(|_| Follower::new(&server, "?events=tick")).collect();
    let refused = get(&server, "/api/v1/events");
    assert_eq!((refused.status, refused.headers("retry-after")), (503, vec!["5"]));
    assert!(refused.message().contains("256"), "{}", refused.body);
    assert_eq!(get(&server, "/api/v1/version").status, 200, "who does not follow is not in the way");
    followers.clear();
    // The server notices with the next tick.
    let until = std::time::Instant::now() + SOON;
    while !has_room(server.local_addr()) {
        assert!(std::time::Instant::now() < until, "nobody has left");
    }
}

fn has_room(address: SocketAddr) -> bool {
    let mut stream = connect(address, "GET /api/v1/events?events=tick", "");
    status_of(&head_of(&mut stream)) == 200
}
