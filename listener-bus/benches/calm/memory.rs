//! The memory of an empty bus, of a full one, and of one whose burst is over.

use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use listener_bus::LiveListenerBus;
use stats_alloc::INSTRUMENTED_SYSTEM;

use crate::event::Event;
use crate::{LONG, METRICS, pause};

const CAPACITY: usize = 10_000;
const EMPTY_GOAL: usize = 256 * 1024;
/// In this time threads let go of what they need no more.
const SETTLE: Duration = Duration::from_millis(100);

/// Bytes this process has allocated and not given back.
fn allocated() -> usize {
    let stats = INSTRUMENTED_SYSTEM.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

/// A started bus whose listeners wait at a gate, each inside its first event.
struct Gated<const WORDS: usize> {
    bus: LiveListenerBus<Event<WORDS>>,
    gate: Sender<()>,
    entered: Receiver<()>,
}

/// A listener that waits at the gate in every event.
fn waiting<const WORDS: usize>(gate: Receiver<()>, entered: Sender<()>) -> impl FnMut(&Event<WORDS>) + Send {
    move |event| {
        // Full once every listener has been here.
        let _full = entered.try_send(());
        let _opened = gate.recv();
        event.consume();
    }
}

impl<const WORDS: usize> Gated<WORDS> {
    fn start(name: &str, queues: usize) -> Self {
        let (gate, gated) = bounded::<()>(0);
        let (entered_in, entered) = bounded(queues);
        let bus = METRICS.record(|| {
            let builder = LiveListenerBus::builder().name(name).capacity(CAPACITY);
            let bus = builder.build().expect("settings in order");
            for queue in 0..queues {
                let wait = waiting(gated.clone(), entered_in.clone());
                bus.add_to_queue(&format!("queue-{queue}"), wait).expect("not stopped");
            }
            bus
        });
        bus.start().expect("starts once");
        Self { bus, gate, entered }
    }

    fn post(&self, events: usize) {
        for number in 0..events {
            assert!(self.bus.post(Event::numbered(number as u64)).is_queued(), "there is room");
        }
    }
}

/// Bytes held.
struct Held {
    full: usize,
    after: usize,
}

fn burst<const WORDS: usize>(queues: usize) -> Held {
    let gated = Gated::<WORDS>::start("memory-full", queues);
    gated.post(1);
    (0..queues).for_each(|_| gated.entered.recv_timeout(LONG).expect("the listeners get an event"));
    pause(SETTLE);
    let at_rest = allocated();
    gated.post(CAPACITY);
    let full = allocated().saturating_sub(at_rest);
    drop(gated.gate);
    gated.bus.wait_until_empty(LONG).expect("the gate is open");
    pause(SETTLE);
    let after = allocated().saturating_sub(at_rest);
    assert!(gated.bus.stop(LONG).expect("started").is_drained());
    Held { full, after }
}

fn empty() -> usize {
    LazyLock::force(&METRICS);
    pause(SETTLE);
    let before = allocated();
    let gated = Gated::<8>::start("memory-empty", 4);
    pause(SETTLE);
    let held = allocated().saturating_sub(before);
    drop(gated.gate);
    assert!(gated.bus.stop(LONG).expect("started").is_drained());
    held
}

pub(crate) fn tell(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "Bytes allocated and not given back, by a bus with queues of {CAPACITY}, metrics on and included.\n"
    )?;
    writeln!(out, "| bus | bytes | goal |")?;
    writeln!(out, "|---|---:|---:|")?;
    writeln!(out, "| empty, started, 4 queues with a listener each | {} | < {EMPTY_GOAL} |\n", empty())?;
    writeln!(
        out,
        "Beyond what the same bus holds with one event, which its listeners are inside: with {CAPACITY} events waiting in \
         every queue, and when all are handled.\n"
    )?;
    writeln!(
        out,
        "| event, bytes | queues | full, bytes | goal | times the events' own size | after the burst, bytes |"
    )?;
    writeln!(out, "|---:|---:|---:|---:|---:|---:|")?;
    for queues in [1, 4] {
        tell_burst::<2>(out, queues)?;
        tell_burst::<8>(out, queues)?;
        tell_burst::<32>(out, queues)?;
        tell_burst::<128>(out, queues)?;
    }
    out.flush()
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn tell_burst<const WORDS: usize>(out: &mut impl Write, queues: usize) -> io::Result<()> {
    let bytes = Event::<WORDS>::BYTES;
    let Held { full, after } = burst::<WORDS>(queues);
    let own = CAPACITY * bytes;
    let goal = own * 5 / 4 + CAPACITY * 16;
    let times = full as f64 / own as f64;
    writeln!(out, "| {bytes} | {queues} | {full} | <= {goal} | {times:.2}x | {after} |")
}
