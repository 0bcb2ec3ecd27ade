//! What the log says of a sync.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{LazyLock, Mutex, Once};
use std::time::Duration;

use listener_bus::events::PartitionId;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::support::{SOON, barrier, gang_of, patient, stage};

type Line = HashMap<String, String>;

/// More lines than any test here makes.
const LINES: usize = 100_000;

/// Who wants the lines about which stage.
static READERS: LazyLock<Mutex<HashMap<String, SyncSender<Line>>>> = LazyLock::new(Mutex::default);

struct ToReaders;

impl<S: tracing::Subscriber> Layer<S> for ToReaders {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Line::from([("level".to_owned(), event.metadata().level().to_string())]));
        event.record(&mut fields);
        let Some(stage) = fields.0.get("stage") else { return };
        if let Some(reader) = READERS.lock().unwrap().get(stage) {
            let _full = reader.try_send(fields.0);
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

/// The log lines about this stage.
fn lines_about(stage: i32) -> Receiver<Line> {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(ToReaders)).unwrap();
    });
    let (lines_in, lines) = sync_channel(LINES);
    READERS.lock().unwrap().insert(stage.to_string(), lines_in);
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

fn assert_fields<const N: usize>(line: &Line, fields: [(&str, &str); N]) {
    for (name, value) in fields {
        assert_eq!(line.get(name).map(String::as_str), Some(value), "{name} in {line:?}");
    }
    assert!(line["seconds"].parse::<f64>().unwrap() >= 0.0, "{line:?}");
}

#[test]
fn entering_and_finishing_are_logged_with_the_tasks_facts() {
    let lines = lines_about(8001);
    let coordinator = patient().build().unwrap();
    let [mut alone] = gang_of(&coordinator, stage(8001, 3));
    alone.barrier().unwrap();
    alone.barrier().unwrap();
    let facts = [("level", "INFO"), ("task_attempt", "0"), ("stage_attempt", "3"), ("partition", "0")];
    for (part, epoch) in [("entered", "0"), ("finished", "1"), ("entered", "1"), ("finished", "2")] {
        let line = line_with(&lines, part);
        assert_fields(&line, facts);
        assert_eq!(line["barrier_epoch"], epoch);
    }
}

#[test]
fn a_task_that_waits_is_logged_again_and_again() {
    let lines = lines_about(8002);
    let coordinator = patient().log_waiting_every(Duration::from_millis(5)).build().unwrap();
    let [mut a, mut b] = gang_of(&coordinator, stage(8002, 0));
    let waiting = barrier(&mut a).waits();
    for _ in 0..3 {
        let line = line_with(&lines, "waiting under the global sync");
        assert_fields(&line, [("level", "INFO"), ("task_attempt", "0"), ("barrier_epoch", "0")]);
        assert!(line["seconds"].parse::<f64>().unwrap() > 0.0, "{line:?}");
    }
    barrier(&mut b).ok();
    waiting.ok();
}

#[test]
fn a_failure_is_a_warning_with_its_cause() {
    let lines = lines_about(8003);
    let coordinator = patient().build().unwrap();
    let [mut a, b] = gang_of(&coordinator, stage(8003, 1));
    let waiting = barrier(&mut a).waits();
    b.abort("the disk is full");
    waiting.fails();
    let line = line_with(&lines, "failed the global sync");
    assert_fields(
        &line,
        [("level", "WARN"), ("task_attempt", "0"), ("stage_attempt", "1"), ("reason", "aborted")],
    );
    assert!(line["message"].contains("the disk is full"), "{line:?}");
    assert_eq!(a.partition_id(), PartitionId(0));
}
