//! The time from a post to an idle bus until its listener runs, beside a thread that waits for a channel.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use listener_bus::LiveListenerBus;

use crate::tally::{Times, clock_cost};
use crate::{LONG, METRICS, pause};

/// In this time whoever has nothing to do falls asleep.
const FALL_ASLEEP: Duration = Duration::from_millis(2);
/// Rounds whose times are not taken.
const WARM_UP: u32 = 50;

/// Where a consumer leaves how long it took to be woken, in nanoseconds.
#[derive(Clone, Default)]
struct Slot(Arc<AtomicU64>);

impl Slot {
    /// What a consumer does with the time of its event.
    fn woken(&self, posted: &Instant) {
        let nanos = u64::try_from(posted.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.store(nanos.max(1), Ordering::Release);
    }

    fn wait(&self) -> Duration {
        loop {
            match self.0.swap(0, Ordering::Acquire) {
                0 => pause(FALL_ASLEEP),
                nanos => return Duration::from_nanos(nanos),
            }
        }
    }
}

/// Lets a consumer fall asleep, and wakes it.
fn round(slot: &Slot, post: impl FnOnce(Instant)) -> Duration {
    pause(FALL_ASLEEP);
    post(Instant::now());
    pause(FALL_ASLEEP);
    slot.wait()
}

pub(crate) fn tell(out: &mut impl Write, rounds: u32) -> io::Result<()> {
    let (ours, theirs) = measure(rounds);
    writeln!(
        out,
        "From a post to an idle bus of one queue, metrics on, until its listener runs; beside a crossbeam channel with a \
         thread that is blocked in `recv`; {rounds} rounds in turn, {FALL_ASLEEP:?} and more of quiet before each. In \
         nanoseconds; {} of them for reading the clock.\n",
        clock_cost()
    )?;
    writeln!(out, "| who is woken | median | against crossbeam | goal | p99 | longest |")?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
    let yardstick = theirs.quantile(0.5);
    for (name, times, goal) in [("listener-bus", ours, "<= 1.30x"), ("crossbeam channel", theirs, "")] {
        let median = times.quantile(0.5);
        writeln!(
            out,
            "| {name} | {median} | {:.2}x | {goal} | {} | {} |",
            ratio(median, yardstick),
            times.quantile(0.99),
            times.longest()
        )?;
    }
    out.flush()
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn ratio(one: u64, other: u64) -> f64 {
    one as f64 / other.max(1) as f64
}

fn measure(rounds: u32) -> (Times, Times) {
    let (on_bus, on_channel) = (Slot::default(), Slot::default());
    let bus = METRICS.record(|| {
        let bus = LiveListenerBus::<Instant>::builder().name("wake").build().expect("settings in order");
        let slot = on_bus.clone();
        bus.add_to_shared_queue(move |posted: &Instant| slot.woken(posted)).expect("not stopped");
        bus
    });
    bus.start().expect("starts once");
    let (sender, receiver) = crossbeam::channel::bounded::<Instant>(10_000);
    let slot = on_channel.clone();
    let consume = move || receiver.iter().for_each(|posted| slot.woken(&posted));
    let consumer =
        thread::Builder::new().name("consumer".to_owned()).spawn(consume).expect("a thread starts");
    let (mut ours, mut theirs) = (Times::new(), Times::new());
    for number in 0..WARM_UP + rounds {
        let our = round(&on_bus, |now| assert!(bus.post(now).is_queued()));
        let their = round(&on_channel, |now| sender.send(now).expect("the consumer is there"));
        if number >= WARM_UP {
            ours.record(our);
            theirs.record(their);
        }
    }
    drop(sender);
    consumer.join().expect("a consumer consumes");
    assert!(bus.stop(LONG).expect("started").is_drained());
    (ours, theirs)
}
