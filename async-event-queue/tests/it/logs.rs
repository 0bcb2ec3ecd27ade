use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{LazyLock, Mutex, Once};
use std::time::Duration;

use async_event_queue::AsyncEventQueue;
use crossbeam::channel::{Receiver, Sender, unbounded};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::{Gate, SHORT, SOON, assert_conserved, latch, post_all, started};

type Line = HashMap<String, String>;

/// Who wants the lines about which queue.
static READERS: LazyLock<Mutex<HashMap<String, Sender<Line>>>> = LazyLock::new(Mutex::default);

/// Logging about this queue's panics panics, outside any listener.
const DYING: &str = "log-dies";

struct ToReaders;

impl<S: tracing::Subscriber> Layer<S> for ToReaders {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Line::from([("level".to_owned(), event.metadata().level().to_string())]));
        event.record(&mut fields);
        let Some(queue) = fields.0.get("queue") else { return };
        assert!(queue != DYING || !fields.0["message"].contains("a listener panicked"), "the log is broken");
        if let Some(reader) = READERS.lock().unwrap().get(queue) {
            let _gone = reader.send(fields.0);
        }
    }
}

struct Fields(Line);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

/// The log lines about the queue of this name.
fn lines_about(queue: &str) -> Receiver<Line> {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(ToReaders)).unwrap();
    });
    let (lines_in, lines) = unbounded();
    READERS.lock().unwrap().insert(queue.to_owned(), lines_in);
    lines
}

fn line_with(lines: &Receiver<Line>, part: &str) -> Line {
    loop {
        let line = lines.recv_timeout(SOON).unwrap_or_else(|_| panic!("a line with {part:?}"));
        if line["message"].contains(part) {
            return line;
        }
    }
}

#[test]
fn the_first_drop_is_logged_at_once_and_the_rest_at_the_stop() {
    let lines = lines_about("log-drops");
    let queue = AsyncEventQueue::builder("log-drops").capacity(1).build().unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(0);
    gate.wait_entered();
    post_all(&queue, 1..=2);
    let first = lines.try_recv().expect("logged by the post itself");
    assert_eq!((first["level"].as_str(), first["reason"].as_str()), ("ERROR", "full"));
    post_all(&queue, 3..=10);
    assert!(lines.try_recv().is_err(), "one line, not one an event");
    gate.open();
    assert!(queue.stop(SOON).unwrap().is_drained());
    let rest = line_with(&lines, "dropped more events");
    assert_eq!(rest["dropped"], "8", "what no line had told of");
}

#[test]
fn a_single_event_dropped_at_the_deadline_is_logged() {
    let lines = lines_about("log-deadline");
    let queue = AsyncEventQueue::new("log-deadline");
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(0);
    gate.wait_entered();
    queue.post(1);
    assert!(!queue.stop(SHORT).unwrap().is_drained());
    assert_eq!(line_with(&lines, "dropped more events")["dropped"], "1");
    gate.open();
}

#[test]
fn a_panic_is_logged_with_the_listeners_name() {
    let lines = lines_about("log-panic");
    let queue = AsyncEventQueue::new("log-panic");
    queue.add_listener(|event: &u64| assert_ne!(*event, 1, "no ones")).unwrap();
    let queue = started(queue);
    queue.post(1);
    let line = line_with(&lines, "a listener panicked");
    assert!(line["panic"].contains("no ones"), "{line:?}");
    assert!(line["listener"].ends_with("::closure"), "{line:?}");
}

#[test]
fn a_stuck_listener_is_found_while_it_is_stuck_and_the_slow_event_logged_after() {
    let lines = lines_about("log-slow");
    let queue = AsyncEventQueue::builder("log-slow")
        .slow_event_threshold(Duration::from_millis(8))
        .event_type(|event: &u64| format!("number {event}"))
        .build()
        .unwrap();
    let (gate, gated) = Gate::new();
    queue.add_listener(gated).unwrap();
    let queue = started(queue);
    queue.post(42);
    let stuck = line_with(&lines, "still inside");
    assert_eq!(stuck["listener"], "Gated");
    let shown = queue.snapshot().stuck.expect("it is inside");
    assert_eq!(shown.listener, "Gated");
    assert!(shown.for_at_least >= Duration::from_millis(8));
    gate.open();
    let slow = line_with(&lines, "took long");
    assert_eq!((slow["listener"].as_str(), slow["event"].as_str()), ("Gated", "number 42"));
    queue.wait_until_empty(SOON).unwrap();
    assert_eq!(queue.snapshot().stuck, None);
}

#[test]
fn a_slow_event_that_is_not_timed_is_found_by_the_monitor() {
    let lines = lines_about("log-untimed");
    let queue = AsyncEventQueue::builder("log-untimed")
        .capacity(200_000)
        .slow_event_threshold(Duration::from_millis(8))
        .event_type(u64::to_string)
        .build()
        .unwrap();
    let (entered_in, entered) = latch();
    let (gate_in, gate) = latch();
    queue
        .add_listener(move |event: &u64| {
            if *event == 99_999 {
                entered_in.send(()).unwrap();
                let _opened = gate.recv();
            }
        })
        .unwrap();
    // A fast flood, so that only one event in many is timed when the slow one comes.
    post_all(&queue, 0..=99_999);
    queue.start().unwrap();
    entered.recv_timeout(SOON).unwrap();
    let deadline = std::time::Instant::now() + SOON;
    while queue.snapshot().stuck.is_none() {
        assert!(std::time::Instant::now() < deadline, "the monitor does not see it");
        std::thread::yield_now();
    }
    drop(gate_in);
    while line_with(&lines, "took long")["event"] != "99999" {}
}

#[test]
fn a_dispatch_thread_that_dies_ends_its_queue_and_wakes_who_waits() {
    let lines = lines_about(DYING);
    let queue = AsyncEventQueue::new(DYING);
    queue.add_listener(|_: &u64| panic!("the first event")).unwrap();
    post_all(&queue, 0..4);
    queue.start().unwrap();
    queue.wait_until_empty(SOON).unwrap();
    let report = queue.stop(SOON).unwrap();
    assert_eq!(report.queues, [], "it has left");
    let snapshot = queue.snapshot();
    assert_eq!((snapshot.delivered, snapshot.dropped.total()), (1, 3));
    line_with(&lines, "the dispatch thread ends by a panic");
    queue.post(5);
    assert_conserved(&queue);
}
