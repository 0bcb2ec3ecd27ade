//! The first page.

use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, bounded};
use listener_bus::coordination::{
    BarrierRounds, CommitDecisions, CommitDenial, CommitHolder, CommitsSnapshot, WaitingRound,
};
use listener_bus::page::StatusPage;
use listener_bus::{Listener, LiveListenerBus, QueueOptions};

use super::site::{Site, between, serve, words};

/// Longer than anything here takes.
const END: Duration = Duration::from_secs(20);

/// Handles nothing until it is let go.
struct Gate {
    arrived: Sender<()>,
    held: Receiver<()>,
}

impl Listener<u32> for Gate {
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "Gate".into()
    }

    fn on_event(&mut self, _: &u32) {
        // Who waits for the arrival may have gone; who holds the gate lets go by dropping it.
        let _told = self.arrived.try_send(());
        let _let_go = self.held.recv_timeout(END);
    }
}

/// Reads the page until it says so.
fn read_until(site: &Site, path: &str, is_so: impl Fn(&str) -> bool) -> String {
    let begun = Instant::now();
    loop {
        let page = site.page(path);
        if is_so(&page) {
            return page;
        }
        assert!(begun.elapsed() < END, "{}", words(&page));
    }
}

fn value<'h>(page: &'h str, queue: &str, field: &str) -> &'h str {
    let card = between(page, &format!("data-queue=\"{queue}\""), "</section>");
    between(card, &format!("data-field=\"{field}\" data-value=\""), "\"")
}

#[test]
fn a_queue_that_drops_is_named_with_its_figures() {
    let options = QueueOptions::default().capacity(10);
    let bus = LiveListenerBus::<u32>::builder().name("my-engine").queue("shared", options).build().unwrap();
    let (arrived, has_arrived) = bounded(1);
    let (gate, held) = bounded(0);
    bus.add_to_shared_queue(Gate { arrived, held }).unwrap();
    bus.start().unwrap();
    let site = serve(StatusPage::builder().bus(&bus));
    let calm = words(&site.page("/"));
    assert!(calm.contains("Yes: every queue keeps up. No event was dropped."), "{calm}");
    assert!(calm.contains("Bus my-engine"), "{calm}");
    assert!(bus.post(1_u32).is_queued());
    has_arrived.recv_timeout(END).unwrap();
    let dropped = (0..100).filter(|_| !bus.post(2_u32).is_queued()).count();
    assert!(dropped > 0);
    let said = |page: &str| page.contains("No: queue shared is dropping events: the queue was full.");
    let page = read_until(&site, "/", said);
    assert_eq!(value(&page, "shared", "dropped"), dropped.to_string());
    assert_eq!(value(&page, "shared", "capacity"), "10");
    assert_ne!(value(&page, "shared", "size"), "0");
    let recently = &site.get("/api/v1/bus").json()["bus"]["queues"][0]["droppedRecentlyByReason"];
    assert!(recently["full"].as_u64() > Some(0), "{recently}");
    assert!(words(&page).contains(&format!("Dropped: {dropped} because the queue was full.")));
    assert!(page.contains("aria-label=\"Dropped over the last"), "there is a chart of it, with a text");
    drop(gate);
    bus.wait_until_empty(END).unwrap();
}

#[test]
fn a_bus_that_was_stopped_says_so() {
    let bus = LiveListenerBus::<u32>::builder().build().unwrap();
    let (arrived, _) = bounded(1);
    let (_, held) = bounded(0);
    bus.add_to_shared_queue(Gate { arrived, held }).unwrap();
    bus.start().unwrap();
    let site = serve(StatusPage::builder().bus(&bus));
    assert!(site.page("/").contains("Yes: every queue keeps up."));
    assert!(bus.post(1_u32).is_queued());
    assert!(bus.stop(END).unwrap().is_drained());
    let page = read_until(&site, "/", |page| page.contains("The bus has stopped: it takes no more events."));
    assert!(words(&page).contains("shared stopped"), "{}", words(&page));
    assert!(!page.contains("keeps up") && !page.contains("keeping up</span>"));
    assert_eq!(site.get("/api/v1/bus").json()["bus"]["life"], "stopped");
    let followed = StatusPage::builder().bus(&bus);
    assert_eq!(serve(followed).get("/api/v1/bus").json()["bus"]["life"], "stopped", "at the first look");
}

