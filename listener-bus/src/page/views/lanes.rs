//! Bars on a time line, in as few lanes as they need.

use super::format::{float, float_of};
use crate::status::Date;

/// The width of a drawing; the style sheet scales it.
pub(super) const WIDTH: f64 = 1000.0;

/// From a time to a place on the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeScale {
    from: i64,
    /// In milliseconds; never 0.
    span: i64,
    /// Where it begins.
    left: f64,
}

impl TimeScale {
    pub(super) fn new(from: Date, to: Date, left: f64) -> Self {
        Self { from: from.0, span: to.0.saturating_sub(from.0).max(1), left }
    }

    pub(super) fn x(self, date: Date) -> f64 {
        let part = float(date.0.saturating_sub(self.from)) / float(self.span);
        self.left + part.clamp(0.0, 1.0) * (WIDTH - self.left)
    }

    /// Where a bar begins, and how wide it is: at least so that it can be seen.
    pub(super) fn bar(self, start: Date, end: Date) -> (f64, f64) {
        let start = self.x(start);
        ((start).min(WIDTH - 1.0), (self.x(end) - start).max(1.0))
    }

    /// Times to write below it: four parts of the whole.
    pub(super) fn marks(self) -> impl Iterator<Item = (f64, i64)> {
        (0..=4).map(move |quarter| {
            let after = self.span / 4 * quarter;
            (self.x(Date(self.from.saturating_add(after))), after)
        })
    }
}

/// Lays spans, given by rising start, into lanes in which they do not meet: the lane of each, in the order given.
pub(super) fn lanes(spans: impl Iterator<Item = (Date, Date)>) -> Vec<usize> {
    let mut ends: Vec<Date> = Vec::new();
    spans
        .map(|(start, end)| {
            let free = ends.iter().position(|last| *last <= start);
            let lane = free.unwrap_or(ends.len());
            match ends.get_mut(lane) {
                Some(last) => *last = end.max(start),
                None => ends.push(end.max(start)),
            }
            lane
        })
        .collect()
}

/// The top of a lane.
pub(super) fn top_of(lane: usize, height: f64) -> f64 {
    float_of(lane) * height
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes_of(spans: &[(i64, i64)]) -> Vec<usize> {
        lanes(spans.iter().map(|(start, end)| (Date(*start), Date(*end))))
    }

    #[test]
    fn what_does_not_meet_shares_a_lane() {
        assert_eq!(lanes_of(&[(0, 10), (10, 20), (15, 30), (20, 25)]), [0, 0, 1, 0]);
        assert_eq!(lanes_of(&[(0, 5), (0, 5), (0, 5), (5, 6)]), [0, 1, 2, 0]);
        assert_eq!(lanes_of(&[(10, 0), (10, 11)]), [0, 0], "an end before the start is no span");
    }

    #[test]
    fn bars_stay_on_the_drawing() {
        let scale = TimeScale::new(Date(100), Date(200), 50.0);
        assert_eq!(scale.bar(Date(100), Date(200)), (50.0, 950.0));
        for (start, end) in [(0, 50), (200, 300), (300, 100), (i64::MIN, i64::MAX)] {
            let (x, width) = scale.bar(Date(start), Date(end));
            assert!(x >= 50.0 && width >= 1.0 && x + width <= WIDTH + 1.0, "{start} {end}: {x} {width}");
        }
        let nothing = TimeScale::new(Date(7), Date(7), 0.0);
        assert!(nothing.x(Date(7)).is_finite());
    }
}
