//! The plot: what a delivery costs, the more queues there are.

use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::contenders::Contender;
use crate::rows::Rows;
use crate::shape::{BYTES, Shape};

/// In pixels.
const SIZE: (u32, u32) = (960, 420);
/// Of producers, a panel each.
const PANELS: [usize; 2] = [1, 4];
const TEXT: &str = "sans-serif";
/// Values of the axes that are named.
const QUEUES: [f64; 5] = [1.0, 2.0, 4.0, 8.0, 16.0];
const NANOS: [f64; 11] = [5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0];
/// Below the least cost and, where the names of the lines are, above the greatest.
const ROOM: (f64, f64) = (1.4, 3.0);

/// How a contender looks.
fn colour(contender: Contender) -> RGBColor {
    match contender {
        Contender::ListenerBus => RGBColor(0, 90, 181),
        Contender::Crossbeam => RGBColor(220, 50, 32),
        Contender::SyncChannel => RGBColor(120, 120, 120),
        Contender::Broadcast => RGBColor(150, 80, 170),
        Contender::Disruptor => RGBColor(0, 135, 90),
    }
}

/// One line: how many queues, and nanoseconds.
struct Line {
    contender: Contender,
    points: Vec<(f64, f64)>,
}

/// Draws the rows as an SVG.
pub(crate) fn draw(rows: &Rows, path: &Path) -> Result<()> {
    let panels = PANELS.map(|producers| lines(rows, producers));
    let points = || panels.iter().flatten().flat_map(|line| &line.points);
    let queues = range(points().map(|point| point.0)).context("no row is to be drawn")?;
    let nanos = range(points().map(|point| point.1)).context("no row is to be drawn")?;
    let nanos = nanos.start / ROOM.0..nanos.end * ROOM.1;
    ensure!(queues.start < queues.end, "a line has more than one number of queues");
    let picture = SVGBackend::new(path, SIZE).into_drawing_area();
    picture.fill(&WHITE)?;
    for ((area, producers), lines) in picture.split_evenly((1, PANELS.len())).iter().zip(PANELS).zip(&panels)
    {
        let plural = if producers == 1 { "" } else { "s" };
        let title = format!("{producers} producer{plural}, events of {BYTES} bytes");
        draw_panel(area, &title, (queues.clone(), nanos.clone()), lines)?;
    }
    Ok(picture.present()?)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn lines(rows: &Rows, producers: usize) -> Vec<Line> {
    let shapes: Vec<_> = Shape::scaled()
        .into_iter()
        .filter(|shape| shape.producers == producers && shape.bytes == BYTES)
        .map(|shape| (shape, rows.of_shape(shape)))
        .collect();
    let point = |contender, shape: &Shape, rows: &Rows| {
        (shape.queues as f64, rows.median(contender, |row| row.cpu_per_delivery))
    };
    let line = |contender| {
        let points = shapes.iter().map(|(shape, rows)| point(contender, shape, rows));
        Line { contender, points: points.filter(|point| point.1.is_finite()).collect() }
    };
    Contender::SCALED.map(line).into_iter().filter(|line| !line.points.is_empty()).collect()
}

fn range(values: impl Iterator<Item = f64> + Clone) -> Option<Range<f64>> {
    Some(values.clone().min_by(f64::total_cmp)?..values.max_by(f64::total_cmp)?)
}

/// The axis draws all it is told to, also outside.
fn inside(range: &Range<f64>, named: &[f64]) -> Vec<f64> {
    named.iter().copied().filter(|value| (range.start..=range.end).contains(value)).collect()
}

fn draw_panel<'a>(
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    title: &str,
    (queues, nanos): (Range<f64>, Range<f64>),
    lines: &[Line],
) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>> {
    let (named_queues, named_nanos) = (inside(&queues, &QUEUES), inside(&nanos, &NANOS));
    let mut chart = ChartBuilder::on(area)
        .caption(title, (TEXT, 17))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(
            queues.log_scale().base(2.0).with_key_points(named_queues),
            nanos.log_scale().with_key_points(named_nanos),
        )?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .x_desc("queues")
        .y_desc("CPU a delivery, ns (log scale)")
        .x_label_formatter(&|queues| format!("{queues:.0}"))
        .y_label_formatter(&|nanos| format!("{nanos:.0}"))
        .label_style((TEXT, 14))
        .axis_desc_style((TEXT, 15))
        .draw()?;
    for Line { contender, points } in lines {
        let colour = colour(*contender);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(3)).point_size(4))?
            .label(contender.title())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font((TEXT, 14))
        .legend_area_size(30)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.3))
        .draw()
}
