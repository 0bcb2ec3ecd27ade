//! Small charts of the last minutes, as plain SVG.

use maud::{Markup, html};

use super::format::{counted, float, float_of};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 60.0;
/// Above and below the curve, so that its line is whole.
const EDGE: f64 = 2.0;

/// One curve.
pub(super) struct Curve {
    /// What it is called in the style sheet and, in words, in the text.
    pub(super) class: &'static str,
    pub(super) name: &'static str,
    /// A value a second, the oldest first.
    pub(super) values: Vec<f64>,
}

/// A small chart.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) curves: Vec<Curve>,
    /// Writes a value with its unit.
    pub(super) unit: fn(f64) -> String,
    /// A mark that must not be reached, drawn if the curve comes near it.
    pub(super) limit: Option<f64>,
}

impl Chart {
    fn peak(&self) -> f64 {
        self.curves.iter().flat_map(|curve| curve.values.iter().copied()).fold(0.0, f64::max)
    }

    fn seconds(&self) -> usize {
        self.curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0)
    }

    /// The chart in words.
    fn words(&self) -> String {
        let unit = self.unit;
        let curves: Vec<_> = self.curves.iter().map(|curve| curve.words(unit)).collect();
        let span = span(self.seconds());
        format!("{} over the last {span}: {}", self.title, curves.join("; "))
    }
}

impl Curve {
    fn words(&self, unit: fn(f64) -> String) -> String {
        let now = self.values.last().copied().unwrap_or(0.0);
        let peak = self.values.iter().copied().fold(0.0, f64::max);
        format!("{} now {}, at most {}", self.name, unit(now), unit(peak))
    }
}

/// How much time the chart shows.
fn span(seconds: usize) -> String {
    if seconds < 120 {
        counted(seconds, "second", "seconds")
    } else {
        counted(seconds / 60, "minute", "minutes")
    }
}

pub(super) fn chart(chart: &Chart) -> Markup {
    let seconds = chart.seconds();
    let peak = chart.peak();
    let limit = chart.limit.filter(|limit| peak >= limit / 2.0);
    let scale = limit.map_or(peak, |limit| limit.max(peak)).max(f64::MIN_POSITIVE);
    let y = |value: f64| EDGE + (HEIGHT - 2.0 * EDGE) * (1.0 - value / scale);
    html! {
        figure.chart {
            figcaption {
                @if chart.curves.len() > 1 { (legend(chart)) } @else { (chart.title) }
                span.top { @if peak > 0.0 { "up to " ((chart.unit)(scale)) } @else { "none" } }
            }
            // The curve is stretched to the room there is; the texts around it are not.
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(chart.words()) {
                title { (chart.words()) }
                line.grid x1="0" x2=(WIDTH) y1=(EDGE) y2=(EDGE) {}
                line.axis x1="0" x2=(WIDTH) y1=(y(0.0)) y2=(y(0.0)) {}
                @if let Some(limit) = limit { line.limit x1="0" x2=(WIDTH) y1=(y(limit)) y2=(y(limit)) {} }
                @for curve in &chart.curves { (drawn(curve, y)) }
            }
            div.span aria-hidden="true" { span { (span(seconds)) " ago" } span { "now" } }
        }
    }
}

fn legend(chart: &Chart) -> Markup {
    html! {
        @for curve in &chart.curves {
            span.key { svg class="swatch" viewBox="0 0 12 12" aria-hidden="true" {
                rect.swatch.(curve.class) width="12" height="12" {}
            } (curve.name) }
        }
    }
}

fn drawn(curve: &Curve, y: impl Fn(f64) -> f64) -> Markup {
    let steps = float_of(curve.values.len().saturating_sub(1).max(1));
    let points: Vec<_> = curve
        .values
        .iter()
        .enumerate()
        .map(|(place, value)| format!("{:.1},{:.1}", WIDTH * float_of(place) / steps, y(*value)))
        .collect();
    let points = points.join(" ");
    html! {
        @if !points.is_empty() {
            polygon.area.(curve.class) points={ "0," (y(0.0)) " " (points) " " (WIDTH) "," (y(0.0)) } {}
            polyline.curve.(curve.class) points=(points) {}
        }
    }
}

/// A count among the values of a curve.
pub(super) fn counts(values: &[usize]) -> Vec<f64> {
    values.iter().map(|value| float(i64::try_from(*value).unwrap_or(i64::MAX))).collect()
}
