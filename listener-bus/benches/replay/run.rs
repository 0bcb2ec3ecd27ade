//! One run of one contender, and the median of several.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// One run, ours or Spark's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) events: u64,
    /// Of uncompressed text.
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
    /// The processor time of all threads of the process.
    pub(crate) cpu: Duration,
}

impl Run {
    pub(crate) fn events_per_second(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn cpu_micros_per_event(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.events as f64
    }

    pub(crate) fn megabytes_per_second(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.took.as_secs_f64()
    }
}

/// The time since a run has begun.
pub(crate) struct Clock {
    begun: Instant,
    cpu: Duration,
}

impl Clock {
    pub(crate) fn start() -> Result<Self> {
        Ok(Self { cpu: cpu_time()?, begun: Instant::now() })
    }

    /// The run, which is over.
    pub(crate) fn stop(&self, events: u64, bytes: u64) -> Result<Run> {
        let took = self.begun.elapsed();
        Ok(Run { events, bytes, took, cpu: cpu_time()?.saturating_sub(self.cpu) })
    }
}

fn cpu_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

/// The median of some runs, the least and the greatest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    least: f64,
    pub(crate) median: f64,
    greatest: f64,
}

impl Spread {
    pub(crate) fn of(runs: &[Run], figure: impl Fn(&Run) -> f64) -> Self {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
        Self { least: at(0), median: at(figures.len() / 2), greatest: at(figures.len().wrapping_sub(1)) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} ({:.0} to {:.0})", self.median, self.least, self.greatest)
    }
}
