//! The metrics over HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};

use listener_bus::events::{JobEnd, StageSubmitted, TaskStart};
use listener_bus::metrics::{
    EVENTS_POSTED, LISTENER_PROCESSING, PROCESSING_BUCKETS, QUEUE_CAPACITY, QUEUE_EVENTS_DELIVERED,
    QUEUE_EVENTS_DROPPED, QUEUE_EVENTS_POSTED, QUEUE_PROCESSING, QUEUE_SIZE,
};
use listener_bus::prometheus::{MetricsServer, ServeError};
use listener_bus::{
    APP_STATUS, DropReason, EVENT_LOG, LiveListenerBus, QueueOptions, SHARED, SchedulerEvent,
};

use crate::bus_scrape::{Scrape, get};
use crate::support::{Bus, SOON, gated, post_all, started};

fn serve() -> MetricsServer {
    MetricsServer::builder().serve_local().expect("a free port")
}

/// A started bus with a listener on its shared queue, recorded by the server.
fn counted(server: &MetricsServer, name: &str) -> Bus {
    server.record(|| {
        let bus = Bus::builder().name(name).build().unwrap();
        bus.add_to_shared_queue(|_: &u64| ()).unwrap();
        started(bus)
    })
}

/// Asserts that a scrape says of each queue what the bus's snapshot says.
#[track_caller]
fn assert_scraped(server: &MetricsServer, bus: &Bus) {
    let (scrape, snapshot) = (Scrape::of(server.local_addr()), bus.snapshot());
    assert_eq!(scrape.whole(EVENTS_POSTED, &[("bus", bus.name())]), snapshot.posted);
    for queue in &snapshot.queues {
        let labels = [("bus", bus.name()), ("queue", &queue.name)];
        let told = [QUEUE_EVENTS_POSTED, QUEUE_EVENTS_DELIVERED, QUEUE_SIZE, QUEUE_CAPACITY]
            .map(|name| scrape.whole(name, &labels));
        let counted = [queue.posted, queue.delivered, queue.size as u64, queue.capacity as u64];
        assert_eq!(told, counted, "{queue:?}");
        let dropped = DropReason::ALL.map(|reason| {
            scrape.whole(QUEUE_EVENTS_DROPPED, &[labels[0], labels[1], ("reason", reason.as_str())])
        });
        assert_eq!(dropped, DropReason::ALL.map(|reason| queue.dropped.get(reason)), "{queue:?}");
    }
}

#[test]
fn a_server_on_a_free_port_answers_under_metrics_and_nowhere_else() {
    let server = serve();
    let bus = counted(&server, "served");
    assert!(server.local_addr().ip().is_loopback());
    assert_ne!(server.local_addr().port(), 0);
    let answer = get(server.local_addr(), "/metrics");
    assert_eq!(answer.status, "http/1.1 200 ok");
    let content_type = answer.header("content-type").expect("a content type");
    assert!(content_type.starts_with("text/plain; version=0.0.4"), "{content_type}");
    assert!(answer.body.contains(&format!("# TYPE {EVENTS_POSTED} counter")), "{}", answer.body);
    assert!(answer.body.contains(&format!("# HELP {EVENTS_POSTED} ")), "{}", answer.body);
    for path in ["/", "/metrics/", "/metrics/more", "/other"] {
        assert_eq!(get(server.local_addr(), path).status, "http/1.1 404 not found", "{path}");
    }
    drop(bus);
}

#[test]
fn after_a_stop_a_scrape_says_what_the_snapshot_says_by_queue_and_reason() {
    let server = serve();
    let small = QueueOptions::new().capacity(2);
    let bus = Bus::builder().name("exact").start_buffer(3).queue(EVENT_LOG, small);
    let bus = server.record(|| bus.build().unwrap());
    let (gates, _handles): (Vec<_>, Vec<_>) =
        server.record(|| [SHARED, EVENT_LOG].map(|queue| gated(&bus, queue))).into_iter().unzip();
    post_all(&bus, 0..5);
    let bus = started(bus);
    assert!(gates.iter().all(|gate| gate.wait_entered() == 0));
    post_all(&bus, 5..20);
    drop(gates);
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert_scraped(&server, &bus);
    post_all(&bus, 20..23);
    assert_scraped(&server, &bus);
    let log = &bus.snapshot().queues[1].dropped;
    assert_eq!((log.get(DropReason::NotStarted), log.get(DropReason::Stopped)), (2, 3));
    assert!(log.get(DropReason::Full) >= 13, "{log:?}");
}

#[test]
fn times_are_histograms_of_fixed_buckets() {
    let server = serve();
    let bus = counted(&server, "timed");
    post_all(&bus, 0..100);
    assert!(bus.stop(SOON).unwrap().is_drained());
    let text = get(server.local_addr(), "/metrics").body;
    let scrape = Scrape::parse(&text);
    for histogram in [QUEUE_PROCESSING, LISTENER_PROCESSING] {
        assert!(text.contains(&format!("# TYPE {histogram} histogram")), "{text}");
        let buckets = scrape.series(&format!("{histogram}_bucket"));
        let bounds: BTreeSet<String> = buckets.iter().map(|labels| labels["le"].clone()).collect();
        let expected =
            PROCESSING_BUCKETS.map(|bound| bound.to_string()).into_iter().chain(["+Inf".to_owned()]);
        assert_eq!(bounds, expected.collect());
    }
    let labels = [("bus", "timed"), ("queue", SHARED)];
    let samples = scrape.whole(&format!("{QUEUE_PROCESSING}_count"), &labels);
    let all = scrape.whole(&format!("{QUEUE_PROCESSING}_bucket"), &[labels[0], labels[1], ("le", "+Inf")]);
    assert!((1..=100).contains(&samples) && samples == all, "{samples} samples, {all} in buckets");
}

