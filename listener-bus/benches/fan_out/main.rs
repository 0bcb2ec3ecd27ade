//! What a post and a delivery cost, for our bus and its peers, in one run:
//! `cargo bench -p listener-bus --features prometheus --bench fan_out [-- --events N] [-- --repetitions N]`.
//!
//! Every contender hands 64-byte events of P producers to Q consumers through buffers of about 10 000 events, loses
//! nothing (but for tokio's broadcast, which cannot wait), and is measured until all consumers have seen all events. The
//! contenders take turns, and the table shows the medians of the repetitions.

mod contenders;
mod measure;

use std::io::{self, Write};

use contenders::CONTENDERS;
use measure::{Median, Shape, measure};

const SHAPES: [Shape; 4] = [
    Shape { producers: 1, queues: 1 },
    Shape { producers: 4, queues: 1 },
    Shape { producers: 1, queues: 4 },
    Shape { producers: 4, queues: 4 },
];

/// Reads `--name N` from the arguments; cargo adds `--bench`, which is passed over.
fn argument(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1).and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn main() -> io::Result<()> {
    let events = argument("--events", 400_000);
    let repetitions = argument("--repetitions", 5);
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{events} events a run, median of {repetitions} repetitions in turn; times in nanoseconds.\n"
    )?;
    writeln!(
        out,
        "| producers x queues | contender | post, median | p99 | p99.9 | events/s a queue | CPU a delivery | against crossbeam | delivered |"
    )?;
    writeln!(out, "|---|---|---:|---:|---:|---:|---:|---:|---:|")?;
    for shape in SHAPES {
        let mut runs = CONTENDERS.map(|_| Vec::new());
        for _ in 0..repetitions {
            for (contender, runs) in CONTENDERS.iter().zip(&mut runs) {
                runs.push(measure(shape, events, contender.start));
            }
        }
        let medians = runs.map(|runs| Median::of(&runs));
        let crossbeam =
            CONTENDERS.iter().zip(&medians).find(|(contender, _)| contender.name == contenders::YARDSTICK);
        let yardstick = crossbeam.map_or(f64::NAN, |(_, median)| median.cpu_per_delivery);
        for (contender, median) in CONTENDERS.iter().zip(&medians) {
            writeln!(
                out,
                "| {shape} | {} | {median} | {:.2}x | {:.0} % |",
                contender.name,
                median.cpu_per_delivery / yardstick,
                median.delivered_percent
            )?;
        }
        out.flush()?;
    }
    Ok(())
}
