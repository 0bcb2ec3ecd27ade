//! The contenders in turn, and what they come to.

use std::io::{StdoutLock, Write};

use anyhow::{Result, ensure};

use crate::contenders::{CONTENDERS, Contender, OURS, SCHEDULER, Shape};
use crate::event::Work;
use crate::run::{Run, flood, median, median_ratio};
use crate::spark::{QUEUES, Spark};

/// As our bus has it by default, and Spark's.
const CAPACITY: usize = 10_000;
/// How often each side runs beside Spark before it is measured: a virtual machine compiles as it goes.
const WARM_UP: usize = 2;
/// Producers and queues.
const SHAPES: [(usize, usize); 4] = [(1, 1), (4, 1), (1, 4), (4, 4)];

pub(crate) struct Tables {
    pub(crate) out: StdoutLock<'static>,
    pub(crate) events: u64,
    pub(crate) repetitions: usize,
}

/// The runs of a contender.
struct Runs {
    name: &'static str,
    runs: Vec<Run>,
}

impl Runs {
    fn of(contenders: &[Contender]) -> Vec<Self> {
        contenders.iter().map(|contender| Self { name: contender.name, runs: Vec::new() }).collect()
    }

    fn efficiency(&self) -> f64 {
        median(&self.runs, Run::deliveries_per_cpu_second)
    }

    /// What all tables tell.
    fn row(&self) -> String {
        let share = 100.0 * median(&self.runs, Run::share);
        let post = median(&self.runs, Run::nanos_per_post);
        let cpu = median(&self.runs, Run::cpu_nanos_per_delivery);
        format!("{} | {share:.1} % | {post:.0} | {cpu:.0}", self.name)
    }
}

impl Tables {
    /// Our bus and its peers, where what does not fit is lost.
    pub(crate) fn lossy(&mut self, listeners: &str, work: Work) -> Result<()> {
        writeln!(
            self.out,
            "\nProducers post events of 64 bytes as fast as they can to queues of {CAPACITY} with listeners that \
             {listeners}; what does not fit is lost. (tokio's queue holds {}, and loses the oldest.)\n\n\
             | producers x queues | contender | delivered | a post, ns | CPU a delivery, ns | million deliveries a CPU second | ours against it |\n\
             |---|---|---:|---:|---:|---:|---:|",
            CAPACITY.next_power_of_two()
        )?;
        let mut verdicts = Vec::new();
        for (producers, queues) in SHAPES {
            let all = self.in_turn(Shape { producers, queues, capacity: CAPACITY, work })?;
            for contender in &all {
                let (row, millions) = (contender.row(), contender.efficiency() / 1e6);
                let ratio = median_ratio(&all[0].runs, &contender.runs, Run::deliveries_per_cpu_second);
                writeln!(self.out, "| {producers} x {queues} | {row} | {millions:.2} | {ratio:.2}x |")?;
            }
            verdicts.push(format!("{producers} x {queues} {}", against_best_peer(&all)));
            self.out.flush()?;
        }
        writeln!(
            self.out,
            "\nDeliveries a CPU second, ours against the best peer: {}.",
            verdicts.join(", ")
        )?;
        Ok(())
    }

    /// The runs of each contender, ours first.
    fn in_turn(&self, shape: Shape) -> Result<Vec<Runs>> {
        let mut all = Runs::of(&CONTENDERS);
        for _ in 0..self.repetitions {
            for (contender, Runs { runs, .. }) in CONTENDERS.iter().zip(&mut all) {
                runs.push(flood(contender, shape, self.events)?);
            }
        }
        Ok(all)
    }

    /// Our bus and Spark's, where events are lost and where none are.
    pub(crate) fn beside_spark(&mut self, mut spark: Spark) -> Result<()> {
        let roomy = usize::try_from(self.events)?.max(CAPACITY);
        writeln!(
            self.out,
            "\nOne thread posts to {QUEUES} queues, each with a listener that hardly does a thing: events of 64 bytes, \
             or task starts, to ours; task starts to Apache Spark's LiveListenerBus, in a warm virtual machine. Queues \
             of {CAPACITY} lose what does not fit; those of {roomy} lose nothing.\n\n\
             | queues of | contender | delivered | a post, ns | CPU a delivery, ns | a post, Spark's against it | CPU a delivery, Spark's against it |\n\
             |---:|---|---:|---:|---:|---:|---:|"
        )?;
        for capacity in [CAPACITY, roomy] {
            let (all, sparks) = self.in_turn_with_spark(&mut spark, capacity)?;
            for contender in all.iter().chain([&sparks]) {
                let row = contender.row();
                let post = median_ratio(&sparks.runs, &contender.runs, Run::nanos_per_post);
                let cpu = median_ratio(&sparks.runs, &contender.runs, Run::cpu_nanos_per_delivery);
                writeln!(self.out, "| {capacity} | {row} | {post:.1}x | {cpu:.1}x |")?;
            }
            self.out.flush()?;
        }
        Ok(())
    }

    /// Our runs, then Spark's.
    fn in_turn_with_spark(&self, spark: &mut Spark, capacity: usize) -> Result<(Vec<Runs>, Runs)> {
        let shape = Shape { producers: 1, queues: QUEUES, capacity, work: Work::Look };
        let contenders = [OURS, SCHEDULER];
        let mut all = Runs::of(&contenders);
        let mut sparks = Runs { name: "Spark's LiveListenerBus", runs: Vec::new() };
        for _ in 0..WARM_UP + self.repetitions {
            for (contender, Runs { runs, .. }) in contenders.iter().zip(&mut all) {
                runs.push(flood(contender, shape, self.events)?);
            }
            sparks.runs.push(spark.flood(capacity, self.events)?);
        }
        for Runs { name, runs } in all.iter_mut().chain([&mut sparks]) {
            runs.drain(..WARM_UP);
            let lost = runs.iter().any(|run| run.delivered < run.expected);
            ensure!(!lost || (capacity as u64) < self.events, "{name} loses events that fit: {runs:?}");
        }
        Ok((all, sparks))
    }
}

/// How many times the deliveries of a CPU second are those of the peer that has most of them; ours are first.
fn against_best_peer(all: &[Runs]) -> String {
    let peers = all.iter().skip(1);
    let best = peers.max_by(|one, other| one.efficiency().total_cmp(&other.efficiency()));
    best.zip(all.first()).map_or_else(String::new, |(best, ours)| {
        let ratio = median_ratio(&ours.runs, &best.runs, Run::deliveries_per_cpu_second);
        format!("{ratio:.2}x ({})", best.name)
    })
}
