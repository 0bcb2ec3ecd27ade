//! One run of one contender, and the medians of several.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::contenders::{Contender, Poster, Running, Shape, Tally};

/// One run, ours, a peer's or Spark's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) posted: u64,
    /// By all queues together.
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    /// Until the last producer has posted its last event.
    pub(crate) posting: Duration,
    /// The processor time of all threads of the process until everything is delivered.
    pub(crate) cpu: Duration,
}

impl Run {
    pub(crate) fn share(&self) -> f64 {
        self.delivered as f64 / self.expected as f64
    }

    pub(crate) fn nanos_per_post(&self) -> f64 {
        self.posting.as_nanos() as f64 / self.posted as f64
    }

    pub(crate) fn cpu_nanos_per_delivery(&self) -> f64 {
        self.cpu.as_nanos() as f64 / self.delivered as f64
    }

    pub(crate) fn deliveries_per_cpu_second(&self) -> f64 {
        self.delivered as f64 / self.cpu.as_secs_f64()
    }
}

/// Floods a contender with so many events, and waits until it is drained.
pub(crate) fn flood(contender: &Contender, shape: Shape, events: u64) -> Result<Run> {
    let Running { posters, finish } = (contender.start)(shape);
    let each = events / shape.producers as u64;
    let posted = each * shape.producers as u64;
    let gate = Barrier::new(shape.producers + 1);
    let (cpu, begun, ended) = thread::scope(|scope| -> Result<_> {
        let producers: Vec<_> =
            posters.into_iter().map(|poster| scope.spawn(|| produce(poster, each, &gate))).collect();
        // Read while the producers still wait: afterwards there may be no core left to read them on.
        let (cpu, begun) = (cpu_time()?, Instant::now());
        gate.wait();
        let ends = producers.into_iter().map(|producer| producer.join().expect("a producer posts"));
        Ok((cpu, begun, ends.max().unwrap_or(begun)))
    })?;
    let Tally { delivered, dropped } = finish();
    let expected = posted * shape.queues as u64;
    let run =
        Run { posted, expected, delivered, posting: ended - begun, cpu: cpu_time()?.saturating_sub(cpu) };
    let lost = expected.checked_sub(delivered);
    ensure!(lost.is_some() && dropped.is_none_or(|dropped| lost == Some(dropped)), "{dropped:?} and {run:?}");
    Ok(run)
}

fn produce(mut post: Poster, events: u64, gate: &Barrier) -> Instant {
    gate.wait();
    for number in 0..events {
        post(number);
    }
    Instant::now()
}

fn cpu_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

/// The median of a figure of some runs.
pub(crate) fn median(runs: &[Run], figure: fn(&Run) -> f64) -> f64 {
    middle(runs.iter().map(figure).collect())
}

/// The median of how many times the figure of `runs` is that of the run of `peers` in the same repetition.
pub(crate) fn median_ratio(runs: &[Run], peers: &[Run], figure: fn(&Run) -> f64) -> f64 {
    middle(runs.iter().zip(peers).map(|(run, peer)| figure(run) / figure(peer)).collect())
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
