//! The CPU time of a bus on which nothing happens.

use std::io::{self, Write};
use std::sync::LazyLock;
use std::time::Duration;

use listener_bus::LiveListenerBus;
use nix::sys::resource::{UsageWho, getrusage};

use crate::event::Event;
use crate::{LONG, METRICS, pause};

const QUEUES: usize = 8;
/// After its last event a bus gets ready to sleep.
const SETTLE: Duration = Duration::from_secs(3);

/// User and system time of this process so far, in microseconds.
fn cpu_micros() -> i64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage");
    [usage.user_time(), usage.system_time()]
        .iter()
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec())
        .sum()
}

fn cpu_of_pause(time: Duration) -> i64 {
    pause(SETTLE);
    let before = cpu_micros();
    pause(time);
    cpu_micros() - before
}

pub(crate) fn tell(out: &mut impl Write, time: Duration) -> io::Result<()> {
    LazyLock::force(&METRICS);
    let without = cpu_of_pause(time);
    let bus = METRICS.record(|| {
        let bus = LiveListenerBus::<Event<8>>::builder().name("idle").build().expect("settings in order");
        for queue in 0..QUEUES {
            let consume = |event: &Event<8>| event.consume();
            bus.add_to_queue(&format!("queue-{queue}"), consume).expect("not stopped");
        }
        bus
    });
    bus.start().expect("starts once");
    for number in 0..1_000 {
        assert!(bus.post(Event::numbered(number)).is_queued());
    }
    bus.wait_until_empty(LONG).expect("the listeners are quick");
    let with = cpu_of_pause(time);
    assert!(bus.stop(LONG).expect("started").is_drained());
    writeln!(
        out,
        "CPU time of the whole process over {time:?}, in microseconds; the metrics are served all the while.\n"
    )?;
    writeln!(out, "| what idles | CPU time | goal |")?;
    writeln!(out, "|---|---:|---:|")?;
    writeln!(out, "| nothing but the metrics server | {without} | |")?;
    writeln!(out, "| a started bus with {QUEUES} queues and listeners too | {with} | < 1000 |")?;
    out.flush()
}