#[test]
fn a_bus_whose_listeners_were_removed_has_not_stopped() {
    let bus = LiveListenerBus::<u32>::builder().build().unwrap();
    let (arrived, _) = bounded(1);
    let (_, held) = bounded(0);
    let handle = bus.add_to_shared_queue(Gate { arrived, held }).unwrap();
    bus.start().unwrap();
    bus.remove_listener(&handle).unwrap().wait(END).unwrap();
    assert!(bus.active_queues().is_empty());
    let site = serve(StatusPage::builder().bus(&bus));
    assert_eq!(site.get("/api/v1/bus").json()["bus"]["life"], "alive");
}

#[test]
fn a_queue_without_end_is_shown() {
    let endless = QueueOptions::default().capacity(usize::MAX);
    let bus = LiveListenerBus::<u32>::builder().queue("shared", endless).build().unwrap();
    let (arrived, _) = bounded(1);
    let (_, held) = bounded(0);
    bus.add_to_shared_queue(Gate { arrived, held }).unwrap();
    let page = serve(StatusPage::builder().bus(&bus)).page("/");
    assert!(page.contains("<meter"), "{}", words(&page));
}

#[test]
fn a_bus_that_has_ended_says_so() {
    let bus = LiveListenerBus::<u32>::builder().build().unwrap();
    let site = serve(StatusPage::builder().bus(&bus));
    drop(bus);
    read_until(&site, "/", |page| page.contains("The bus has ended; this is how it was at last."));
}

struct Rounds;

impl BarrierRounds for Rounds {
    fn waiting_rounds(&self) -> Vec<WaitingRound> {
        let short = WaitingRound {
            stage_id: 1.into(),
            waiting_millis: 10,
            tasks: 2,
            arrived: 1,
            ..Default::default()
        };
        let long = WaitingRound {
            coordinator: "<b>".to_owned(),
            stage_id: 3.into(),
            epoch: 2,
            tasks: 600,
            arrived: 100,
            missing_count: 500,
            missing: (100..400).map(Into::into).collect(),
            waiting_millis: 42_500,
            millis_left: Some(17_500),
            ..Default::default()
        };
        vec![short, long]
    }
}

#[test]
fn barrier_rounds_say_who_is_missing_and_for_how_long() {
    let site = serve(StatusPage::builder().barriers(Rounds));
    for path in ["/", "/barriers"] {
        let page = site.page(path);
        let text = words(&page);
        assert!(text.contains("100 of 600 100, 101, 102,"), "{path}: {text}");
        assert!(text.contains("118, 119 and 480 more 42.5 s 17.5 s &lt;b&gt;"), "{path}: {text}");
        assert!(text.contains("no limit"), "{path}: {text}");
        let (long, short) = (page.find("/3/0").unwrap(), page.find("/1/0").unwrap());
        assert!(long < short, "{path}: the longest wait comes first");
    }
    let all = words(&site.page("/barriers"));
    assert!(all.contains("round 2: 500 partitions are missing"), "{all}");
    assert!(all.contains("398, 399 and 200 more"), "{all}");
}

struct Denials;

impl CommitDecisions for Denials {
    fn commits(&self) -> CommitsSnapshot {
        let denial = |attempt_number| CommitDenial {
            time: 1_700_000_000_000,
            stage_id: 3.into(),
            partition_id: 12.into(),
            attempt_number,
            reason: "already_granted".to_owned(),
            message: "another attempt may commit".to_owned(),
            holder: Some(CommitHolder::default()),
            ..Default::default()
        };
        CommitsSnapshot {
            coordinator: "output".to_owned(),
            asked: 1_204,
            denied: 20,
            denied_by_reason: [("already_granted".to_owned(), 20)].into(),
            latest_denials: (1..9).map(denial).collect(),
            ..Default::default()
        }
    }
}

#[test]
fn denied_commits_say_why_and_who_holds_the_partition() {
    let site = serve(StatusPage::builder().commits(Denials));
    let first = words(&site.page("/"));
    assert!(first.contains("output : 20 of 1 204 requests denied."), "{first}");
    assert!(first.contains("20 × already granted"), "{first}");
    let row = "2023-11-14 22:13:20 UTC 3.0 12 1 already granted: another attempt may commit attempt 0 of stage attempt 0";
    assert!(first.contains(row), "{first}");
    assert_eq!(
        first.matches("another attempt may commit").count(),
        5,
        "the first page shows the latest ones only"
    );
    let all = words(&site.page("/commits"));
    assert_eq!(all.matches("another attempt may commit").count(), 8, "{all}");
}
