//! The time of a post beside queues that are in trouble, and beside queues that are well.

use std::fmt;
use std::io::{self, Write};
use std::iter;
use std::num::NonZero;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

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
         are paced spin between their posts. One producer has a core of its own, and all other threads the others; two share \
         theirs with them, so that their posts are also interrupted for whole time slices.\n",
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

/// The core of a lone producer.
const OWN_CORE: usize = 0;

/// Keeps this thread, and those that it starts, to these cores.
fn keep_to(cores: impl Iterator<Item = usize>) {
    let mut set = CpuSet::new();
    for core in cores {
        set.set(core).expect("there are fewer cores than a set holds");
    }
    sched_setaffinity(Pid::from_raw(0), &set).expect("a thread may choose among the cores that are there");
}

fn run(producers: usize, pace: Pace, state: State, time: Duration) -> Run {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let is_alone = producers == 1 && cores > 1;
    if is_alone {
        keep_to((0..cores).filter(|core| *core != OWN_CORE));
    }
    let run = run_here(producers, pace, state, (time, is_alone));
    keep_to(0..cores);
    run
}

fn run_here(producers: usize, pace: Pace, state: State, (time, is_alone): (Duration, bool)) -> Run {
    let patient = Patient::start(state);
    let (over, start) = (AtomicBool::new(false), Barrier::new(producers));
    let times = thread::scope(|scope| {
        patient.trouble(scope, &over);
        let produce = || {
            if is_alone {
                keep_to(iter::once(OWN_CORE));
            }
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
