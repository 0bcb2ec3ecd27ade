//! The tables: both sides take turns, and the medians of the repetitions are shown.

use std::io::{StdoutLock, Write};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::memory::Memory;
use crate::others::Beside;
use crate::outcome::{Outcome, Spread};
use crate::spark::Spark;
use crate::workloads::{Metrics, Workload};

/// Threads that ask in stages of their own, beside another thread.
const ASKERS: [i32; 2] = [1, 3];
/// Times that Spark's side does everything before it is measured.
const WARM_UPS: usize = 2;

pub(crate) struct Tables<'out> {
    pub(crate) out: StdoutLock<'out>,
    pub(crate) threads: Vec<i32>,
    pub(crate) at_least: Duration,
    pub(crate) repetitions: u32,
    pub(crate) spark: Option<Spark>,
}

/// What all contenders have done in their turns.
#[derive(Default)]
struct Turns {
    spark: Vec<Outcome>,
    plain: Vec<Outcome>,
    recorded: Vec<Outcome>,
}

impl Tables<'_> {
    /// Has the compiler of the JVM see everything before it is measured.
    pub(crate) fn warm_up(&mut self) -> Result<()> {
        let Some(spark) = &mut self.spark else { return Ok(()) };
        let workloads = Workload::ALL.map(|workload| (workload.name(), &*self.threads));
        let beside = Beside::ALL.map(|beside| (beside.name(), &ASKERS[..]));
        for (workload, threads) in [workloads.as_slice(), &beside].concat().repeat(WARM_UPS) {
            for &threads in threads {
                spark.measure(workload, threads, self.at_least)?;
            }
        }
        Ok(())
    }

    pub(crate) fn decisions(&mut self) -> Result<()> {
        writeln!(
            self.out,
            "| workload | threads | Spark, million decisions/s | commit-coordinator | against Spark | with metrics | against Spark |"
        )?;
        writeln!(self.out, "|---|---:|---:|---:|---:|---:|---:|")?;
        for workload in Workload::ALL {
            for threads in self.threads.clone() {
                let turns = self.take_turns(workload, threads)?;
                writeln!(self.out, "| `{}` | {threads} | {turns} |", workload.name())?;
                self.out.flush()?;
            }
        }
        Ok(())
    }

    fn take_turns(&mut self, workload: Workload, threads: i32) -> Result<Turns> {
        let mut turns = Turns::default();
        let what = || format!("our {} {threads}", workload.name());
        for _ in 0..self.repetitions {
            let theirs =
                self.spark.as_mut().map(|spark| spark.measure(workload.name(), threads, self.at_least));
            turns.spark.extend(theirs.transpose()?);
            for (runs, metrics) in [(&mut turns.plain, Metrics::Off), (&mut turns.recorded, Metrics::On)] {
                let outcome = workload.measure(threads, self.at_least, metrics).and_then(Outcome::check);
                runs.push(outcome.with_context(what)?);
            }
        }
        Ok(turns)
    }

    pub(crate) fn others(&mut self) -> Result<()> {
        writeln!(
            self.out,
            "| askers | contender | alone, million asks/s | beside a busy thread | beside one that starts and ends stages | against busy | 99.9 % of asks, microseconds: busy, stages | greatest ask: busy, stages |"
        )?;
        writeln!(self.out, "|---:|---|---:|---:|---:|---:|---:|---:|")?;
        for threads in ASKERS {
            let turns = self.take_turns_beside(threads)?;
            if self.spark.is_some() {
                self.beside(threads, "Spark", &turns.each_ref().map(|turns| &*turns.spark))?;
            }
            self.beside(threads, "commit-coordinator", &turns.each_ref().map(|turns| &*turns.plain))?;
        }
        Ok(())
    }

    fn take_turns_beside(&mut self, threads: i32) -> Result<[Turns; 3]> {
        let mut all = Beside::ALL.map(|_| Turns::default());
        for _ in 0..self.repetitions {
            for (beside, turns) in Beside::ALL.into_iter().zip(&mut all) {
                let theirs =
                    self.spark.as_mut().map(|spark| spark.measure(beside.name(), threads, self.at_least));
                turns.spark.extend(theirs.transpose()?);
                let ours = beside.measure(threads, self.at_least).and_then(Outcome::check);
                turns.plain.push(ours.with_context(|| format!("our {} {threads}", beside.name()))?);
            }
        }
        Ok(all)
    }

    fn beside(&mut self, threads: i32, contender: &str, runs: &[&[Outcome]; 3]) -> Result<()> {
        let figures = |figure: fn(&Outcome) -> f64| runs.map(|runs| Spread::of(runs, figure));
        let [alone, busy, stages] = figures(Outcome::millions);
        let [_, busy_late, stages_late] = figures(|run| run.late as f64 / 1e3);
        let [_, busy_latest, stages_latest] = figures(|run| run.latest as f64 / 1e3);
        writeln!(
            self.out,
            "| {threads} | {contender} | {alone} | {busy} | {stages} | {:.2}x | {:.1}, {:.1} | {:.0}, {:.0} |",
            stages.median / busy.median,
            busy_late.median,
            stages_late.median,
            busy_latest.greatest,
            stages_latest.greatest
        )?;
        Ok(self.out.flush()?)
    }

    pub(crate) fn memory(&mut self) -> Result<()> {
        writeln!(
            self.out,
            "| a million partitions | Spark, MiB on the heap | commit-coordinator, MiB resident |"
        )?;
        writeln!(self.out, "|---|---:|---:|")?;
        for memory in Memory::ALL {
            let mebibytes = |outcome: Outcome| format!("{:.1}", outcome.nanos as f64 / f64::from(1 << 20));
            let theirs = self.spark.as_mut().map(|spark| spark.memory(memory.name())).transpose()?;
            let ours = memory.measure().with_context(|| format!("our memory {}", memory.name()))?;
            writeln!(
                self.out,
                "| {} | {} | {} |",
                memory.title(),
                theirs.map(mebibytes).unwrap_or_default(),
                mebibytes(ours)
            )?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let spread = |runs: &[Outcome]| Spread::of(runs, Outcome::millions);
        let (plain, recorded) = (spread(&self.plain), spread(&self.recorded));
        if self.spark.is_empty() {
            return write!(f, "| {plain} | | {recorded} |");
        }
        let spark = spread(&self.spark);
        let (ratio, recorded_ratio) = (plain.median / spark.median, recorded.median / spark.median);
        write!(f, "{spark} | {plain} | {ratio:.1}x | {recorded} | {recorded_ratio:.1}x")
    }
}
