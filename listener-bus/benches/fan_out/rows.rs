//! What is kept of each run, and what several of them come to.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::contenders::Contender;
use crate::shape::Shape;

/// One run: a row of the CSV.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) contender: Contender,
    pub(crate) producers: usize,
    pub(crate) queues: usize,
    pub(crate) bytes: usize,
    pub(crate) repetition: u32,
    /// A producer's time for its whole loop, the waits for room included, by its events.
    #[serde(rename = "post_mean_ns")]
    pub(crate) post_mean: f64,
    #[serde(rename = "post_p50_ns")]
    pub(crate) post_p50: u64,
    #[serde(rename = "post_p99_ns")]
    pub(crate) post_p99: u64,
    #[serde(rename = "post_p999_ns")]
    pub(crate) post_p999: u64,
    /// Of each queue.
    #[serde(rename = "events_per_second_a_queue")]
    pub(crate) events_per_second: f64,
    #[serde(rename = "cpu_a_delivery_ns")]
    pub(crate) cpu_per_delivery: f64,
    /// The share of what was posted.
    #[serde(rename = "delivered_share")]
    pub(crate) delivered: f64,
}

impl Row {
    pub(crate) fn shape(&self) -> Shape {
        Shape { producers: self.producers, queues: self.queues, bytes: self.bytes }
    }
}

/// A number of a row.
pub(crate) type Figure = fn(&Row) -> f64;

/// The runs of all contenders, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Rows(pub(crate) Vec<Row>);

impl Rows {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut reader = csv::Reader::from_path(path)?;
        let rows: Result<_, _> = reader.deserialize().collect();
        Ok(Self(rows.with_context(|| format!("{} is not such a file", path.display()))?))
    }

    pub(crate) fn write(&self, writer: &mut csv::Writer<impl Write>) -> Result<()> {
        self.0.iter().try_for_each(|row| writer.serialize(row))?;
        Ok(writer.flush()?)
    }

    pub(crate) fn of_shape(&self, shape: Shape) -> Self {
        Self(self.0.iter().filter(|row| row.shape() == shape).cloned().collect())
    }

    pub(crate) fn of(&self, contender: Contender) -> impl Iterator<Item = &Row> {
        self.0.iter().filter(move |row| row.contender == contender)
    }

    pub(crate) fn median(&self, contender: Contender, figure: Figure) -> f64 {
        median(self.of(contender).map(figure))
    }

    /// The median of the ratios within a repetition: noise comes in waves, and a wave meets neighbours alike.
    pub(crate) fn ratio(&self, contender: Contender, yardstick: Contender, figure: Figure) -> f64 {
        median(self.of(contender).filter_map(|row| {
            let other = self.of(yardstick).find(|other| other.repetition == row.repetition)?;
            Some(figure(row) / figure(other))
        }))
    }
}

/// Of an even number of values, the mean of the two in the middle; of none, not a number.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.as_slice()) {
        (_, []) => f64::NAN,
        (1, values) => values[middle],
        (_, values) => f64::midpoint(values[middle - 1], values[middle]),
    }
}
