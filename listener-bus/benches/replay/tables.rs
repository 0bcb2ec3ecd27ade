//! The contenders in turn, and what they come to.

use std::io::{StdoutLock, Write};

use anyhow::{Context, Result};

use crate::log::{Log, Stored, check};
use crate::memory::peak_of_read;
use crate::read::Read;
use crate::run::{Run, Spread};
use crate::spark::Spark;
use crate::write::{Writer, first_events, histogram};

pub(crate) struct Tables {
    pub(crate) out: StdoutLock<'static>,
    pub(crate) log: Log,
    pub(crate) repetitions: u32,
    pub(crate) spark: Option<Spark>,
}

/// How often each side reads before it is measured: a virtual machine compiles as it goes.
const WARM_UP: usize = 2;
const THREADS: [usize; 2] = [1, 2];
const PEAK_LIMIT: u64 = 64 * 1024 * 1024;

/// Who reads what.
#[derive(Clone, Copy)]
enum Contender {
    Ours(Stored, Read),
    Spark(Stored, &'static str),
}

impl Contender {
    fn stored(self) -> Stored {
        match self {
            Self::Ours(stored, _) | Self::Spark(stored, _) => stored,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Ours(stored, Read { threads: 1 }) => format!("ours, {}, 1 thread", stored.title()),
            Self::Ours(stored, Read { threads }) => format!("ours, {}, {threads} threads", stored.title()),
            Self::Spark(stored, _) => format!("Spark's ReplayListenerBus, {}", stored.title()),
        }
    }
}

/// Nothing, where there is nothing to compare with.
fn times(ratio: f64) -> String {
    if ratio.is_nan() { "-".to_owned() } else { format!("{ratio:.1}x") }
}

/// Spark's runs over the log as it is stored for `contender` or, where Spark lacks the codec, over the plain log.
fn peer_of(contender: Contender, all: &[(Contender, Vec<Run>)]) -> Option<&[Run]> {
    let spark = |stored: Stored| {
        let found = all.iter().find(|(peer, _)| matches!(peer, Contender::Spark(of, _) if *of == stored));
        found.map(|(_, runs)| runs.as_slice())
    };
    spark(contender.stored()).or_else(|| spark(Stored::Plain))
}

impl Tables {
    /// Reading, ours and Spark's.
    pub(crate) fn reads(&mut self) -> Result<()> {
        let contenders = self.contenders();
        for _ in 0..WARM_UP {
            for contender in &contenders {
                self.read(*contender)?;
            }
        }
        let mut runs = vec![Vec::new(); contenders.len()];
        for _ in 0..self.repetitions {
            for (contender, runs) in contenders.iter().zip(&mut runs) {
                runs.push(self.read(*contender)?);
            }
        }
        writeln!(
            self.out,
            "| reading | thousand events/s | MB/s | against Spark | CPU an event, µs | against Spark |\n|---|---:|---:|---:|---:|---:|"
        )?;
        let all: Vec<_> = contenders.into_iter().zip(runs).collect();
        for (contender, runs) in &all {
            let peer = peer_of(*contender, &all);
            let against = |figure: fn(&Run) -> f64| match peer {
                Some(peer) => Spread::of(runs, figure).median / Spread::of(peer, figure).median,
                None => f64::NAN,
            };
            let thousands = Spread::of(runs, |run| run.events_per_second() / 1e3);
            let megabytes = Spread::of(runs, Run::megabytes_per_second);
            let micros = Spread::of(runs, Run::cpu_micros_per_event).median;
            let (faster, cheaper) =
                (against(Run::events_per_second), 1.0 / against(Run::cpu_micros_per_event));
            let title = contender.title();
            writeln!(
                self.out,
                "| {title} | {thousands} | {megabytes} | {} | {micros:.2} | {} |",
                times(faster),
                times(cheaper)
            )?;
        }
        Ok(self.out.flush()?)
    }

    fn contenders(&self) -> Vec<Contender> {
        let ours = Stored::ALL.into_iter().flat_map(|stored| {
            THREADS.into_iter().map(move |threads| Contender::Ours(stored, Read { threads }))
        });
        let spark = Stored::ALL
            .into_iter()
            .filter_map(|stored| Some(Contender::Spark(stored, stored.spark_codec()?)));
        ours.chain(spark.filter(|_| self.spark.is_some())).collect()
    }

    fn read(&mut self, contender: Contender) -> Result<Run> {
        let run = match contender {
            Contender::Ours(stored, read) => read.run(&self.log.path(stored))?,
            Contender::Spark(stored, codec) => {
                let spark = self.spark.as_mut().context("Spark's side is not there")?;
                spark.replay(&self.log, stored, codec)?
            }
        };
        check(run.events, self.log.events).with_context(|| contender.title())?;
        Ok(run)
    }

    /// What memory reading takes.
    pub(crate) fn memory(&mut self) -> Result<()> {
        writeln!(self.out, "\n| peak memory of reading | MiB |\n|---|---:|")?;
        for stored in Stored::ALL {
            for threads in THREADS {
                let bytes = peak_of_read(&self.log.path(stored), threads)?;
                let title = Contender::Ours(stored, Read { threads }).title();
                writeln!(self.out, "| {title} | {:.1} |", bytes as f64 / 1_048_576.0)?;
                anyhow::ensure!(bytes < PEAK_LIMIT, "{title}: {bytes} bytes at the peak");
            }
        }
        Ok(self.out.flush()?)
    }

    /// Writing the first `limit` events of the log.
    pub(crate) fn writes(&mut self, limit: usize) -> Result<()> {
        let events = first_events(&self.log.path(Stored::Plain), limit)?;
        let mut runs = Vec::new();
        for writer in Writer::ALL {
            runs.push((writer, Vec::new(), histogram()?));
        }
        for _ in 0..self.repetitions {
            for (writer, runs, posts) in &mut runs {
                let folder = tempfile::tempdir()?;
                let run = writer.run(&events, folder.path(), posts)?;
                check(run.events, events.len() as u64)?;
                runs.push(run);
            }
        }
        writeln!(
            self.out,
            "\n| writing {} events | thousand events/s | MB/s | a post, median | p99.9 |\n|---|---:|---:|---:|---:|",
            events.len()
        )?;
        for (writer, runs, posts) in &runs {
            let thousands = Spread::of(runs, |run| run.events_per_second() / 1e3);
            let megabytes = Spread::of(runs, Run::megabytes_per_second);
            let post = |quantile: f64| match posts.value_at_quantile(quantile) {
                0 => "-".to_owned(),
                nanos => format!("{nanos} ns"),
            };
            let (median, late) = (post(0.5), post(0.999));
            writeln!(self.out, "| {} | {thousands} | {megabytes} | {median} | {late} |", writer.title())?;
        }
        Ok(self.out.flush()?)
    }
}
