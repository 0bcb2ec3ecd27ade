//! The time of a post beside queues that are in trouble, and beside queues that are well.

use std::fmt;
use std::io::{self, Write};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::event::Event;
use crate::tally::{Times, clock_cost, median};
use crate::trouble::{Bus, Patient, State};

/// Between the end of a post and the next one of the same producer, when they are paced.
const BETWEEN: Duration = Duration::from_micros(2);
const GOAL: u64 = 5_000;

#[derive(Clone, Copy, Debug)]
enum Pace {
    Paced,
    Unpaced,
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paced => write!(f, "one post each {BETWEEN:?}"),
            Self::Unpaced => f.write_str("one post after the other"),
        }
    }
}

struct Run {
    times: Times,
    delivered_percent: u64,
}

pub(crate) fn tell(out: &mut impl Write, repetitions: u32, time: Duration) -> io::Result<()> {
    writeln!(
        out,
        "Posts of 64 bytes to 4 queues of 10 000 that drop the newest; metrics on; {time:?} a run, medians of {repetitions} \
         runs in turn (the longest is that of all runs). In nanoseconds; {} of them for reading the clock. Producers that \
         are paced spin between their posts.\n",
        clock_cost()
    )?;
    writeln!(
        out,
        "| producers | pace | the bus is | posts a run | median | p99 | p99.9 | goal | longest | the free queue delivers |"
    )?;
    writeln!(out, "|---:|---|---|---:|---:|---:|---:|---:|---:|---:|")?;
    for producers in [1, 2] {
        for pace in [Pace::Paced, Pace::Unpaced] {
            tell_beside(out, producers, pace, (repetitions, time))?;
        }
    }
    Ok(())
}

fn tell_beside(
    out: &mut impl Write,
    producers: usize,
    pace: Pace,
    (repetitions, time): (u32, Duration),
) -> io::Result<()> {
    let states = [State::Well, State::Troubled];
    let mut runs = states.map(|_| Vec::new());
    for _ in 0..repetitions {
        for (state, runs) in states.iter().zip(&mut runs) {
            runs.push(run(producers, pace, *state, time));
        }
    }
    for (state, runs) in states.iter().zip(&runs) {
        let quantile = |quantile| median(runs.iter().map(|run: &Run| run.times.quantile(quantile)));
        writeln!(
            out,
            "| {producers} | {pace} | {state} | {} | {} | {} | {} | < {GOAL} | {} | {} % |",
            median(runs.iter().map(|run| run.times.count())),
            quantile(0.5),
            quantile(0.99),
            quantile(0.999),
            runs.iter().map(|run| run.times.longest()).max().unwrap_or_default(),
            median(runs.iter().map(|run| run.delivered_percent)),
        )?;
    }
    out.flush()
}

fn run(producers: usize, pace: Pace, state: State, time: Duration) -> Run {
    let patient = Patient::start(state);
    let (over, start) = (AtomicBool::new(false), Barrier::new(producers));
    let times = thread::scope(|scope| {
        patient.trouble(scope, &over);
        let produce = || {
            start.wait();
            produce(&patient.bus, pace, time)
        };
        let producers: Vec<_> = (0..producers).map(|_| scope.spawn(produce)).collect();
        let mut times = Times::new();
        for producer in producers {
            times.add(&producer.join().expect("a producer posts"));
        }
        over.store(true, Ordering::Relaxed);
        times
    });
    Run { times, delivered_percent: patient.finish() }
}

fn produce(bus: &Bus, pace: Pace, time: Duration) -> Times {
    let mut times = Times::new();
    let end = Instant::now() + time;
    for number in 0.. {
        let event = Event::<8>::numbered(number);
        let begun = Instant::now();
        bus.post(event);
        let ended = Instant::now();
        times.record(ended.saturating_duration_since(begun));
        if ended >= end {
            break;
        }
        match pace {
            Pace::Paced => spin_until(ended + BETWEEN),
            Pace::Unpaced => {}
        }
    }
    times
}

fn spin_until(then: Instant) {
    while Instant::now() < then {
        std::hint::spin_loop();
    }
}
