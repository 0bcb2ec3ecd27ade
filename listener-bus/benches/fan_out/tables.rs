//! The two tables, of which each has a line or more a shape.

use std::io::{self, Write};

use crate::contenders::Contender;
use crate::rows::{Figure, Rows};
use crate::shape::Shape;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Table {
    /// All contenders in a few shapes, a line each.
    Comparison,
    /// Some contenders in many shapes, side by side.
    Scaling,
}

const POST: Figure = |row| row.post_mean;
const CPU: Figure = |row| row.cpu_per_delivery;

impl Table {
    pub(crate) fn shapes(self) -> Vec<Shape> {
        match self {
            Self::Comparison => Shape::compared(),
            Self::Scaling => Shape::scaled(),
        }
    }

    pub(crate) fn contenders(self) -> &'static [Contender] {
        match self {
            Self::Comparison => &Contender::ALL,
            Self::Scaling => &Contender::SCALED,
        }
    }

    pub(crate) fn write_head(self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(match self {
            Self::Comparison => {
                b"| producers x queues | contender | post, mean | against crossbeam | against disruptor \
                  | post, p50 | p99 | p99.9 | events/s a queue | CPU a delivery | against crossbeam | delivered |\n\
                  |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
            }
            Self::Scaling => {
                b"| bytes | producers x queues | post, mean: listener-bus | crossbeam | disruptor \
                  | against crossbeam | against disruptor \
                  | CPU a delivery: listener-bus | crossbeam | disruptor \
                  | against crossbeam | against disruptor |\n\
                  |---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
            }
        })
    }

    /// Writes what the runs of one shape come to.
    pub(crate) fn write_shape(self, out: &mut impl Write, shape: Shape, rows: &Rows) -> io::Result<()> {
        match self {
            Self::Comparison => {
                let mut contenders =
                    self.contenders().iter().filter(|contender| rows.of(**contender).count() > 0);
                contenders.try_for_each(|&contender| write_contender(out, shape, rows, contender))
            }
            Self::Scaling if rows.0.is_empty() => Ok(()),
            Self::Scaling => {
                write!(out, "| {} | {shape} |", shape.bytes)?;
                write_side_by_side(out, rows, POST)?;
                write_side_by_side(out, rows, CPU)?;
                writeln!(out)
            }
        }?;
        out.flush()
    }
}

fn write_contender(out: &mut impl Write, shape: Shape, rows: &Rows, contender: Contender) -> io::Result<()> {
    let median = |figure| rows.median(contender, figure);
    let against = |yardstick, figure| rows.ratio(contender, yardstick, figure);
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let percentiles: [Figure; 3] =
        [|row| row.post_p50 as f64, |row| row.post_p99 as f64, |row| row.post_p999 as f64];
    let [p50, p99, p999] = percentiles.map(median);
    let speed = median(|row| row.events_per_second);
    let delivered = 100.0 * median(|row| row.delivered);
    write!(out, "| {shape} | {} | {:.0} ", contender.title(), median(POST))?;
    write!(out, "| {:.2}x ", against(Contender::Crossbeam, POST))?;
    write!(out, "| {:.2}x ", against(Contender::Disruptor, POST))?;
    write!(out, "| {p50:.0} | {p99:.0} | {p999:.0} | {speed:.0} | {:.0} ", median(CPU))?;
    writeln!(out, "| {:.2}x | {delivered:.0} % |", against(Contender::Crossbeam, CPU))
}

fn write_side_by_side(out: &mut impl Write, rows: &Rows, figure: Figure) -> io::Result<()> {
    for &contender in &Contender::SCALED {
        write!(out, " {:.0} |", rows.median(contender, figure))?;
    }
    for yardstick in [Contender::Crossbeam, Contender::Disruptor] {
        write!(out, " {:.2}x |", rows.ratio(Contender::ListenerBus, yardstick, figure))?;
    }
    Ok(())
}