#[test]
fn what_is_kept_for_a_scrape_does_not_grow_while_nobody_scrapes() {
    let server = serve();
    let bus = server.record(|| Bus::builder().name("unscraped").capacity(50_000).build().unwrap());
    server.record(|| {
        for queue in [SHARED, APP_STATUS] {
            bus.add_to_queue(queue, |_: &u64| ()).unwrap();
        }
    });
    let bus = started(bus);
    bus.post(0_u64);
    bus.wait_until_empty(SOON).unwrap();
    let before = server.render();
    for _ in 0..10 {
        post_all(&bus, 0..40_000);
        bus.wait_until_empty(SOON).unwrap();
    }
    assert!(bus.stop(SOON).unwrap().is_drained());
    assert!(bus.snapshot().queues.iter().all(|queue| queue.delivered == 400_001));
    let after = server.render();
    assert_eq!(after.lines().count(), before.lines().count(), "{after}");
    let labels = [("bus", "unscraped"), ("queue", SHARED)];
    let samples = Scrape::parse(&after).whole(&format!("{QUEUE_PROCESSING}_count"), &labels);
    assert!(samples < 100_000, "{samples} samples of 400001 events");
}

#[test]
fn no_label_has_an_id_of_a_job_a_stage_or_a_task() {
    let server = serve();
    let bus = LiveListenerBus::scheduler().name("labels");
    let bus = server.record(|| bus.build().unwrap());
    server.record(|| bus.add_to_shared_queue(|_: &SchedulerEvent| ()).unwrap());
    bus.start().unwrap();
    let before = server.render().lines().count();
    for id in 0..1_000 {
        bus.post(JobEnd { job_id: (77_000 + id).into(), ..Default::default() });
        bus.post(StageSubmitted::default());
        bus.post(TaskStart { stage_id: (88_000 + id).into(), ..Default::default() });
    }
    assert!(bus.stop(SOON).unwrap().is_drained());
    let after = server.render();
    assert_eq!(after.lines().count(), before);
    let mut values = BTreeMap::<_, BTreeSet<_>>::new();
    for (name, labels) in Scrape::parse(&after).all() {
        assert!(name.starts_with("listener_bus_"), "{name}");
        for (label, value) in labels {
            values.entry(label.clone()).or_default().insert(value.clone());
        }
    }
    let names: Vec<_> = values.keys().map(String::as_str).collect();
    assert_eq!(names, ["bus", "le", "listener", "queue", "reason"]);
    assert_eq!(values["listener"].len(), 1, "{values:?}");
}

#[test]
fn two_servers_in_one_process_each_serve_their_own_bus() {
    let servers = [serve(), serve()];
    let buses = [counted(&servers[0], "one"), counted(&servers[1], "other")];
    for (bus, events) in buses.iter().zip([3, 5]) {
        post_all(bus, 0..events);
        assert!(bus.stop(SOON).unwrap().is_drained());
    }
    for (server, bus) in servers.iter().zip(&buses) {
        assert_scraped(server, bus);
        assert_eq!(Scrape::of(server.local_addr()).series(EVENTS_POSTED).len(), 1);
    }
}

#[test]
fn a_port_in_use_is_an_error_that_names_the_address_and_a_dropped_server_frees_its_own() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = MetricsServer::builder().address(address).serve_local().unwrap_err();
    assert!(matches!(&error, ServeError::Bind { address: named, .. } if *named == address), "{error:?}");
    assert_eq!(error.to_string(), format!("cannot serve metrics on {address}"));
    let server = serve();
    let address = server.local_addr();
    let error = MetricsServer::builder().address(address).serve_local().unwrap_err();
    assert!(matches!(error, ServeError::Bind { .. }), "{error:?}");
    drop(server);
    TcpListener::bind(address).expect("the port is free again");
}

#[test]
fn an_idle_connection_does_not_keep_a_server_from_ending() {
    let server = serve();
    let mut idle = TcpStream::connect_timeout(&server.local_addr(), SOON).unwrap();
    idle.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(get(server.local_addr(), "/metrics").status, "http/1.1 200 ok");
    drop(server);
    let closed = idle.read(&mut [0]);
    assert!(
        matches!(&closed, Ok(0))
            || matches!(&closed, Err(error) if error.kind() == ErrorKind::ConnectionReset),
        "{closed:?}"
    );
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn a_server_can_be_started_scraped_and_dropped_inside_a_runtime() {
    let server = serve();
    let bus = counted(&server, "inside");
    post_all(&bus, 0..10);
    assert!(bus.stop_async(SOON).await.unwrap().is_drained());
    // The server has a thread of its own: a scrape that blocks this one does not keep it from answering.
    assert_scraped(&server, &bus);
    drop(server);
}
